// From the API's answer to lines, points and a table. Pure.

const COLOURS = 8;
const DASHES = [[7, 4], [2, 3], [10, 4, 2, 4], [14, 5], [5, 2, 2, 2, 2, 2]];
const SYMBOLS = ["rect", "triangle", "diamond", "circle", "rect", "triangle", "diamond"];
const HOLLOW_FROM = 3;

/** Looks that tell the lines apart with and without colour; the first is the skill being edited: thick and solid. */
export function lookOf(place) {
  if (place === 0) return { colour: 1, dash: "solid", symbol: "circle", isHollow: false, width: 4 };
  const other = place - 1;
  const symbol = other % SYMBOLS.length;
  return {
    colour: 2 + (other % (COLOURS - 1)),
    dash: DASHES[other % DASHES.length],
    symbol: SYMBOLS[symbol],
    isHollow: symbol >= HOLLOW_FROM,
    width: 2,
  };
}

/**
 * The corners of a line: a marked point at each interval, and the bend where the maximum is reached.
 *
 * Between two corners the priority is straight, so that a drawn line and `priorityAt` are exact.
 */
export function cornersOf({ points, maximum, maximum_from_minute: bend }) {
  const marked = points.map((point) => ({ ...point, isMarked: true }));
  const last = points.at(-1).minute;
  if (bend === null || bend >= last || points.some((point) => point.minute === bend)) return marked;
  return [...marked, { minute: bend, priority: maximum, isMarked: false }].sort((one, other) => one.minute - other.minute);
}

/** The priority at a minute between the first and the last corner. */
export function priorityAt(corners, minute) {
  const next = corners.findIndex((corner) => corner.minute >= minute);
  if (next === -1) return corners.at(-1).priority;
  if (next === 0 || corners[next].minute === minute) return corners[next].priority;
  const [from, to] = [corners[next - 1], corners[next]];
  return from.priority + ((to.priority - from.priority) * (minute - from.minute)) / (to.minute - from.minute);
}

/** Every line at one minute, the highest first, as the queue would serve contacts of that age. */
export function standingAt(lines, minute) {
  return lines
    .map((line) => ({ line, priority: priorityAt(line.corners, minute), isAtMaximum: isAtMaximum(line, minute) }))
    .sort((one, other) => other.priority - one.priority);
}

export function isAtMaximum(line, minute) {
  return line.maximumFrom !== null && minute >= line.maximumFrom;
}

/** One line for each series of the answer; `labels` name them as the page does. */
export function linesOf(series, labels) {
  return series.map((one, place) => ({
    name: one.name,
    label: labels[place],
    corners: cornersOf(one),
    maximumFrom: one.maximum_from_minute,
    look: lookOf(place),
    isOwn: place === 0,
  }));
}

/**
 * Crossings that fall on one point share a mark: `[{ minute, priority, numbers: [1, 2] }]`, numbered as listed. Those
 * of a line that is not in `names` are left out.
 */
export function marksOf(crossings, names) {
  const marks = new Map();
  crossings.forEach(({ minute, priority, ahead_before: before, ahead_after: after }, place) => {
    if (!names.has(before) || !names.has(after)) return;
    const key = `${minute} ${priority}`;
    const mark = marks.get(key) ?? { minute, priority, numbers: [] };
    mark.numbers.push(place + 1);
    marks.set(key, mark);
  });
  return [...marks.values()];
}

/** Crossings, then ties, in the order in which they happen; only crossings have a number. */
export function eventsOf({ crossings, levels }) {
  const events = [
    ...crossings.map(({ minute, sentence }, place) => ({ minute, sentence, number: place + 1 })),
    ...levels.map(({ from_minute: minute, sentence }) => ({ minute, sentence, number: null })),
  ];
  return events.sort((one, other) => one.minute - other.minute);
}

/** `[{ minute, priorities: […] }]` for the marked points. */
export function tableOf(series) {
  return series[0].points.map(({ minute }, row) => ({ minute, priorities: series.map((one) => one.points[row].priority) }));
}
