import assert from "node:assert/strict";
import test from "node:test";
import { answerGoal, arrivals, attentionCount, cameBack, canSendAgain, groupContacts, lineOfTime, newWords, neighbour, newPops, waitingSince } from "../../assets/js/desk/selectors.js";

const AT = (minute) => new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString();
let nextId = 1;
const inbound = (minute) => ({ id: nextId++, direction: "inbound", status: "received", created_at: AT(minute) });
const outbound = (minute, status = "sent") => ({ id: nextId++, direction: "outbound", status, created_at: AT(minute) });
const contact = (id, messages, fields = {}) => ({ id, state: "active", unread: 0, accepted_at: AT(0), acw_until: null, messages, ...fields });

test("a customer waits since his first text that has no answer", () => {
  assert.equal(waitingSince(contact(1, [inbound(1), outbound(2), inbound(3), inbound(4)])), AT(3));
});

test("an answered customer does not wait", () => {
  assert.equal(waitingSince(contact(1, [inbound(1), outbound(2)])), null);
});

test("a customer who has opted out may not be answered and does not wait", () => {
  assert.equal(waitingSince(contact(1, [inbound(1)], { opted_out: true })), null);
});

test("a reply that failed is no answer", () => {
  assert.equal(waitingSince(contact(1, [inbound(1), outbound(2, "failed")])), AT(1));
});

test("who waits longest is first, then the answered, latest first, then after-contact work", () => {
  const contacts = [
    contact(1, [inbound(1), outbound(5)]),
    contact(2, [inbound(9)]),
    contact(3, [inbound(4)]),
    contact(4, [inbound(1), outbound(8)]),
    contact(5, [inbound(0)], { state: "after_contact_work", acw_until: AT(20) }),
    contact(6, [inbound(0)], { state: "after_contact_work", acw_until: AT(15) }),
  ];
  const groups = groupContacts(contacts);
  const ids = Object.fromEntries(Object.entries(groups).map(([name, list]) => [name, list.map((one) => one.id)]));
  assert.deepEqual(ids, { waiting: [3, 2], answered: [4, 1], aside: [], ended: [6, 5] });
});

test("moving stays inside the list and starts at its head", () => {
  const contacts = [contact(1, [inbound(1)]), contact(2, [inbound(2)])];
  assert.equal(neighbour(contacts, null, +1).id, 1);
  assert.equal(neighbour(contacts, 1, +1).id, 2);
  assert.equal(neighbour(contacts, 2, +1).id, 2);
  assert.equal(neighbour(contacts, 1, -1).id, 1);
  assert.equal(neighbour([], 1, +1), null);
});

test("arrivals are the new offers, contacts and customers' texts, not the agent's own", () => {
  const first = inbound(1);
  const before = { offers: [{ id: 1 }], contacts: [contact(1, [first])], notices: [{ id: 5 }] };
  const news = inbound(2);
  const after = {
    offers: [{ id: 1 }, { id: 2 }],
    contacts: [contact(1, [first, news, outbound(3)]), contact(2, [inbound(1)])],
    notices: [{ id: 5 }, { id: 6 }],
  };
  const found = arrivals(before, after);
  assert.deepEqual(found.offers.map((offer) => offer.id), [2]);
  assert.deepEqual(found.contacts.map((one) => one.id), [2]);
  assert.deepEqual(found.texts.map(({ message }) => message.id), [news.id]);
  assert.deepEqual(found.notices.map((one) => one.id), [6]);
});

test("the title counts offers and conversations with something unread", () => {
  const workspace = { offers: [{ id: 1 }], contacts: [contact(1, [], { unread: 4 }), contact(2, [])] };
  assert.equal(attentionCount(workspace), 2);
});

test("screen pops are new until they were there before", () => {
  const before = { contacts: [{ id: 1, screen_pops: [{ id: 7 }] }, { id: 2 }] };
  const after = { contacts: [{ id: 1, screen_pops: [{ id: 7 }, { id: 8 }] }, { id: 2, screen_pops: [{ id: 9 }] }] };
  assert.deepEqual(newPops(before, after), [
    { contact: 1, pop: { id: 8 } },
    { contact: 2, pop: { id: 9 } },
  ]);
  assert.deepEqual(newPops(after, after), []);
});

test("what is put aside is a group of its own, what comes back first at its head, and waits for nothing", () => {
  const aside = (id, until) => contact(id, [inbound(1)], { is_snoozed: true, snoozed_until: until, answer_within_seconds: 30 });
  const contacts = [aside(1, null), aside(2, AT(30)), aside(3, AT(20)), contact(4, [inbound(2)])];
  const groups = groupContacts(contacts);
  assert.deepEqual(groups.aside.map(({ id }) => id), [3, 2, 1]);
  assert.deepEqual(groups.waiting.map(({ id }) => id), [4]);
  assert.equal(answerGoal(contacts[0], () => 60), null);
});

test("the time left for an answer: calm, soon in the last quarter, late", () => {
  const waits = contact(1, [inbound(1)], { answer_within_seconds: 40 });
  assert.deepEqual(answerGoal(waits, () => 10), { left: 30, step: "calm" });
  assert.deepEqual(answerGoal(waits, () => 31), { left: 9, step: "soon" });
  assert.deepEqual(answerGoal(waits, () => 41), { left: -1, step: "late" });
  assert.equal(answerGoal(contact(2, [inbound(1), outbound(2)], { answer_within_seconds: 40 }), () => 1), null);
});

test("texts and notes stand in one line of time", () => {
  const note = { id: 1, at: AT(2) };
  const line = lineOfTime(contact(1, [inbound(1), outbound(3)], { internal_notes: [note] }));
  assert.deepEqual(line.map((row) => row.at), [AT(1), AT(2), AT(3)]);
  assert.equal(line[1].note, note);
});

test("back is what was put aside and is unread without a new text: a text tells of itself", () => {
  const text = inbound(1);
  const aside = contact(1, [text], { is_snoozed: true });
  const back = { ...aside, is_snoozed: false, unread: 1 };
  assert.deepEqual(cameBack({ contacts: [aside] }, { contacts: [back] }), [back]);
  assert.deepEqual(cameBack({ contacts: [aside] }, { contacts: [{ ...back, messages: [text, inbound(2)] }] }), []);
  assert.deepEqual(cameBack({ contacts: [aside] }, { contacts: [{ ...back, unread: 0 }] }), []);
});

test("new words are those of colleagues, in what one knew or is newly asked about", () => {
  const note = (id, username) => ({ id, username, at: AT(1) });
  const before = { contacts: [{ id: 1, internal_notes: [note(1, "other")] }], asides: [] };
  const after = {
    contacts: [{ id: 1, internal_notes: [note(1, "other"), note(2, "other"), note(3, "me")] }, { id: 2, internal_notes: [note(4, "other")] }],
    asides: [{ id: 3, internal_notes: [note(5, "other")] }],
  };
  assert.deepEqual(newWords(before, after, "me").map(({ note: { id } }) => id), [2, 5]);
});

test("sending again is offered while it is not under way and not done", () => {
  const failed = { ...outbound(1, "failed"), text: "Hello", can_send_again: true };
  const other = { ...outbound(2), text: "Something else" };
  const again = { ...outbound(3, "failed"), text: "Hello", can_send_again: true };
  assert.ok(canSendAgain(contact(1, [failed, other]), failed, [{ key: "again-0" }]));
  assert.ok(!canSendAgain(contact(1, [failed, other]), failed, [{ key: `again-${failed.id}` }]));
  const done = contact(1, [failed, other, again]);
  assert.deepEqual([failed, other, again].filter((message) => canSendAgain(done, message, [])), [again]);
  assert.ok(!canSendAgain(contact(1, [failed], { opted_out: true }), failed, []));
  assert.ok(!canSendAgain(contact(1, [failed], { state: "after_contact_work" }), failed, []));
});
