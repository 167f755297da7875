// The board as the server tells it: one snapshot, then numbered differences. Pure.

export function emptyBoard() {
  return { seq: null, unit: null, skills: [], agents: [], contacts: [], alerts: [] };
}

/**
 * Take one frame of the socket that is about the board.
 *
 * `outcome`: "applied"; "ignored" for a difference that the snapshot already held; "gap" when one is missing, so that
 * only a new snapshot helps.
 */
export function applyFrame(board, frame) {
  if (frame.type === "snapshot") {
    return { board: { ...emptyBoard(), ...frame.data, seq: frame.seq }, outcome: "applied" };
  }
  if (board.seq === null || frame.seq > board.seq + 1) return { board, outcome: "gap" };
  if (frame.seq <= board.seq || frame.type !== "board.changed") return { board, outcome: "ignored" };
  const changed = { ...board, seq: frame.seq };
  for (const [name, change] of Object.entries(frame.data)) changed[name] = merged(board[name], change);
  return { board: changed, outcome: "applied" };
}

function merged(rows, { set, gone }) {
  const leaves = new Set([...gone, ...set.map((row) => row.id)]);
  return [...rows.filter((row) => !leaves.has(row.id)), ...set];
}
