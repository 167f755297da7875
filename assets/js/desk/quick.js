// Quick replies: which of them a slash in the text asks for, and what choosing one makes of it. Pure.

const ASKING = /(^|\s)\/([\p{L}\p{N}_-]*)$/u;

/** What is asked for before the caret: `{from, word}`, or null. */
export function askedFor(text, caret) {
  const match = ASKING.exec(text.slice(0, caret));
  return match ? { from: match.index + match[1].length, word: match[2] } : null;
}

/** Those that match, by the beginning of the shortcut first, then by any word of the name. */
export function matching(replies, word) {
  const wanted = folded(word);
  const begins = (reply) => folded(reply.shortcut).startsWith(wanted);
  const names = (reply) => folded(reply.name).split(/\s+/).some((part) => part.startsWith(wanted));
  return [...replies.filter(begins), ...replies.filter((reply) => !begins(reply) && names(reply))];
}

/** The text with the reply in place of what asked for it, and where the caret is then. */
export function inserted(text, caret, reply) {
  const asked = askedFor(text, caret) ?? { from: caret };
  const before = text.slice(0, asked.from);
  return { text: before + reply.text + text.slice(caret), caret: before.length + reply.text.length };
}

export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
