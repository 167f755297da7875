import assert from "node:assert/strict";
import test from "node:test";
import { addMessage, applyFrame, emptyWorkspace, fromSnapshot, markRead } from "../../assets/js/desk/store.js";

const AT = (second) => new Date(Date.UTC(2026, 10, 23, 9, 0, second)).toISOString();

function message(id, fields = {}) {
  return {
    id, direction: "inbound", text: `text ${id}`, status: "received", status_reason: "", segments: 1, author: null,
    created_at: AT(id), is_incomplete: false, ...fields,
  };
}

function contact(id, fields = {}) {
  return {
    id, customer: "+447700900001", customer_name: "", skill: "Support", direction: "inbound", state: "active",
    queued_at: AT(0), accepted_at: AT(1), last_inbound_at: AT(1), unread: 0, opted_out: false, acw_until: null,
    is_snoozed: false, snoozed_until: null, internal_notes: [], participants: [],
    require_disposition: false, disposition: null, notes: "", tags: [], dispositions: [], available_tags: [],
    messages: [], ...fields,
  };
}

function offer(id, contactId) {
  return { id, contact: contactId, skill: "Support", customer: "+447700900001", customer_name: "", text: "Hello",
    waited_seconds: 1, queued_at: AT(0), offered_at: AT(id), expires_at: AT(id + 15) };
}

function snapshot(seq, fields = {}) {
  return {
    seq, socket_url: "ws://x/ws/workspace", server_time: AT(59), agent: { id: 1, username: "agent.one", name: "One" },
    state: { state: "available", reason: "", since: AT(0), load: 0, limit: 3, reasons: [] },
    offers: [], contacts: [], skills_out: [], transfer_skills: [], transfer_agents: [], ...fields,
  };
}

function play(frames, start = fromSnapshot(snapshot(10))) {
  return frames.reduce((workspace, frame) => {
    const { workspace: next, outcome } = applyFrame(workspace, frame);
    assert.equal(outcome, "applied", frame.type);
    return next;
  }, start);
}

test("a snapshot and the pushes after it give what a fresh snapshot gives", () => {
  const accepted = contact(7, { messages: [message(1)], unread: 1, last_inbound_at: AT(1) });
  const reply = message(4, { direction: "outbound", status: "queued", author: "One" });
  const busy = { state: "unavailable", reason: "Break", since: AT(9), load: 2, limit: 3, reasons: [] };
  const wrapUp = contact(9, { state: "after_contact_work", acw_until: AT(50), messages: [message(2)] });
  const played = play([
    { type: "offer.made", seq: 11, data: offer(1, 7) },
    { type: "offer.made", seq: 12, data: offer(2, 8) },
    { type: "contact.assigned", seq: 13, data: accepted },
    { type: "offer.withdrawn", seq: 14, data: { id: 2, contact: 8, reason: "expired" } },
    { type: "message.received", seq: 15, data: { contact: 7, message: message(3) } },
    { type: "message.status", seq: 16, data: { contact: 7, message: reply } },
    { type: "message.status", seq: 17, data: { contact: 7, message: { ...reply, status: "delivered" } } },
    { type: "contact.assigned", seq: 18, data: contact(9, { messages: [message(2)] }) },
    { type: "contact.ended", seq: 19, data: { id: 9, state: "after_contact_work", contact: wrapUp } },
    { type: "contact.assigned", seq: 20, data: contact(5) },
    { type: "contact.ended", seq: 21, data: { id: 5, state: "transferred", contact: null } },
    { type: "state.changed", seq: 22, data: busy },
  ]);
  const fresh = fromSnapshot(
    snapshot(22, {
      state: busy,
      contacts: [
        wrapUp,
        { ...accepted, unread: 2, last_inbound_at: AT(3), messages: [message(1), message(3), { ...reply, status: "delivered" }] },
      ],
    }),
  );
  assert.deepEqual(played, fresh);
});

test("a missing push is a gap and changes nothing", () => {
  const start = fromSnapshot(snapshot(10));
  const { workspace, outcome } = applyFrame(start, { type: "offer.made", seq: 12, data: offer(1, 7) });
  assert.equal(outcome, "gap");
  assert.equal(workspace, start);
});

test("a push before any snapshot is a gap", () => {
  assert.equal(applyFrame(emptyWorkspace(), { type: "offer.made", seq: 1, data: offer(1, 7) }).outcome, "gap");
});

test("a push that the snapshot already held is ignored", () => {
  const start = fromSnapshot(snapshot(10));
  const { workspace, outcome } = applyFrame(start, { type: "offer.made", seq: 10, data: offer(1, 7) });
  assert.equal(outcome, "ignored");
  assert.equal(workspace, start);
});

test("a text of a contact that is not on the desk asks for the whole truth", () => {
  const start = fromSnapshot(snapshot(10));
  const frame = { type: "message.received", seq: 11, data: { contact: 7, message: message(1) } };
  assert.equal(applyFrame(start, frame).outcome, "gap");
});

test("a push of a type this page does not know only counts", () => {
  const start = fromSnapshot(snapshot(10));
  const next = play([{ type: "weather.changed", seq: 11, data: {} }], start);
  assert.deepEqual(next, { ...start, seq: 11 });
});

test("a snapshot on the socket replaces everything, also when its number is lower", () => {
  const { workspace, outcome } = applyFrame(fromSnapshot(snapshot(10, { contacts: [contact(7)] })), {
    type: "snapshot", seq: 3, data: snapshot(3),
  });
  assert.equal(outcome, "applied");
  assert.deepEqual(workspace, fromSnapshot(snapshot(3)));
});

test("a late part that completes a text does not count as another unread text", () => {
  const start = fromSnapshot(snapshot(10, { contacts: [contact(7, { unread: 1, messages: [message(1, { is_incomplete: true })] })] }));
  const whole = message(1, { text: "all of it" });
  const next = play([{ type: "message.received", seq: 11, data: { contact: 7, message: whole } }], start);
  assert.equal(next.contacts[0].unread, 1);
  assert.deepEqual(next.contacts[0].messages, [whole]);
});

test("a STOP closes the composer, a START opens it again", () => {
  const start = fromSnapshot(snapshot(10, { contacts: [contact(7)] }));
  const stopped = play(
    [{ type: "message.received", seq: 11, data: { contact: 7, message: message(1), opted_out: true } }], start,
  );
  assert.equal(stopped.contacts[0].opted_out, true);
  const started = play(
    [{ type: "message.received", seq: 12, data: { contact: 7, message: message(2), opted_out: false } }], stopped,
  );
  assert.equal(started.contacts[0].opted_out, false);
});

test("reading empties the count of one contact only", () => {
  const start = fromSnapshot(snapshot(10, { contacts: [contact(7, { unread: 2 }), contact(8, { unread: 3 })] }));
  assert.deepEqual(markRead(start, 7).contacts.map((one) => one.unread), [0, 3]);
});

test("the answer to a reply never overwrites what its push said", () => {
  const sent = message(4, { direction: "outbound", status: "sent" });
  const start = fromSnapshot(snapshot(10, { contacts: [contact(7, { messages: [sent] })] }));
  assert.equal(addMessage(start, 7, { ...sent, status: "queued" }), start);
  const other = message(5, { direction: "outbound", status: "queued" });
  assert.deepEqual(addMessage(start, 7, other).contacts[0].messages, [sent, other]);
});

test("what a supervisor says is there until it is read", () => {
  const notice = { id: 3, contact: null, author: "Sam", text: "Lunch", at: AT(1) };
  const told = play([{ type: "notice.added", seq: 11, data: notice }]);
  assert.deepEqual(told.notices, [notice]);
  assert.deepEqual(play([{ type: "notice.read", seq: 12, data: { id: 3 } }], told).notices, []);
});

test("the customer's next text wakes a contact that was put aside", () => {
  const start = fromSnapshot(snapshot(1, { contacts: [contact(7, { is_snoozed: true, snoozed_until: AT(50) })] }));
  const push = { type: "message.received", seq: 2, data: { contact: 7, message: message(3) } };
  const { workspace } = applyFrame(start, push);
  assert.equal(workspace.contacts[0].is_snoozed, false);
  assert.equal(workspace.contacts[0].snoozed_until, null);
});

test("a note of a colleague is added once; in an unknown contact it is a gap", () => {
  const start = fromSnapshot(snapshot(1, { contacts: [contact(7)] }));
  const note = { id: 4, kind: "note", author: "Two", username: "two", text: "Careful", at: AT(5) };
  const { workspace } = applyFrame(start, { type: "note.added", seq: 2, data: { contact: 7, note } });
  const again = applyFrame(workspace, { type: "note.added", seq: 3, data: { contact: 7, note } });
  assert.deepEqual(again.workspace.contacts[0].internal_notes, [note]);
  assert.equal(applyFrame(start, { type: "note.added", seq: 2, data: { contact: 8, note } }).outcome, "gap");
});

test("what one sees of others comes, changes and goes", () => {
  const aside = { ...contact(9), role: "consulted", asked_by: "One" };
  const start = fromSnapshot(snapshot(1, {}));
  const seen = applyFrame(start, { type: "aside.changed", seq: 2, data: aside }).workspace;
  assert.deepEqual(seen.asides.map(({ id }) => id), [9]);
  const changed = applyFrame(seen, { type: "aside.changed", seq: 3, data: { ...aside, messages: [message(2)] } }).workspace;
  assert.equal(changed.asides[0].messages.length, 1);
  assert.deepEqual(applyFrame(changed, { type: "aside.removed", seq: 4, data: { id: 9, reason: "over" } }).workspace.asides, []);
});
