// What is new in the contacts of colleagues: counted on this device, since the server counts for who has them.

import { readStoredJson, writeStoredJson } from "../lib/storage.js";

/** What one agent has seen in the contacts that he sees without having them. */
export class Seen {
  /** `me`: the own user name, whose notes are not news. */
  constructor({ key, me }) {
    Object.assign(this, { key, me });
    this.kept = {}; // Where nothing may be stored.
  }

  /**
   * The same contacts, each with `unread`: texts of the customer and notes of others since it was looked at last. Of one
   * that is new here the texts are not news, only what was written to who is asked.
   */
  counted(asides) {
    const known = readStoredJson(this.key, this.kept);
    const kept = {};
    for (const aside of asides) {
      kept[aside.id] = known[aside.id] ?? { message: lastId(aside.messages), note: aside.role === "consulted" ? 0 : lastId(aside.internal_notes) };
    }
    this.#keep(known, kept);
    return asides.map((aside) => ({ ...aside, unread: this.#count(aside, kept[aside.id]) }));
  }

  /** This one is being looked at. */
  look(aside) {
    const known = readStoredJson(this.key, this.kept);
    const kept = { ...known, [aside.id]: { message: lastId(aside.messages), note: lastId(aside.internal_notes) } };
    this.#keep(known, kept);
  }

  // Other tabs read it too: what did not change is not written.
  #keep(known, kept) {
    this.kept = kept;
    if (JSON.stringify(known) !== JSON.stringify(kept)) writeStoredJson(this.key, kept);
  }

  #count(aside, { message, note }) {
    const texts = aside.messages.filter(({ id, direction }) => direction === "inbound" && id > message);
    const notes = (aside.internal_notes ?? []).filter(({ id, username }) => id > note && username !== this.me);
    return texts.length + notes.length;
  }
}

function lastId(rows) {
  return Math.max(0, ...(rows ?? []).map(({ id }) => id));
}
