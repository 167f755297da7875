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

// Only plain addresses are linked: of ASCII, with a scheme, without a user name and without a port, so that what is
// read is where it leads. Anything else stays text.
const ADDRESS = /(?<![\w@./:-])https?:\/\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?:[/?#][!-;=?-Z_a-z~#%&]*)?/gi;
const PHONE = /(?<![\w+./=-])\+[1-9](?:[ .-]?\d){7,14}(?![\w/=-]|\.\d)/g;
const ENDS = /[.,;:!?'")\]}]+$/;

/**
 * The pieces of `visiblePieces`, of which some text is `{text, address}` or `{text, phone}` (+ and digits).
 *
 * An address that touches a hidden character, or a letter of another script, is not linked.
 */
export function linkedPieces(text) {
  const pieces = visiblePieces(text);
  return pieces.flatMap((piece, place) => {
    if (piece.hidden) return [piece];
    const isCut = { start: Boolean(pieces[place - 1]?.hidden), end: Boolean(pieces[place + 1]?.hidden) };
    return split(piece.text, isCut);
  });
}

function split(text, isCut) {
  const found = [];
  let from = 0;
  for (const match of findings(text)) {
    const end = match.index + match.text.length;
    const touches = (match.index === 0 && isCut.start) || (end === text.length && isCut.end);
    if (match.index < from || touches || isStrange(text.slice(end, end + 2))) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push(match.phone ? { text: match.text, phone: match.phone } : { text: match.text, address: match.text });
    from = end;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function findings(text) {
  const addresses = [...text.matchAll(ADDRESS)]
    .map((match) => ({ index: match.index, text: match[0].replace(ENDS, "") }))
    .filter((match) => text[match.index + match.text.length] !== "@" && text[match.index + match.text.length] !== ":" && isHost(match.text));
  const phones = [...text.matchAll(PHONE)].map((match) => ({
    index: match.index,
    text: match[0],
    phone: `+${match[0].replace(/\D/g, "")}`,
  }));
  return [...addresses, ...phones].sort((a, b) => a.index - b.index);
}

// A host in disguise (xn--…) shows letters that are not those of the name it is read as.
function isHost(address) {
  const { host } = new URL(address);
  return !host.split(".").some((label) => label.startsWith("xn--"));
}

// A letter, or a mark on the last one, of another script directly behind: the address goes on, but not as we read it.
function isStrange(rest) {
  return /^[^\p{ASCII}]/u.test(rest) && /^[\p{L}\p{M}\p{N}]/u.test(rest);
}

function codePointName(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
