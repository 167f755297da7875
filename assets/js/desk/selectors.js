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

/** The contacts in three groups: waiting for an answer (longest first), answered (latest first), after-contact work. */
export function groupContacts(contacts) {
  const waiting = [];
  const answered = [];
  const ended = [];
  for (const contact of contacts) {
    if (contact.state === "after_contact_work") ended.push(contact);
    else if (waitingSince(contact) !== null) waiting.push(contact);
    else answered.push(contact);
  }
  waiting.sort((a, b) => Date.parse(waitingSince(a)) - Date.parse(waitingSince(b)) || a.id - b.id);
  answered.sort((a, b) => lastActivity(b) - lastActivity(a) || a.id - b.id);
  ended.sort((a, b) => deadline(a) - deadline(b) || a.id - b.id);
  return { waiting, answered, ended };
}

/** The contacts in the order of the list on the screen. */
export function orderedContacts(contacts) {
  const { waiting, answered, ended } = groupContacts(contacts);
  return [...waiting, ...answered, ...ended];
}

/** The contact `step` places after `selected` in the list, staying inside it; the first when nothing is selected. */
export function neighbour(contacts, selected, step) {
  const ordered = orderedContacts(contacts);
  if (ordered.length === 0) return null;
  const position = ordered.findIndex((contact) => contact.id === selected);
  if (position < 0) return ordered[0];
  return ordered[Math.min(ordered.length - 1, Math.max(0, position + step))];
}

export function lastMessage(contact) {
  return contact.messages.at(-1) ?? null;
}

export function unreadTotal(contacts) {
  return contacts.reduce((sum, contact) => sum + contact.unread, 0);
}

/** What is calling for the agent: every offer, and every conversation with something unread. */
export function attentionCount(workspace) {
  return workspace.offers.length + workspace.contacts.filter((contact) => contact.unread > 0).length;
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
