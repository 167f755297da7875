// How many SMS a text takes. Same rules as the server (3GPP TS 23.038: default alphabet and its extension table;
// TS 23.040: a user data header of six octets in each part of a longer text).

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
  "abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";

const COST = new Map([
  ...Array.from(BASIC, (character) => [character, 1]),
  ...Array.from(EXTENDED, (character) => [character, 2]),
]);

const LIMITS = { "gsm-7": { single: 160, part: 153 }, "ucs-2": { single: 70, part: 67 } };

/**
 * Count the SMS of `text`.
 *
 * `units` are septets (GSM-7) or UTF-16 code units (UCS-2). `limit` is the room of all `segments` together.
 * `foreign` holds the first few characters that force UCS-2.
 */
export function countSegments(text) {
  const foreign = charactersOutsideGsm(text);
  const encoding = foreign.length > 0 ? "ucs-2" : "gsm-7";
  const costs = Array.from(text, (character) => (encoding === "gsm-7" ? COST.get(character) : character.length));
  const units = costs.reduce((sum, cost) => sum + cost, 0);
  const { single, part } = LIMITS[encoding];
  if (units <= single) return { encoding, units, segments: units === 0 ? 0 : 1, limit: single, foreign };
  const segments = packedParts(costs, part);
  return { encoding, units, segments, limit: segments * part, foreign };
}

const REPLACEMENTS = new Map(
  Object.entries({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u2032": "'", "`": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2022": "-", "\u00b7": "-",
    "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
    "\u0152": "OE", "\u0153": "oe", "\u00d7": "x", "\u2192": "->", "\u00ae": "(R)", "\u00a9": "(C)", "\u2122": "TM",
  }),
);

/** What could stand in place of a character that forces UCS-2, in the default alphabet; null if nothing. */
export function replacementOf(character) {
  const known = REPLACEMENTS.get(character);
  if (known !== undefined) return known;
  const [base, ...marks] = character.normalize("NFD");
  return marks.length > 0 && marks.every((mark) => /\p{M}/u.test(mark)) && COST.has(base) ? base : null;
}

/** The characters of `text` that force UCS-2, each once, as `{character, replacement}`; at most `limit`. */
export function foreignCharacters(text, limit = 8) {
  const found = [...new Set(Array.from(text).filter((character) => !COST.has(character)))];
  return found.slice(0, limit).map((character) => ({ character, replacement: replacementOf(character) }));
}

/** `text` with every character replaced that has a replacement. */
export function inDefaultAlphabet(text) {
  return Array.from(text, (character) => (COST.has(character) ? character : (replacementOf(character) ?? character))).join("");
}

function charactersOutsideGsm(text) {
  const found = new Set();
  for (const character of text) {
    if (!COST.has(character)) found.add(character);
    if (found.size === 3) break;
  }
  return [...found];
}

// A character is never split between two parts, so a part may stay one unit short.
function packedParts(costs, part) {
  let parts = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > part) {
      parts += 1;
      used = 0;
    }
    used += cost;
  }
  return parts;
}
