// Where actions stand when the canvas arranges them: in columns from left to right, each right of all that lead to it.

import { branchesByAction, inOrder } from "./document.js";

export const COLUMN = 300;
export const GAP = 36;

/** Heights follow what a card shows: a head, a line about it, one line per exit. */
export function heightOf(exits) {
  return 74 + exits * 26;
}

/** A Map of ids to {x, y}. `exitCount` gives the number of exits of an action. Takes linear time but for the sorting. */
export function arrange(doc, specs, exitCount) {
  const ordered = inOrder(doc, specs);
  const columns = columnsOf(doc, ordered);
  const rows = new Map();
  for (const action of ordered) {
    const column = columns.get(action.id);
    if (!rows.has(column)) rows.set(column, []);
    rows.get(column).push(action);
  }
  const sources = sourcesOf(doc);
  const places = new Map();
  for (const column of [...rows.keys()].sort((a, b) => a - b)) {
    const wished = rows.get(column).map((action, index) => ({ action, y: wishedY(action, sources, places), index }));
    wished.sort((one, other) => one.y - other.y || one.index - other.index);
    let free = 0;
    for (const { action, y } of wished) {
      const top = Math.max(free, Number.isFinite(y) ? y : free);
      places.set(action.id, { x: column * COLUMN, y: top });
      free = top + heightOf(exitCount(action)) + GAP;
    }
  }
  return places;
}

/** The longest way from a start, without the branches that lead back. */
function columnsOf(doc, ordered) {
  const ahead = branchesByAction(doc);
  const order = withoutGoingBack(ordered, ahead);
  const rank = new Map(order.map((id, index) => [id, index]));
  const columns = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    for (const branch of ahead.get(id) ?? []) {
      if (rank.get(branch.to) > rank.get(id)) columns.set(branch.to, Math.max(columns.get(branch.to), columns.get(id) + 1));
    }
  }
  return columns;
}

/** The ids so that every branch that closes no circle leads onwards: reverse postorder of a depth-first walk. */
function withoutGoingBack(ordered, ahead) {
  const known = new Set(ordered.map((action) => action.id));
  const seen = new Set();
  const finished = [];
  for (const { id: root } of ordered) {
    if (seen.has(root)) continue;
    const path = [[root, 0]];
    seen.add(root);
    while (path.length > 0) {
      const step = path.at(-1);
      const branch = (ahead.get(step[0]) ?? [])[step[1]];
      step[1] += 1;
      if (!branch) finished.push(path.pop()[0]);
      else if (known.has(branch.to) && !seen.has(branch.to)) {
        seen.add(branch.to);
        path.push([branch.to, 0]);
      }
    }
  }
  return finished.reverse();
}

function sourcesOf(doc) {
  const found = new Map();
  for (const branch of doc.branches) {
    if (!found.has(branch.to)) found.set(branch.to, []);
    found.get(branch.to).push(branch.from);
  }
  return found;
}

/** Beside the topmost action that leads here. */
function wishedY(action, sources, places) {
  const tops = (sources.get(action.id) ?? []).filter((id) => places.has(id)).map((id) => places.get(id).y);
  return tops.length > 0 ? Math.min(...tops) : Number.POSITIVE_INFINITY;
}

/** Several actions on one line: `edge` is "left" or "top". A Map of ids to {x, y}. */
export function align(actions, edge) {
  const axis = edge === "left" ? "x" : "y";
  const line = Math.min(...actions.map((action) => action[axis]));
  return new Map(actions.map((action) => [action.id, { x: action.x, y: action.y, [axis]: line }]));
}
