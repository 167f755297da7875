import assert from "node:assert/strict";
import test from "node:test";

const kept = new Map();
globalThis.window = { localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) } };
const { Seen } = await import("../../assets/js/desk/seen.js");

const text = (id, direction = "inbound") => ({ id, direction });
const note = (id, username = "anna") => ({ id, username });
const aside = (fields) => ({ id: 1, role: "consulted", messages: [text(5)], internal_notes: [note(3)], ...fields });

function makeSeen() {
  kept.clear();
  return new Seen({ key: "seen", me: "ben" });
}

const unread = (seen, ...asides) => seen.counted(asides).map((one) => one.unread);

test("of a contact that one is asked about the question is new, what was said before is not", () => {
  const seen = makeSeen();
  assert.deepEqual(unread(seen, aside()), [1]);
});

test("of a contact that one handed on nothing is new yet", () => {
  assert.deepEqual(unread(makeSeen(), aside({ role: "handing_on" })), [0]);
});

test("what came since the last look counts: texts of the customer and notes of others", () => {
  const seen = makeSeen();
  seen.look(aside());
  const later = aside({
    messages: [text(5), text(6), text(7, "outbound"), text(8)],
    internal_notes: [note(3), note(4, "ben"), note(5)],
  });
  assert.deepEqual(unread(seen, later), [3]);
  seen.look(later);
  assert.deepEqual(unread(seen, later), [0]);
});

test("another page of the same agent knows it, and what has left is forgotten", () => {
  const seen = makeSeen();
  seen.look(aside());
  assert.deepEqual(unread(new Seen({ key: "seen", me: "ben" }), aside()), [0]);
  unread(seen);
  assert.equal(kept.get("seen"), "{}");
});
