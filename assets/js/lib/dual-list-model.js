// What a dual list holds and how it changes. Pure: no page, no server.

/**
 * An item is `{ value, label, detail }`; `detail` is shown beside the label and may be "".
 *
 * `found` is what the source has found so far for `query`, of `total` in all; what is chosen does not show there.
 * `marked` are the values that the next move takes along, `active` is the value the arrow keys stand on.
 */
export function newDualList({ chosen = [], ordered = false, limit = Infinity } = {}) {
  return { query: "", found: [], total: 0, chosen, ordered, limit, available: newSide(), selected: newSide() };
}

function newSide() {
  return { marked: new Set(), active: null, anchor: null };
}

/** The items of a side in the order shown. */
export function itemsOf(list, side) {
  if (side === "selected") return list.chosen;
  const chosen = new Set(list.chosen.map((item) => item.value));
  return list.found.filter((item) => !chosen.has(item.value));
}

/** The answer of the source: a new search replaces what was found, a later page adds to it. */
export function takeFound(list, { items, total }, { more = false } = {}) {
  const found = more ? [...list.found, ...newOnes(list.found, items)] : items;
  return settle({ ...list, found, total });
}

function newOnes(known, items) {
  const values = new Set(known.map((item) => item.value));
  return items.filter((item) => !values.has(item.value));
}

/** Move `values`, or what is marked, or what is active, to the other side; `list.limit` bounds what is chosen. */
export function move(list, side, values = movable(list, side)) {
  const wanted = new Set(values);
  if (wanted.size === 0) return list;
  const next = nextActive(itemsOf(list, side), wanted);
  const moved =
    side === "available"
      ? { ...list, chosen: [...list.chosen, ...itemsOf(list, side).filter((item) => wanted.has(item.value))].slice(0, list.limit) }
      : takenBack(list, wanted);
  return settle({ ...moved, [side]: { marked: new Set(), active: next, anchor: next } });
}

/** What a move without values would take along. */
export function movable(list, side) {
  const { marked, active } = list[side];
  if (marked.size > 0) return [...marked];
  return active === null ? [] : [active];
}

function takenBack(list, wanted) {
  const back = list.chosen.filter((item) => wanted.has(item.value));
  const chosen = list.chosen.filter((item) => !wanted.has(item.value));
  // Without a new search nobody would see again what was chosen in an earlier one: it is put in front.
  return { ...list, chosen, found: [...newOnes(list.found, back), ...list.found] };
}

function nextActive(items, leaving) {
  const last = items.findLastIndex((item) => leaving.has(item.value));
  const after = items.slice(last + 1).find((item) => !leaving.has(item.value));
  const before = items.slice(0, last + 1).findLast((item) => !leaving.has(item.value));
  return (after ?? before)?.value ?? null;
}

/** Drop marks of what a side no longer shows. */
function settle(list) {
  const sides = ["available", "selected"].map((side) => {
    const values = new Set(itemsOf(list, side).map((item) => item.value));
    const { marked, active, anchor } = list[side];
    const kept = (value) => (values.has(value) ? value : null);
    return [side, { marked: new Set([...marked].filter((value) => values.has(value))), active: kept(active), anchor: kept(anchor) }];
  });
  return { ...list, ...Object.fromEntries(sides) };
}

/** A click: alone it marks only this one; `toggle` adds or takes away, `extend` marks from the anchor to here. */
export function mark(list, side, value, { toggle = false, extend = false } = {}) {
  const { marked, anchor } = list[side];
  if (extend) return withSide(list, side, { marked: new Set(range(itemsOf(list, side), anchor, value)), active: value, anchor });
  const next = new Set(toggle ? marked : []);
  if (!next.delete(value)) next.add(value);
  return withSide(list, side, { marked: next, active: value, anchor: value });
}

export function markAll(list, side) {
  const values = itemsOf(list, side).map((item) => item.value);
  return withSide(list, side, { ...list[side], marked: new Set(values) });
}

function range(items, from, to) {
  const places = [from, to].map((value) => Math.max(0, items.findIndex((item) => item.value === value)));
  return items.slice(Math.min(...places), Math.max(...places) + 1).map((item) => item.value);
}

/** The arrow keys: `step` places on, ±Infinity to an end; `extend` marks what is passed. */
export function step(list, side, by, { extend = false } = {}) {
  const items = itemsOf(list, side);
  if (items.length === 0) return list;
  const here = items.findIndex((item) => item.value === list[side].active);
  const place = here === -1 ? (by > 0 && by !== Infinity ? 0 : items.length - 1) : here + by;
  const value = items[Math.min(items.length - 1, Math.max(0, place))].value;
  const anchor = list[side].anchor ?? list[side].active ?? value;
  if (extend) return withSide(list, side, { marked: new Set(range(items, anchor, value)), active: value, anchor });
  return withSide(list, side, { ...list[side], active: value, anchor: value });
}

/** Move the marked (or the active) of the selected side one place up (-1) or down (1), as a block. */
export function reorder(list, by) {
  const moving = new Set(movable(list, "selected"));
  const chosen = [...list.chosen];
  const places = chosen.map((_, place) => place).filter((place) => moving.has(chosen[place].value));
  if (by > 0) places.reverse();
  for (const place of places) {
    const other = chosen[place + by];
    if (other === undefined || moving.has(other.value)) continue;
    [chosen[place], chosen[place + by]] = [other, chosen[place]];
  }
  return { ...list, chosen };
}

function withSide(list, side, change) {
  return { ...list, [side]: change };
}

/** A source over items that are all at hand: every word of the query must occur, accents and case do not matter. */
export function localSource(items) {
  return {
    search: async (query) => {
      const words = folded(query).split(/\s+/).filter(Boolean);
      const found = items().filter((item) => {
        const text = folded(`${item.label} ${item.detail ?? ""}`);
        return words.every((word) => text.includes(word));
      });
      return { items: found, total: found.length };
    },
  };
}

function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
