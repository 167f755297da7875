// What agents do with a contact besides answering: put it aside, write to colleagues, ask them, take it back.
// Each takes the desk (controller.js) and asks the server once.

import { newKey } from "../lib/http.js";
import { t } from "../lib/i18n.js";
import { plainLine } from "../lib/text.js";
import { nameOf } from "./announcements.js";

const QUICK_REPLIES_LIFE_MS = 60_000;

export async function markUnread(desk, contact) {
  const done = await desk.attempt(`unread:${contact.id}`, async () => {
    await desk.api.post(`contacts/${contact.id}/unread`);
    return true;
  });
  if (!done) return;
  // Looked at, it would be read again at once.
  desk.select(null, { pane: "list" });
  desk.expectPush();
}

/** `until`: a Date, or null for the customer's next text. */
export async function snooze(desk, contact, until) {
  const body = { until: until ? until.toISOString() : null };
  const answer = await desk.attempt("snooze", () => desk.api.put(`contacts/${contact.id}/snooze`, body));
  if (!answer) return;
  desk.closeDialog();
  desk.select(null, { pane: "list" });
  desk.toast(t("snooze.done", { name: nameOf(contact) }), "ok", {
    label: t("undo"),
    run: () => wake(desk, contact),
  });
  desk.expectPush();
}

export async function wake(desk, contact) {
  const answer = await desk.attempt("snooze", () => desk.api.delete(`contacts/${contact.id}/snooze`));
  if (answer) desk.expectPush();
}

/** Send what is in the note's field to the colleagues. */
export async function addNote(desk, contact) {
  const { note } = desk.drafts().get(contact.id);
  if (note.trim() === "") return;
  const key = `note:${contact.id}`;
  // Other words are another attempt; the same words after a lost answer count once.
  if (desk.ui.noteKeys.get(contact.id)?.note !== note) desk.ui.noteKeys.set(contact.id, { note, key: newKey() });
  const { key: idempotencyKey } = desk.ui.noteKeys.get(contact.id);
  const answer = await desk.attempt(key, () =>
    desk.api.post(`contacts/${contact.id}/notes`, { text: note }, { idempotencyKey }),
  );
  if (!answer) return;
  desk.ui.noteKeys.delete(contact.id);
  desk.company.rested();
  desk.drafts().change(contact.id, { note: "" });
  desk.expectPush();
  desk.update({});
}

export async function consult(desk, contact, colleague, text) {
  const answer = await desk.attempt("consult", () =>
    desk.api.post(`contacts/${contact.id}/consultation`, { agent: colleague.username, text }),
  );
  if (!answer) return;
  desk.closeDialog();
  desk.toast(t("consult.done", { name: plainLine(colleague.name, 60) }), "ok");
  desk.expectPush();
}

/** Let a colleague go, or go oneself (no `username`). */
export async function leave(desk, contact, username = null) {
  const done = await desk.attempt(`leave:${contact.id}`, async () => {
    await desk.api.delete(`contacts/${contact.id}/consultation`, { body: username ? { agent: username } : {} });
    return true;
  });
  if (done) desk.expectPush();
}

/** Undo a transfer: as long as nobody has taken the contact. */
export async function takeBack(desk, contactId) {
  const answer = await desk.attempt(`back:${contactId}`, () => desk.api.post(`contacts/${contactId}/take-back`));
  if (answer) {
    desk.openWhenAssigned(contactId);
    desk.expectPush();
    return;
  }
  const error = desk.ui.errors.get(`back:${contactId}`);
  if (error) desk.toast(error.message, "danger");
}

/** The customer's earlier contacts, fetched once per contact. */
export async function showHistory(desk, contact) {
  const answer = await desk.attempt(`history:${contact.id}`, () => desk.api.get(`contacts/${contact.id}/history`));
  if (answer) desk.update({ history: new Map([...desk.ui.history, [contact.id, answer.results]]) });
}

/** Fetch the quick replies for a contact unless they are here and young. */
export async function loadQuickReplies(desk, contact) {
  const known = desk.ui.quickReplies.get(contact.id);
  if (known && desk.clock.localNow() - known.at < QUICK_REPLIES_LIFE_MS) return;
  const answer = await desk.attempt(`quick:${contact.id}`, () => desk.api.get(`contacts/${contact.id}/quick-replies`));
  if (!answer) return;
  const fresh = { at: desk.clock.localNow(), list: answer.results };
  desk.update({ quickReplies: new Map([...desk.ui.quickReplies, [contact.id, fresh]]) });
}

/** Why a contact that one saw is no longer there, in words; nothing when one knows it oneself. */
export function farewell(data, contact) {
  const name = contact ? nameOf(contact) : "";
  if (data.reason === "taken") return t("aside.taken", { agent: plainLine(data.by, 60), name });
  if (data.reason === "dismissed") return t("aside.dismissed", { name });
  return data.reason === "over" ? t("aside.over", { name }) : "";
}
