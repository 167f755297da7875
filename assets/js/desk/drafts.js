// What the agent has typed and not sent survives a reload; it is forgotten when its contact leaves the desk.

import { readStoredJson, removeStored, writeStoredJson } from "../lib/storage.js";

const EMPTY = Object.freeze({ text: "", notes: null, tags: null, disposition: null });

/** Drafts of one agent: per contact `{text, notes, tags, disposition}`; null means "as the server has it". */
export class Drafts {
  constructor(agentId) {
    this.prefix = `acd.draft.${agentId}.`;
    this.cache = new Map();
  }

  get(contactId) {
    if (!this.cache.has(contactId)) {
      this.cache.set(contactId, { ...EMPTY, ...readStoredJson(this.prefix + contactId, {}) });
    }
    return this.cache.get(contactId);
  }

  change(contactId, fields) {
    const draft = { ...this.get(contactId), ...fields };
    this.cache.set(contactId, draft);
    const isEmpty = Object.keys(EMPTY).every((name) => draft[name] === EMPTY[name]);
    if (isEmpty) removeStored(this.prefix + contactId);
    else writeStoredJson(this.prefix + contactId, draft);
  }

  forget(contactId) {
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
      if (!kept.has(key.slice(this.prefix.length))) {
        this.cache.delete(Number(key.slice(this.prefix.length)));
        removeStored(key);
      }
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
