// Who else looks at the conversation that is open here, or types in it: told to the server, and heard from it.

import { html, nothing } from "lit/html.js";
import { plural } from "./i18n.js";
import { plainLine } from "./text.js";
import { glyph } from "./glyphs.js";

const TYPING_EVERY_MS = 2_500;

export class Company {
  /** `say(frame)` tells the server; `now()` is in milliseconds. */
  constructor({ say, now = () => Date.now() }) {
    Object.assign(this, { say, now });
    this.contact = null;
    this.people = [];
    this.typedAt = -Infinity;
  }

  /** This contact is looked at from now on; null: none. */
  look(contact) {
    if (contact === this.contact) return;
    this.contact = contact;
    this.people = [];
    this.typedAt = -Infinity;
    this.say({ type: "look", contact });
  }

  /** The server is newly there and knows nothing of this page. */
  lookAgain() {
    this.people = [];
    this.typedAt = -Infinity;
    if (this.contact !== null) this.say({ type: "look", contact: this.contact });
  }

  /** A key was pressed in a field that belongs to the contact. */
  typed() {
    if (this.contact === null || this.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = this.now();
    this.say({ type: "typing", is_typing: true });
  }

  /** What was typed has been sent or given up. */
  rested() {
    if (this.typedAt === -Infinity) return;
    this.typedAt = -Infinity;
    this.say({ type: "typing", is_typing: false });
  }

  /** A frame of the type "company". */
  hear({ contact, people }) {
    if (contact === this.contact) this.people = people;
  }
}

/** "Anna is writing…", "Ben also has this open"; nothing when one is alone. */
export function companyView({ people }) {
  const names = (some) => some.map(({ name }) => plainLine(name, 40)).join(", ");
  const writing = people.filter((person) => person.is_typing);
  const looking = people.filter((person) => !person.is_typing);
  return html`<div class="company" data-testid="company">
    <span role="status">${looking.length > 0
      ? html`<span class="company__who">${glyph("eye")} <bdi>${plural("company.looks", looking.length, { names: names(looking) })}</bdi></span>`
      : nothing}</span>
    ${writing.length > 0
      ? html`<span class="company__who company__who--writing" data-testid="company-writing">${glyph("pencil")} <bdi>${plural("company.writes", writing.length, { names: names(writing) })}</bdi></span>`
      : nothing}
  </div>`;
}
