import assert from "node:assert/strict";
import test from "node:test";
import { arrivals, attentionCount, groupContacts, neighbour, newPops, waitingSince } from "../../assets/js/desk/selectors.js";

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
  assert.deepEqual(ids, { waiting: [3, 2], answered: [4, 1], ended: [6, 5] });
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
