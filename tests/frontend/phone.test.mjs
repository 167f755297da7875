import assert from "node:assert/strict";
import test from "node:test";
import { freeNumber, mergeTexts, newsAfter } from "../../assets/js/simulator/phone.js";

const NOW = Date.UTC(2026, 10, 23, 9, 0);
const text = (id, minutesAgo, status = "sent") => ({ id, status, created_at: new Date(NOW - minutesAgo * 60_000).toISOString() });

test("news replace what they name and keep the order", () => {
  const merged = mergeTexts([text(1, 5), text(3, 2)], [text(3, 2, "delivered"), text(2, 3)]);
  assert.deepEqual(merged.map(({ id, status }) => [id, status]), [[1, "sent"], [2, "sent"], [3, "delivered"]]);
});

test("the last ten minutes are asked for again, older texts are not", () => {
  assert.equal(newsAfter([text(1, 30), text(2, 11), text(3, 9), text(4, 0)], NOW), 2);
  assert.equal(newsAfter([text(3, 1)], NOW), 0);
  assert.equal(newsAfter([], NOW), 0);
});

test("a new phone gets a number no other phone has", () => {
  assert.equal(freeNumber([{ mine: "+447700900001" }, { mine: "+447700900003" }]), "+447700900002");
});
