import assert from "node:assert/strict";
import test from "node:test";
import { chartOption } from "../../assets/js/comparison/chart-option.js";
import { cornersOf, eventsOf, linesOf, lookOf, marksOf, priorityAt, standingAt, tableOf } from "../../assets/js/comparison/lines.js";
import { errorsByInput, numberText, requestBody } from "../../assets/js/comparison/request.js";

// A: 0 and 3 a minute up to 10, reached after 10/3 min. B: 5 and 1 a minute. Marked every 4 min.
const A = { name: "A", maximum: 10, maximum_from_minute: 10 / 3, points: [[0, 0], [4, 10], [8, 10]].map(point) };
const B = { name: "B", maximum: 1000, maximum_from_minute: 995, points: [[0, 5], [4, 9], [8, 13]].map(point) };
const CROSSINGS = [
  { minute: 2.5, priority: 7.5, ahead_before: "B", ahead_after: "A", sentence: "A overtakes B" },
  { minute: 5, priority: 10, ahead_before: "A", ahead_after: "B", sentence: "B overtakes A" },
];

function point([minute, priority]) {
  return { minute, priority };
}

test("a line bends where the maximum is reached, between two marked points", () => {
  assert.deepEqual(cornersOf(A).map(({ minute, isMarked }) => [minute, isMarked]), [[0, true], [10 / 3, false], [4, true], [8, true]]);
  assert.equal(cornersOf(B).length, 3);
  assert.equal(cornersOf({ ...A, maximum_from_minute: 4 }).length, 3);
  assert.equal(cornersOf({ ...A, maximum_from_minute: null }).length, 3);
});

test("both lines go through their crossings, though no point is marked there", () => {
  for (const { minute, priority } of CROSSINGS) {
    for (const series of [A, B]) assert.ok(Math.abs(priorityAt(cornersOf(series), minute) - priority) < 1e-9, `${minute}`);
  }
});

test("before the first and after the last corner the line does not go on", () => {
  assert.equal(priorityAt(cornersOf(A), 0), 0);
  assert.equal(priorityAt(cornersOf(A), 99), 10);
});

test("at one minute the highest comes first, and what is at its maximum says so", () => {
  const standing = standingAt(linesOf([A, B], ["A (this skill)", "B"]), 4);
  assert.deepEqual(standing.map(({ line, priority, isAtMaximum }) => [line.label, priority, isAtMaximum]), [["A (this skill)", 10, true], ["B", 9, false]]);
});

test("twenty lines are told apart without colour", () => {
  const looks = Array.from({ length: 20 }, (_, place) => lookOf(place));
  const forms = looks.map(({ dash, symbol, isHollow, width }) => JSON.stringify([dash, symbol, isHollow, width]));
  assert.equal(new Set(forms).size, 20);
});

test("crossings on one point share a mark, and those of hidden lines have none", () => {
  const third = { ...CROSSINGS[0], ahead_before: "B", ahead_after: "C" };
  assert.deepEqual(marksOf([CROSSINGS[0], third, CROSSINGS[1]], new Set("ABC")).map((mark) => mark.numbers), [[1, 2], [3]]);
  assert.deepEqual(marksOf([CROSSINGS[0], third], new Set("AB")).map((mark) => mark.numbers), [[1]]);
});

test("crossings and ties stand in the order of time; the numbers are those of the chart", () => {
  const levels = [{ from_minute: 4, sentence: "tie" }];
  assert.deepEqual(eventsOf({ crossings: CROSSINGS, levels }).map(({ number, sentence }) => [number, sentence]), [
    [1, "A overtakes B"],
    [null, "tie"],
    [2, "B overtakes A"],
  ]);
});

test("the table has the marked points only", () => {
  assert.deepEqual(tableOf([A, B])[1], { minute: 4, priorities: [10, 9] });
});

test("the chart marks each interval and not the bend, and the own line is thicker", () => {
  const theme = { colour: (number) => `c${number}`, surface: "s", ink: "i" };
  const lines = linesOf([A, B], ["A", "B"]);
  const marks = marksOf(CROSSINGS, new Set("AB"));
  const option = chartOption({ lines, marks, elapsed: 8, theme, tooltip: String, words: {}, formatNumber: String });
  const [own, other] = option.series;
  assert.deepEqual(own.data.map((one) => one.symbol), ["circle", "none", "circle", "circle"]);
  assert.ok(own.lineStyle.width > other.lineStyle.width);
  assert.deepEqual(own.markPoint.data.map(({ name, coord }) => [name, coord]), [["1", [2.5, 7.5]], ["2", [5, 10]]]);
  assert.equal(option.xAxis.max, 8);
});

test("numbers are taken as French and English people write them, and nothing is guessed", () => {
  assert.deepEqual(["2,5", " 2.5 ", "1 000", "1\u202f000,5", "", "abc", "1,5.2"].map(numberText), ["2.5", "2.5", "1000", "1000.5", "", "abc", "1,5.2"]);
});

const own = { name: " Support ", initial_priority: "1", acceleration: "0,5", max_priority: "10" };
const body = (change) => requestBody({ own, others: [], elapsed: "60", interval: "5", fallback: "This skill", ...change });

test("the request has the unsaved skill first and saved ones by id", () => {
  assert.deepEqual(body({ others: [{ value: "7", label: "Sales" }] }), {
    skills: [{ name: "Support", initial_priority: "1", acceleration: "0.5", max_priority: "10" }, 7],
    elapsed_minutes: "60",
    interval_minutes: "5",
  });
});

test("a skill without a name, or with one that is taken, can be compared", () => {
  assert.equal(body({ own: { ...own, name: "" } }).skills[0].name, "This skill");
  assert.equal(body({ others: [{ value: "7", label: "Support" }] }).skills[0].name, "Support (This skill)");
});

test("errors go to the input that they are about", () => {
  const fields = { elapsed_minutes: ["a"], "skills[0].acceleration": ["b", "c"], "skills[1]": ["d"], skills: ["e"] };
  assert.deepEqual(errorsByInput(fields), { rest: ["d", "e"], elapsed_minutes: "a", acceleration: "b c" });
});
