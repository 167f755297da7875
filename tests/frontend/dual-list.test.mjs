import assert from "node:assert/strict";
import test from "node:test";
import { itemsOf, localSource, mark, markAll, move, newDualList, reorder, step, takeFound } from "../../assets/js/lib/dual-list-model.js";

const item = (value) => ({ value, label: value.toUpperCase(), detail: "" });
const values = (list, side) => itemsOf(list, side).map((one) => one.value);
const found = (list, names, total = names.length) => takeFound(list, { items: names.map(item), total });
const fresh = (options) => found(newDualList(options), ["a", "b", "c", "d"]);

test("what is marked moves over in its order, and the focus goes to the next that is left", () => {
  const list = move(mark(mark(fresh(), "available", "c"), "available", "a", { toggle: true }), "available");
  assert.deepEqual(values(list, "selected"), ["a", "c"]);
  assert.deepEqual(values(list, "available"), ["b", "d"]);
  assert.equal(list.available.active, "d");
});

test("without marks the active one moves; with nothing active nothing does", () => {
  assert.equal(move(fresh(), "available").chosen.length, 0);
  assert.deepEqual(values(move(step(fresh(), "available", 1), "available"), "selected"), ["a"]);
});

test("the arrow keys stop at the ends, and with shift mark what they pass", () => {
  let list = step(fresh(), "available", 1);
  list = step(list, "available", -1);
  assert.equal(list.available.active, "a");
  list = step(step(list, "available", 1, { extend: true }), "available", 1, { extend: true });
  assert.deepEqual([...list.available.marked], ["a", "b", "c"]);
  list = step(list, "available", -1, { extend: true });
  assert.deepEqual([...list.available.marked], ["a", "b"]);
  assert.equal(step(list, "available", Infinity).available.active, "d");
  assert.equal(step(list, "available", -Infinity).available.active, "a");
});

test("a click with shift marks from the last click to here", () => {
  const list = mark(mark(fresh(), "available", "d"), "available", "b", { extend: true });
  assert.deepEqual([...list.available.marked], ["b", "c", "d"]);
});

test("no more is chosen than the limit", () => {
  const list = move(markAll(fresh({ limit: 2 }), "available"), "available");
  assert.deepEqual(values(list, "selected"), ["a", "b"]);
  assert.deepEqual(values(list, "available"), ["c", "d"]);
});

test("a search changes what is available and leaves what is chosen; what goes back is seen", () => {
  let list = move(fresh(), "available", ["b"]);
  list = found(list, ["x"]);
  assert.deepEqual([values(list, "available"), values(list, "selected")], [["x"], ["b"]]);
  assert.deepEqual(values(move(list, "selected", ["b"]), "available"), ["b", "x"]);
});

test("a later page adds what is new", () => {
  const list = takeFound(fresh(), { items: [item("d"), item("e")], total: 5 }, { more: true });
  assert.deepEqual(values(list, "available"), ["a", "b", "c", "d", "e"]);
});

test("a new search forgets marks that it does not show", () => {
  const list = found(mark(fresh(), "available", "a"), ["b"]);
  assert.deepEqual([[...list.available.marked], list.available.active], [[], null]);
});

test("what is marked moves up and down as a block and stops at the ends", () => {
  const start = newDualList({ chosen: ["a", "b", "c", "d"].map(item), ordered: true });
  const marked = mark(mark(start, "selected", "b"), "selected", "c", { toggle: true });
  assert.deepEqual(values(reorder(marked, -1), "selected"), ["b", "c", "a", "d"]);
  assert.deepEqual(values(reorder(reorder(marked, -1), -1), "selected"), ["b", "c", "a", "d"]);
  assert.deepEqual(values(reorder(marked, 1), "selected"), ["a", "d", "b", "c"]);
});

test("a search at hand looks for every word, whatever its case and accents", async () => {
  const source = localSource(() => [{ value: "1", label: "Équipe Été", detail: "Entrant" }, { value: "2", label: "Sales", detail: "" }]);
  assert.deepEqual((await source.search("ete ENTR")).items.map((one) => one.value), ["1"]);
  assert.equal((await source.search(" ")).total, 2);
});
