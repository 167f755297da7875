// What the desk shows, derived from the workspace. Pure.

/**
 * When the customer began to wait for the answer he has not had yet, or null. A reply that failed is no answer; who
 * has opted out may not be answered, so he does not wait.
 */
export function waitingSince(contact) {
  if (contact.state !== "active" || contact.opted_out) return null;
  let since = null;
  for (const message of contact.messages) {
    if (message.direction === "inbound") since ??= message.created_at;
    else if (message.status !== "failed") since = null;
  }
  return since;
}

/**
 * The contacts in four groups: waiting for an answer (longest first), answered (latest first), put aside (what comes
 * back first), after-contact work.
 */
export function groupContacts(contacts) {
  const waiting = [];
  const answered = [];
  const aside = [];
  const ended = [];
  for (const contact of contacts) {
    if (contact.state === "after_contact_work") ended.push(contact);
    else if (contact.is_snoozed) aside.push(contact);
    else if (waitingSince(contact) !== null) waiting.push(contact);
    else answered.push(contact);
  }
  waiting.sort((a, b) => Date.parse(waitingSince(a)) - Date.parse(waitingSince(b)) || a.id - b.id);
  answered.sort((a, b) => lastActivity(b) - lastActivity(a) || a.id - b.id);
  aside.sort((a, b) => comesBack(a) - comesBack(b) || a.id - b.id);
  ended.sort((a, b) => deadline(a) - deadline(b) || a.id - b.id);
  return { waiting, answered, aside, ended };
}

/** The contacts in the order of the list on the screen. */
export function orderedContacts(contacts) {
  const { waiting, answered, aside, ended } = groupContacts(contacts);
  return [...waiting, ...answered, ...aside, ...ended];
}

/** The contact `step` places after `selected` in the list, staying inside it; the first when nothing is selected. */
export function neighbour(contacts, selected, step) {
  const ordered = orderedContacts(contacts);
  if (ordered.length === 0) return null;
  const position = ordered.findIndex((contact) => contact.id === selected);
  if (position < 0) return ordered[0];
  return ordered[Math.min(ordered.length - 1, Math.max(0, position + step))];
}

/** In a rising order; without a time a contact comes back with the next text only. */
function comesBack(contact) {
  return contact.snoozed_until ? Date.parse(contact.snoozed_until) : Number.MAX_SAFE_INTEGER;
}

/**
 * How a waiting contact stands against the time in which its skill wants an answer: `left` seconds (below zero: late)
 * and `step` "calm", "soon" (the last quarter) or "late"; null when nobody waits.
 */
export function answerGoal(contact, secondsSince) {
  const since = contact.role || contact.is_snoozed ? null : waitingSince(contact);
  const within = contact.answer_within_seconds;
  if (since === null || !within) return null;
  const left = within - secondsSince(since);
  return { left, step: left < 0 ? "late" : left < within / 4 ? "soon" : "calm" };
}

/** Texts and notes of a contact in one line of time. */
export function lineOfTime(contact) {
  const messages = contact.messages.map((message) => ({ at: message.created_at, message }));
  const notes = (contact.internal_notes ?? []).map((note) => ({ at: note.at, note }));
  return [...messages, ...notes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** Contacts that were put aside and are so no longer, without a text of the customer: their time has come. */
export function cameBack(before, after) {
  const known = new Map(before.contacts.map((contact) => [contact.id, contact]));
  return after.contacts.filter((contact) => {
    const old = known.get(contact.id);
    return old?.is_snoozed && !contact.is_snoozed && contact.unread > 0 && old.messages.length === contact.messages.length;
  });
}

/** Notes that colleagues wrote in contacts one knows, and all in those one is newly asked about. `me`: the own user name. */
export function newWords(before, after, me) {
  const known = new Map([...before.contacts, ...before.asides].map((contact) => [contact.id, contact]));
  return [...after.contacts.filter(({ id }) => known.has(id)), ...after.asides].flatMap((contact) => {
    const seen = new Set((known.get(contact.id)?.internal_notes ?? []).map(({ id }) => id));
    const notes = (contact.internal_notes ?? []).filter(({ id, username }) => !seen.has(id) && username !== me);
    return notes.map((note) => ({ contact, note }));
  });
}

/** The Idempotency-Key under which a message that failed is sent once more: one per message, so that it counts once. */
export function keyOfSendingAgain(message) {
  return `again-${message.id}`;
}

/** Whether sending a message once more is offered: not while it is being sent, nor once its words went out after it. */
export function canSendAgain(contact, message, pending) {
  if (!message.can_send_again || contact.state !== "active" || contact.opted_out) return false;
  if (pending.some(({ key }) => key === keyOfSendingAgain(message))) return false;
  return !contact.messages.some(
    ({ id, direction, text }) => id > message.id && direction === "outbound" && text === message.text,
  );
}

export function lastMessage(contact) {
  return contact.messages.at(-1) ?? null;
}

export function unreadTotal(contacts) {
  return contacts.reduce((sum, contact) => sum + contact.unread, 0);
}

/** What is calling for the agent: every offer, and every conversation with something unread, a colleague's too. */
export function attentionCount({ offers, contacts, asides = [] }) {
  return offers.length + [...contacts, ...asides].filter((contact) => contact.unread > 0).length;
}

/** What came in between two workspaces, however it came (push, snapshot or poll): what sounds and notifications tell. */
export function arrivals(before, after) {
  const offersBefore = new Set(before.offers.map((offer) => offer.id));
  const contactsBefore = new Map(before.contacts.map((contact) => [contact.id, contact]));
  const texts = [];
  for (const contact of after.contacts) {
    const known = contactsBefore.get(contact.id);
    if (!known) continue;
    const seen = new Set(known.messages.map((message) => message.id));
    for (const message of contact.messages) {
      if (message.direction === "inbound" && !seen.has(message.id)) texts.push({ contact, message });
    }
  }
  return {
    offers: after.offers.filter((offer) => !offersBefore.has(offer.id)),
    contacts: after.contacts.filter((contact) => !contactsBefore.has(contact.id)),
    notices: after.notices.filter((notice) => !before.notices.some((known) => known.id === notice.id)),
    texts,
  };
}

function lastActivity(contact) {
  const message = lastMessage(contact);
  return Date.parse(message ? message.created_at : contact.accepted_at);
}

function deadline(contact) {
  return contact.acw_until ? Date.parse(contact.acw_until) : Infinity;
}

/** Screen pops that the agent has now and did not have before, each with its contact's id. */
export function newPops(before, after) {
  const known = new Set(before.contacts.flatMap((contact) => (contact.screen_pops ?? []).map(({ id }) => id)));
  return after.contacts.flatMap((contact) =>
    (contact.screen_pops ?? []).filter(({ id }) => !known.has(id)).map((pop) => ({ contact: contact.id, pop })),
  );
}
