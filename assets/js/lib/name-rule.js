// Whether a name that is being typed follows a rule, and an organisation's own pattern. Pure.

/** As the server stores it: é typed in two ways is one letter, white space around the name is gone. */
export function normaliseName(typed) {
  return typed.normalize("NFC").trim();
}

/**
 * `state` is `empty`, `short` (nothing wrong, but too few characters yet), `wrong` or `ok`; `count` are the
 * characters, `foreign` those that no name may hold. The rule is `{ pattern, min_length, max_length }`.
 */
export function judgeName(typed, { pattern, min_length: least, max_length: most }) {
  const rule = new RegExp(pattern, "u");
  const characters = Array.from(normaliseName(typed));
  // A character is possible if a name of nothing else is.
  const foreign = [...new Set(characters.filter((character) => !rule.test(character.repeat(least))))];
  return { state: stateOf(characters.length, foreign, { least, most }), count: characters.length, foreign };
}

function stateOf(count, foreign, { least, most }) {
  if (foreign.length > 0 || count > most) return "wrong";
  if (count === 0) return "empty";
  return count < least ? "short" : "ok";
}

/** Whether the name follows the pattern, written for Python; null where the browser cannot tell. */
export function followsPattern(typed, pattern) {
  if (!pattern) return null;
  const own = compiled(pattern);
  return own === null ? null : own.test(normaliseName(typed));
}

function compiled(pattern) {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags);
    } catch {
      continue; // What Python reads and the browser does not is judged by the server alone.
    }
  }
  return null;
}
