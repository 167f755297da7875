// Small pieces that several views use.

import { html, nothing } from "lit/html.js";
import { apiErrorText } from "../../lib/errors.js";
import { formatMoney, plural, t } from "../../lib/i18n.js";
import { countSegments } from "../../lib/segments.js";
import { linkedPieces, plainLine, visiblePieces } from "../../lib/text.js";

export { apiErrorText };
export { glyph as icon } from "../../lib/glyphs.js";

/** A name or a number: one line, harmless, and kept from turning the text around it. */
export function person({ customer_name: name, customer: number }) {
  return html`<bdi>${plainLine(name || number, 60)}</bdi>`;
}

/** The customer's words as he wrote them, with hidden characters shown by name, and plain addresses and numbers as links. */
export function spokenText(text) {
  return linkedPieces(text).map((piece) => {
    if (piece.hidden) return html`<span class="hidden-character" title=${t("text.hidden")}>${piece.hidden}</span>`;
    if (piece.address) {
      return html`<a class="spoken-link" dir="ltr" href=${piece.address} target="_blank" rel="noopener noreferrer nofollow">${piece.text}</a>`;
    }
    return piece.phone ? html`<a class="spoken-link" dir="ltr" href="tel:${piece.phone}">${piece.text}</a>` : piece.text;
  });
}

/** What the API said against the action of `key`, in words; nothing when it said nothing. */
export function errorOf(desk, key, field = null) {
  const error = desk.ui.errors.get(key);
  if (!error) return nothing;
  const words = field === null ? apiErrorText(error) : (error.fields[field] ?? []).join(" ");
  return words ? html`<div class="form-error" role="alert">${words}</div>` : nothing;
}

/** "2 segments · 180 of 306 · about €0.12", and why a text costs more when it does. `price`: of a segment, or null. */
export function segmentsLine(text, id, { namesCharacters = true, price = null } = {}) {
  const count = countSegments(text.normalize("NFC"));
  return html`<div class="segments" id=${id} data-testid="segments">
    ${count.segments > 0
      ? html`<span class="mono"
          >${plural("segments", count.segments)} · ${t("segments.room", { used: count.units, limit: count.limit })}</span
        >${price ? html` <span class="segments__cost mono" data-testid="cost">${costWords(count.segments, price)}</span>` : nothing}`
      : nothing}
    ${count.foreign.length > 0 && namesCharacters
      ? html`<span class="soft">${t("segments.unicode", { characters: count.foreign.map(shownCharacter).join(" ") })}</span>`
      : nothing}
  </div>`;
}

function costWords(segments, { amount, currency }) {
  return t("segments.cost", { cost: formatMoney(segments * amount, currency) });
}

/** A character by itself; one that cannot be seen by its code point. */
export function shownCharacter(character) {
  const [piece] = visiblePieces(character);
  return piece.hidden ?? (character.trim() || character === " " ? character : `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}
