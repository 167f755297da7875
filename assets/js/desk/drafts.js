// What the agent has typed and not sent survives a reload, and another browser; it is forgotten when its contact
// leaves the desk. What he types to the customer is kept by the server too; the rest on this device.

import { readStoredJson, removeStored, writeStoredJson } from "../lib/storage.js";

const EMPTY = Object.freeze({ text: "", saved: "", note: "", notes: null, tags: null, disposition: null });
const REST_MS = 900;
const OWN_MS = 10_000;

/**
 * Drafts of one agent: per contact `{text, note, notes, tags, disposition}`; null means "as the server has it".
 *
 * `save(contactId, text)` keeps a text on the server; it resolves to whether it is kept. `saved` is what the server has,
 * null if that is not known.
 */
export class Drafts {
  constructor(agentId, { save = async () => true, now = () => Date.now() } = {}) {
    this.prefix = `acd.draft.${agentId}.`;
    this.cache = new Map();
    this.save = save;
    this.now = now;
    this.timers = new Map();
    this.typedAt = new Map();
    this.saving = new Set();
  }

  get(contactId) {
    if (!this.cache.has(contactId)) {
      this.cache.set(contactId, { ...EMPTY, ...readStoredJson(this.prefix + contactId, {}) });
    }
    return this.cache.get(contactId);
  }

  change(contactId, fields) {
    this.#write(contactId, fields);
    if (!("text" in fields)) return;
    this.typedAt.set(contactId, this.now());
    this.#plan(contactId);
  }

  /** The text is on its way to the customer, and the server forgets its draft with it. */
  sent(contactId) {
    clearTimeout(this.timers.get(contactId));
    this.typedAt.set(contactId, this.now());
    this.#write(contactId, { text: "", saved: "" });
  }

  /** It did not go out: the server may still have its draft, which the agent now has before him as a text not sent. */
  unsent(contactId) {
    this.#write(contactId, { saved: null });
    this.#plan(contactId);
  }

  #write(contactId, fields) {
    const draft = { ...this.get(contactId), ...fields };
    this.cache.set(contactId, draft);
    const isEmpty = Object.keys(EMPTY).every((name) => draft[name] === EMPTY[name]);
    if (isEmpty) removeStored(this.prefix + contactId);
    else writeStoredJson(this.prefix + contactId, draft);
  }

  #plan(contactId) {
    clearTimeout(this.timers.get(contactId));
    this.timers.set(contactId, setTimeout(() => this.flush(contactId), REST_MS));
  }

  /** Keep what is typed on the server, unless it has it. One at a time, so that the last one wins. */
  async flush(contactId) {
    clearTimeout(this.timers.get(contactId));
    const { text, saved } = this.get(contactId);
    if (text === saved || this.saving.has(contactId)) return;
    this.saving.add(contactId);
    const isKept = await this.save(contactId, text);
    if (!this.saving.delete(contactId)) return; // Its contact was forgotten meanwhile.
    if (!isKept) return; // The next key tries again; meanwhile this device has it.
    const isSame = this.get(contactId).text === text;
    // The server has it even if the text was sent meanwhile, which had made it forget its draft before this one came.
    this.#write(contactId, { saved: text });
    if (!isSame) this.#plan(contactId);
  }

  /**
   * What the server has (`[{contact, text}]`, complete) for these contacts: taken where nothing was typed here since it
   * was last kept, so that another browser's words come and what was sent there goes.
   */
  adopt(contactIds, kept) {
    const texts = new Map(kept.map(({ contact, text }) => [contact, text]));
    for (const id of contactIds) {
      const { text, saved } = this.get(id);
      const theirs = texts.get(id) ?? "";
      const isFresh = this.now() - (this.typedAt.get(id) ?? -Infinity) < OWN_MS || this.saving.has(id);
      if (isFresh) continue;
      if (text === saved || text === theirs) this.#write(id, { text: theirs, saved: theirs });
      else this.#plan(id);
    }
  }

  forget(contactId) {
    clearTimeout(this.timers.get(contactId));
    this.saving.delete(contactId);
    this.cache.delete(contactId);
    removeStored(this.prefix + contactId);
  }

  /** Another tab changed a draft. True if it was one of ours. */
  changedElsewhere(key) {
    if (!key?.startsWith(this.prefix)) return false;
    this.cache.delete(Number(key.slice(this.prefix.length)));
    return true;
  }

  /** Forget every draft whose contact is not in `contactIds`: told by a snapshot, which is complete. */
  keepOnly(contactIds) {
    const kept = new Set(contactIds.map(String));
    for (const key of storedKeys(this.prefix)) {
      if (!kept.has(key.slice(this.prefix.length))) this.forget(Number(key.slice(this.prefix.length)));
    }
  }
}

function storedKeys(prefix) {
  try {
    return Object.keys(window.localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
