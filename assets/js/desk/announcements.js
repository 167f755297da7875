// What the browser's notifications say, and what a click on them opens: `{contact}` or `{offer}`. Pure.

import { t } from "../lib/i18n.js";
import { plainLine } from "../lib/text.js";

export const nameOf = (contact) => plainLine(contact.customer_name || contact.customer, 60);

export function ofOffer(offer) {
  return {
    tag: `offer-${offer.id}`,
    title: t("notify.offer", { skill: offer.skill }),
    body: `${nameOf(offer)}: ${plainLine(offer.text, 120)}`,
    target: { offer: offer.id },
    staysOpen: true,
  };
}

export function ofText({ contact, message }) {
  return {
    tag: `text-${contact.id}`,
    title: nameOf(contact),
    body: plainLine(message.text, 120),
    target: { contact: contact.id },
  };
}

/** What a supervisor said; about no contact, a click opens the page only. */
export function ofNotice({ id, author, text, contact }) {
  return { tag: `notice-${id}`, title: plainLine(author, 60), body: plainLine(text, 120), target: { contact } };
}

export function ofNote({ contact, note }) {
  return {
    tag: `note-${note.id}`,
    title: t("notify.note", { author: plainLine(note.author, 60) }),
    body: plainLine(note.text, 120),
    target: { contact: contact.id },
  };
}

/** A contact that was put aside and is back. */
export function ofReturn(contact) {
  return {
    tag: `back-${contact.id}`,
    title: t("snooze.back", { name: nameOf(contact) }),
    body: "",
    target: { contact: contact.id },
  };
}
