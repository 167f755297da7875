// Two versions of a script drawn as one: what was added, what is changed, and what was removed where it stood. Pure.

import { edgeKey } from "./trial.js";

/**
 * `{doc, cards, edges}`: the later version with what only the earlier one has, and for each action and branch that is
 * different "added", "changed" or "removed". `changes` are those of the server, so that picture and words agree.
 */
export function drawnTogether(before, after, changes) {
  const kept = new Set(after.actions.map((action) => action.id));
  const gone = before.actions.filter((action) => !kept.has(action.id));
  const earlier = new Set(before.branches.map(edgeKey));
  const later = new Set(after.branches.map(edgeKey));
  const lost = before.branches.filter((branch) => !later.has(edgeKey(branch)));
  const cards = new Map();
  for (const { action, kind } of changes) {
    if (cards.get(action) === undefined || kind !== "changed") cards.set(action, kind);
  }
  const edges = new Map();
  for (const branch of after.branches) if (!earlier.has(edgeKey(branch))) edges.set(edgeKey(branch), "added");
  for (const branch of lost) edges.set(edgeKey(branch), "removed");
  return { doc: { actions: [...after.actions, ...gone], branches: [...after.branches, ...lost] }, cards, edges };
}
