// The few line drawings that several pages use.

import { html, svg } from "lit/html.js";

const PATHS = {
  back: svg`<path d="M15 5l-7 7 7 7" />`,
  bell: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4" />`,
  bellOff: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4M4 4l16 17" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  down: svg`<path d="M12 5v14M6 13l6 6 6-6" />`,
  grip: svg`<path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" stroke-width="3" />`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2" /><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" />`,
  panel: svg`<rect x="3.5" y="5" width="17" height="14" rx="2" /><path d="M14.5 5v14" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  up: svg`<path d="M12 19V5M6 11l6-6 6 6" />`,
};

export function glyph(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
