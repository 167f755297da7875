// Undo and redo without limit: documents share what did not change, so keeping all of them costs little.

export function begin(doc) {
  return { past: [], present: doc, future: [], mergeKey: null };
}

/** Make `doc` the present one. Changes in a row with the same `mergeKey` (typing in one field) are one step back. */
export function commit(history, doc, mergeKey = null) {
  if (doc === history.present) return history;
  const merges = mergeKey !== null && mergeKey === history.mergeKey;
  return { past: merges ? history.past : [...history.past, history.present], present: doc, future: [], mergeKey };
}

export function undo(history) {
  if (history.past.length === 0) return history;
  return {
    past: history.past.slice(0, -1),
    present: history.past.at(-1),
    future: [history.present, ...history.future],
    mergeKey: null,
  };
}

export function redo(history) {
  if (history.future.length === 0) return history;
  return {
    past: [...history.past, history.present],
    present: history.future[0],
    future: history.future.slice(1),
    mergeKey: null,
  };
}
