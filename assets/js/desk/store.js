// The agent's workspace as the server tells it: one snapshot, then numbered pushes without gaps.
// Pure: takes values, returns values. A snapshot and the pushes after it give what a fresh snapshot would.

export function emptyWorkspace() {
  return {
    seq: null,
    socket_url: "",
    server_time: null,
    agent: null,
    state: null,
    offers: [],
    contacts: [],
    notices: [],
    asides: [],
    drafts: [],
    skills_out: [],
    transfer_skills: [],
    transfer_agents: [],
  };
}

/** The workspace of a snapshot, in the order the pushes keep. */
export function fromSnapshot(snapshot) {
  return {
    ...emptyWorkspace(),
    ...snapshot,
    offers: [...snapshot.offers].sort(byOffer),
    notices: [...(snapshot.notices ?? [])].sort(byId),
    contacts: snapshot.contacts.map(tidyContact).sort(byId),
    asides: (snapshot.asides ?? []).map(tidyContact).sort(byId),
  };
}

/**
 * Take one frame from the socket.
 *
 * `outcome`: "applied"; "ignored" for a push the snapshot already held; "gap" when a push is missing, so that only a
 * new snapshot helps. A push of an unknown type counts: a newer server may send more than this page knows.
 */
export function applyFrame(workspace, frame) {
  if (frame.type === "snapshot") {
    return { workspace: { ...fromSnapshot(frame.data), seq: frame.seq }, outcome: "applied" };
  }
  if (workspace.seq === null || frame.seq > workspace.seq + 1) return { workspace, outcome: "gap" };
  if (frame.seq <= workspace.seq) return { workspace, outcome: "ignored" };
  const change = CHANGES[frame.type];
  const changed = change ? change(workspace, frame.data) : workspace;
  if (changed === null) return { workspace, outcome: "gap" };
  return { workspace: { ...changed, seq: frame.seq }, outcome: "applied" };
}

const CHANGES = {
  "offer.made": (workspace, offer) => ({ ...workspace, offers: upserted(workspace.offers, offer).sort(byOffer) }),
  "offer.withdrawn": (workspace, { id }) => ({ ...workspace, offers: without(workspace.offers, id) }),
  "contact.assigned": (workspace, contact) => ({
    ...workspace,
    offers: workspace.offers.filter((offer) => offer.contact !== contact.id),
    contacts: upserted(workspace.contacts, tidyContact(contact)).sort(byId),
  }),
  "message.received": withMessage,
  "message.status": withMessage,
  "contact.ended": (workspace, { id, contact }) => ({
    ...workspace,
    contacts: contact
      ? upserted(workspace.contacts, tidyContact(contact)).sort(byId)
      : without(workspace.contacts, id),
  }),
  "notice.added": (workspace, notice) => ({ ...workspace, notices: upserted(workspace.notices, notice).sort(byId) }),
  "notice.read": withoutNotice,
  "note.added": withNote,
  "aside.changed": (workspace, aside) => ({ ...workspace, asides: upserted(workspace.asides, tidyContact(aside)).sort(byId) }),
  "aside.removed": (workspace, { id }) => ({ ...workspace, asides: without(workspace.asides, id) }),
  "state.changed": (workspace, state) => ({ ...workspace, state }),
};

// A message of a contact this page does not know means that something was missed: null asks for a snapshot.
// A text may be a STOP or a START: then the push says whether the customer may still be written to.
function withMessage(workspace, { contact: contactId, message, opted_out: optedOut }) {
  const contact = workspace.contacts.find((candidate) => candidate.id === contactId);
  if (!contact) return null;
  const changed = contactWithMessage(contact, message);
  if (optedOut !== undefined) changed.opted_out = optedOut;
  return { ...workspace, contacts: upserted(workspace.contacts, changed).sort(byId) };
}

function contactWithMessage(contact, message) {
  const known = contact.messages.some((candidate) => candidate.id === message.id);
  const messages = upserted(contact.messages, message).sort(byId);
  if (known || message.direction !== "inbound") return { ...contact, messages };
  return {
    ...contact,
    messages,
    unread: contact.unread + 1,
    is_snoozed: false,
    snoozed_until: null,
    last_inbound_at: later(contact.last_inbound_at, message.created_at),
  };
}

// Like a message: a note in a contact this page does not know means that something was missed.
function withNote(workspace, { contact: contactId, note }) {
  const contact = workspace.contacts.find((candidate) => candidate.id === contactId);
  if (!contact) return null;
  const notes = upserted(contact.internal_notes ?? [], note).sort(byId);
  return patchContact(workspace, contactId, { internal_notes: notes });
}

/** What a supervisor said has been read. */
export function withoutNotice(workspace, { id }) {
  return { ...workspace, notices: without(workspace.notices, id) };
}

/** The agent has seen the texts of this contact (told to the server at the same time). */
export function markRead(workspace, contactId) {
  return patchContact(workspace, contactId, { unread: 0 });
}

/** The server's answer to a reply, unless its push was faster and knows more. */
export function addMessage(workspace, contactId, message) {
  const contact = workspace.contacts.find((candidate) => candidate.id === contactId);
  if (!contact || contact.messages.some((candidate) => candidate.id === message.id)) return workspace;
  return patchContact(workspace, contactId, { messages: [...contact.messages, message].sort(byId) });
}

function patchContact(workspace, contactId, fields) {
  const contacts = workspace.contacts.map((contact) =>
    contact.id === contactId ? { ...contact, ...fields } : contact,
  );
  return { ...workspace, contacts };
}

function tidyContact(contact) {
  return { ...contact, messages: [...contact.messages].sort(byId) };
}

function upserted(list, item) {
  const position = list.findIndex((candidate) => candidate.id === item.id);
  if (position < 0) return [...list, item];
  return list.map((candidate, index) => (index === position ? item : candidate));
}

function without(list, id) {
  return list.filter((candidate) => candidate.id !== id);
}

function later(first, second) {
  return first !== null && Date.parse(first) >= Date.parse(second) ? first : second;
}

const byId = (a, b) => a.id - b.id;
const byOffer = (a, b) => Date.parse(a.offered_at) - Date.parse(b.offered_at) || a.id - b.id;
