// Small pieces that the views of the console share.

import { html, nothing } from "lit/html.js";
import { t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { readiness } from "../levels.js";

const MARKS = { alarm: "▲", warn: "◆" };

/** A figure's shape and word when it calls for attention: never by colour alone. */
export function levelMark(level, { isWord = false } = {}) {
  if (level === "calm") return nothing;
  return html`<span class="level level--${level}"
    ><span aria-hidden="true">${MARKS[level]}</span
    ><span class=${isWord ? "level__word" : "visually-hidden"}> ${t(`tile.${level}`)}</span></span
  >`;
}

/** A customer: one line, harmless, and kept from turning the text around it. */
export function customer({ customer_name: name, customer: number }) {
  return html`<bdi>${plainLine(name || number, 60)}</bdi>`;
}

/** A reason of the product's own in the reader's language; another one as it was written. */
export function reasonWords(reason) {
  const key = `reason.${reason}`;
  const words = t(key);
  return words === key ? reason : words;
}

export function stateWords(agent) {
  if (agent.is_gone) return t("agent.gone");
  if (agent.status === "available" && agent.next_reason) return t("agent.leaving", { reason: reasonWords(agent.next_reason) });
  if (agent.status === "available") return t(agent.is_cooling ? "agent.cooling" : "agent.available");
  return agent.reason ? `${t("agent.unavailable")} · ${reasonWords(agent.reason)}` : t("agent.unavailable");
}

/** The shape of an agent's state, beside its words: a full, half or empty circle. */
export function stateShape(agent) {
  const paths = {
    free: html`<svg class="icon shape shape--free" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8" fill="currentColor" /></svg>`,
    full: html`<svg class="icon shape shape--full" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8" /><path d="M12 4a8 8 0 0 0 0 16z" fill="currentColor" /></svg>`,
    away: html`<svg class="icon shape shape--away" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8" /></svg>`,
  };
  return paths[readiness(agent)];
}
