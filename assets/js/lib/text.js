// Customers' texts are hostile until shown to be harmless: they may hold characters that reorder or hide others.

// Controls, bidirectional marks, embeddings, overrides and isolates, zero-width characters and fillers, tags.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
// Joiners are needed inside emoji and in Persian or Indic words; between Latin letters they only hide something.
const JOINER_IN_LATIN = /(?<=^|[\u0000-\u024f])[\u200c\u200d]|[\u200c\u200d](?=$|[\u0000-\u024f])/gu;
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** One line for lists, titles and notifications: hidden characters gone, white space folded, cut at `length`. */
export function plainLine(text, length = 160) {
  const line = text
    .replace(/\r\n?|[\n\t\v\f]/g, " ")
    .replace(HIDDEN, "")
    .replace(JOINER_IN_LATIN, "")
    .replace(STACKED_MARKS, "$1")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(line);
  return characters.length > length ? `${characters.slice(0, length - 1).join("").trimEnd()}…` : line;
}

/**
 * A text in pieces for the thread: `{text}` or `{hidden: "U+202E"}`.
 *
 * New lines stay; every hidden character becomes a piece of its own, so that a view can show its name.
 */
export function visiblePieces(text) {
  const clean = text.replace(/\r\n?/g, "\n").replace(STACKED_MARKS, "$1");
  const marks = new RegExp(`${HIDDEN.source}|${JOINER_IN_LATIN.source}`, "gu");
  const pieces = [];
  let from = 0;
  for (const match of clean.matchAll(marks)) {
    if (match.index > from) pieces.push({ text: clean.slice(from, match.index) });
    pieces.push({ hidden: codePointName(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < clean.length) pieces.push({ text: clean.slice(from) });
  return pieces;
}

function codePointName(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
