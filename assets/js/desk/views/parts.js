// Small pieces that several views use.

import { html, nothing, svg } from "lit/html.js";
import { plural, t } from "../../lib/i18n.js";
import { countSegments } from "../../lib/segments.js";
import { plainLine, visiblePieces } from "../../lib/text.js";

const PATHS = {
  back: svg`<path d="M15 5l-7 7 7 7" />`,
  bell: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4" />`,
  bellOff: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4M4 4l16 17" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2" /><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" />`,
  panel: svg`<rect x="3.5" y="5" width="17" height="14" rx="2" /><path d="M14.5 5v14" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
};

export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}

/** A name or a number: one line, harmless, and kept from turning the text around it. */
export function person({ customer_name: name, customer: number }) {
  return html`<bdi>${plainLine(name || number, 60)}</bdi>`;
}

/** The customer's words as he wrote them, with every hidden character shown by its name. */
export function spokenText(text) {
  return visiblePieces(text).map((piece) =>
    piece.hidden
      ? html`<span class="hidden-character" title=${t("text.hidden")}>${piece.hidden}</span>`
      : piece.text,
  );
}

export function apiErrorText(error) {
  if (error.status === 0) return t("error.network");
  if (error.status >= 500) return t("error.server");
  return error.message || t("error.server");
}

/** What the API said against the action of `key`, in words; nothing when it said nothing. */
export function errorOf(desk, key, field = null) {
  const error = desk.ui.errors.get(key);
  if (!error) return nothing;
  const words = field === null ? apiErrorText(error) : (error.fields[field] ?? []).join(" ");
  return words ? html`<div class="form-error" role="alert">${words}</div>` : nothing;
}

/** "1 segment · 23 of 160", and why a text costs more when it does. */
export function segmentsLine(text, id) {
  const count = countSegments(text.normalize("NFC"));
  return html`<div class="segments" id=${id} data-testid="segments">
    ${count.segments > 0
      ? html`<span class="mono"
          >${plural("segments", count.segments)} · ${t("segments.room", { used: count.units, limit: count.limit })}</span
        >`
      : nothing}
    ${count.foreign.length > 0
      ? html`<span class="soft">${t("segments.unicode", { characters: count.foreign.map(shownCharacter).join(" ") })}</span>`
      : nothing}
  </div>`;
}

function shownCharacter(character) {
  const [piece] = visiblePieces(character);
  return piece.hidden ?? (character.trim() ? character : `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}
