// The few line drawings that several pages use.

import { html, svg } from "lit/html.js";

const PATHS = {
  back: svg`<path d="M15 5l-7 7 7 7" />`,
  bell: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4" />`,
  bellOff: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4M4 4l16 17" />`,
  clock: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 7.5V12l3 2" />`,
  hourglass: svg`<path d="M7 4h10M7 20h10M8 4c0 5 8 6 8 8s-8 3-8 8M16 4c0 5-8 6-8 8s8 3 8 8" />`,
  lock: svg`<rect x="5.5" y="11" width="13" height="9" rx="2" /><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3" />`,
  moon: svg`<path d="M19 14.5A8 8 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z" />`,
  warning: svg`<path d="M12 4l9 16H3zM12 10v4.5M12 17.5h.01" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  down: svg`<path d="M12 5v14M6 13l6 6 6-6" />`,
  eye: svg`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" /><circle cx="12" cy="12" r="2.8" />`,
  pencil: svg`<path d="M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5l3.5 3.5" />`,
  grip: svg`<path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" stroke-width="3" />`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2" /><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" />`,
  more: svg`<circle cx="5" cy="12" r="1.2" fill="currentColor" /><circle cx="12" cy="12" r="1.2" fill="currentColor" /><circle cx="19" cy="12" r="1.2" fill="currentColor" />`,
  panel: svg`<rect x="3.5" y="5" width="17" height="14" rx="2" /><path d="M14.5 5v14" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  up: svg`<path d="M12 19V5M6 11l6-6 6 6" />`,
};

export function glyph(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
