// One phone: its number, the number it texts, and the conversation between them. Pure apart from its calls to the API.

const STILL_MOVING_MS = 600_000;

/** A phone with nothing on it yet. `id` is only for the page. */
export function newPhone({ id, mine, number }) {
  return { id, mine, number, texts: [], draft: "", error: "", isSending: false };
}

/** A number that no phone of `phones` has, from the range kept free for dramas (Ofcom: +44 7700 900000–900999). */
export function freeNumber(phones) {
  const taken = new Set(phones.map((phone) => phone.mine));
  for (let last = 1; last < 1000; last += 1) {
    const number = `+447700900${String(last).padStart(3, "0")}`;
    if (!taken.has(number)) return number;
  }
  return "";
}

/** The texts of a phone with `news` laid over them by id, in order. */
export function mergeTexts(texts, news) {
  if (news.length === 0) return texts;
  const byId = new Map(texts.map((text) => [text.id, text]));
  for (const text of news) byId.set(text.id, text);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/**
 * The id after which to ask for news. The last ten minutes are asked for again: a status may change, and a reply that
 * waited in the provider's queue appears with a lower id than texts written since. `now` is in ms since 1970.
 */
export function newsAfter(texts, now) {
  const old = texts.findLast((text) => now - Date.parse(text.created_at) > STILL_MOVING_MS);
  return old?.id ?? 0;
}
