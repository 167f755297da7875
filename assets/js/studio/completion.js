// Completing the names of variables in texts and conditions, as plain functions.

import { linesOf } from "./document.js";

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
const MOST = 8;

/** The variables of a script, sorted by name: [{name, action}]; without an action where every script has it. */
export function variablesOf(doc, specs) {
  const found = new Map();
  for (const spec of specs.values()) {
    if (spec.is_begin) spec.sets.forEach((name) => found.set(name, null));
  }
  for (const action of doc.actions) {
    for (const name of namesOf(specs.get(action.type), action)) {
      if (NAME.test(name) && !found.has(name)) found.set(name, action);
    }
  }
  return [...found].map(([name, action]) => ({ name, action })).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function namesOf(spec, action) {
  if (!spec) return [];
  const chosen = spec.properties
    .filter((property) => property.kind === "variable")
    .map((property) => String(action.properties[property.name] ?? property.default ?? ""));
  const lines = spec.sets_from ? linesOf(action.properties[spec.sets_from]) : [];
  return [...spec.sets, ...chosen, ...lines.map((line) => line.split(":", 1)[0].trim())];
}

/**
 * What may be written at the caret: {from, to, variables}, of which `from` to `to` is what stands there of the name
 * already; null where no variable belongs, or the name is complete. In a condition names stand by themselves, in a
 * text between {{ and }}.
 */
export function completionAt(text, caret, variables, isCondition) {
  const before = text.slice(0, caret);
  const found = isCondition ? /(?:^|[^\w.|])([A-Za-z]\w*)$/.exec(withoutQuoted(before)) : /\{\{-?\s*([A-Za-z]\w*)?$/.exec(before);
  if (!found) return null;
  const begun = found[1] ?? "";
  const rest = /^\w*/.exec(text.slice(caret))[0];
  const matching = variables.filter(({ name }) => name.toLowerCase().startsWith(begun.toLowerCase()) && name !== begun + rest);
  if (matching.length === 0) return null;
  return { from: caret - begun.length, to: caret + rest.length, variables: matching.slice(0, MOST) };
}

/** Null in place of a text that is still open; other texts become as many spaces. */
function withoutQuoted(text) {
  const closed = text.replace(/"[^"]*"|'[^']*'/g, (quoted) => " ".repeat(quoted.length));
  return /["']/.test(closed) ? "" : closed;
}

/** The text with this name at the caret, and where the caret is then. */
export function completed(text, { from, to }, name, isCondition) {
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const opening = !isCondition && /\{\{-?$/.test(before) ? " " : "";
  const closing = isCondition || /^\s*(\}\}|\|)/.test(after) ? "" : " }}";
  const start = before + opening + name + closing;
  return { text: start + after, caret: start.length };
}
