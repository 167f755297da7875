// The comparison as it is seen: what to compare, and what came of it.

import { html, nothing, svg } from "lit/html.js";
import { glyph } from "../lib/glyphs.js";
import { formatNumber, t } from "../lib/i18n.js";
import { isAtMaximum, lookOf, standingAt, tableOf } from "./lines.js";

const UNSCROLLED_EVENTS = 10;

/** A wait in words: 4 min 20 s. */
export function waitText(minute) {
  const seconds = Math.round((minute % 1) * 60_000) / 1000;
  const whole = Math.floor(minute);
  const parts = [];
  if (whole > 0 || seconds === 0) parts.push(t("comparison.minutes", { count: formatNumber(whole) }));
  if (seconds > 0) parts.push(t("comparison.seconds", { count: formatNumber(seconds) }));
  return parts.join(" ");
}

export function ownLabel(state) {
  if (state.ownName === t("comparison.this-skill")) return t("comparison.own-unnamed");
  return t(state.isUnsaved ? "comparison.own-unsaved" : "comparison.own-saved", { name: state.ownName });
}

export function inputsView(state, actions) {
  return html`
    <div class="comparison__skills">
      <span class="form-label" id="comparison-skills">${t("comparison.skills")}</span>
        <ul class="comparison__chosen" aria-labelledby="comparison-skills">
          <li class="chip chip--own" data-testid="comparison-own"><bdi>${ownLabel(state)}</bdi></li>
          ${state.others.map(
            (skill) => html`<li class="chip" data-testid="comparison-skill"><bdi>${skill.label}</bdi>
              <button type="button" class="chip__remove" aria-label=${t("comparison.remove", { name: skill.label })}
                @click=${() => actions.remove(skill)}>${glyph("close")}</button></li>`,
          )}
          <li><button type="button" class="btn btn-quiet btn-small" aria-haspopup="dialog" aria-label=${t("comparison.add")}
            title=${t("comparison.add")} data-testid="comparison-add" @click=${actions.pick}>${glyph("plus")}</button></li>
        </ul>
    </div>
    <div class="comparison__fields">
      ${minutesField(state, actions, "elapsed", "comparison-elapsed")} ${minutesField(state, actions, "interval", "comparison-interval")}
      <button type="button" class="btn btn-quiet comparison__go" aria-busy=${state.isBusy} data-testid="comparison-compare"
        @click=${actions.compare}>${t("comparison.compare")}</button>
    </div>
    <div class="form-error" role="alert" ?hidden=${state.errors.length === 0}>
      ${state.errors.map((sentence) => html`<div>${sentence}</div>`)}
    </div>
  `;
}

function minutesField(state, actions, name, id) {
  const error = state.fieldErrors[name] ?? "";
  return html`<div class="comparison__field">
    <label class="form-label" for=${id}>${t(`comparison.${name}`)}</label>
    <div class="input-group">
      <input class="form-control ${error ? "is-invalid" : ""}" id=${id} inputmode="decimal" autocomplete="off" maxlength="12"
        aria-invalid=${error ? "true" : nothing} aria-describedby="${id}-unit ${id}-about ${id}-error" .value=${state[name]}
        @input=${(event) => actions.type(name, event.target.value)} @keydown=${actions.compareOnEnter} />
      <span class="input-group-text" id="${id}-unit">${t("comparison.unit")}</span>
    </div>
    <div class="form-error" id="${id}-error" aria-live="polite">${error}</div>
    <div class="form-hint" id="${id}-about">${t(`comparison.${name}-about`)}</div>
  </div>`;
}

export function legendView(state, actions) {
  return html`<ul class="legend" aria-label=${t("comparison.legend")}>
    ${state.lines.map((line, place) => {
      const isShown = !state.hidden.has(line.name);
      return html`<li><button type="button" class="legend__line" aria-pressed=${isShown} title=${t("comparison.toggle")}
        @click=${() => actions.toggleLine(line)} @pointerenter=${() => actions.emphasise(line, true)}
        @pointerleave=${() => actions.emphasise(line, false)} @focus=${() => actions.emphasise(line, true)}
        @blur=${() => actions.emphasise(line, false)}>${swatch(place)} <bdi>${line.label}</bdi></button></li>`;
    })}
  </ul>`;
}

/** A piece of the line as the chart draws it: its colour, its dashes, its mark. */
function swatch(place) {
  const { colour, dash, symbol, isHollow, width } = lookOf(place);
  return html`<svg class="swatch swatch--${colour}" viewBox="0 0 34 14" aria-hidden="true">
    <path d="M1 7h32" stroke-width=${width} stroke-dasharray=${dash === "solid" ? nothing : dash.join(" ")} />
    <g class=${isHollow ? "swatch__hollow" : "swatch__full"}>${SHAPES[symbol]}</g>
  </svg>`;
}

const SHAPES = {
  circle: svg`<circle cx="17" cy="7" r="4" />`,
  rect: svg`<rect x="13.2" y="3.2" width="7.6" height="7.6" />`,
  triangle: svg`<path d="M17 2.6l4.4 8H12.6z" />`,
  diamond: svg`<path d="M17 1.8L21.6 7 17 12.2 12.4 7z" />`,
};

export function eventsView(state) {
  if (state.events.length === 0) {
    const key = state.lines.length > 1 ? "comparison.no-events" : "comparison.alone";
    return html`<p class="comparison__events-none" data-testid="comparison-none">${t(key, { wait: waitText(state.span) })}</p>`;
  }
  const scrolls = state.events.length > UNSCROLLED_EVENTS;
  return html`<ul class="comparison__events" data-testid="comparison-events" tabindex=${scrolls ? 0 : nothing}
      aria-label=${t("comparison.events")}>
      ${state.events.map(
        ({ number, sentence }) => html`<li><span class="event__number" aria-hidden="true">${number ?? "="}</span><span>${sentence}</span></li>`,
      )}
    </ul>
    ${state.hasTies ? html`<p class="form-hint">${t("comparison.ties")}</p>` : nothing}`;
}

export function tableView(state) {
  const rows = tableOf(state.answer.series);
  return html`<table class="comparison__table" data-testid="comparison-table">
    <caption class="visually-hidden">${t("comparison.table-about")}</caption>
    <thead><tr><th scope="col">${t("comparison.axis-minutes")}</th>
      ${state.lines.map((line, place) => html`<th scope="col">${swatch(place)} <bdi>${line.label}</bdi></th>`)}</tr></thead>
    <tbody>
      ${rows.map(
        ({ minute, priorities }) => html`<tr><th scope="row">${formatNumber(minute)}</th>
          ${priorities.map((priority, place) => html`<td>${valueView(priority, isAtMaximum(state.lines[place], minute))}</td>`)}</tr>`,
      )}
    </tbody>
  </table>`;
}

function valueView(priority, isMaximum) {
  return html`${formatNumber(priority)}${isMaximum ? html` <abbr class="maximum" title=${t("comparison.maximum")}>${t("comparison.maximum-short")}</abbr>` : nothing}`;
}

/** What the pointer or the arrow keys show at a minute: every line, the highest first. */
export function tooltipView(lines, allLines, minute) {
  return html`<div class="tip">
    <div class="tip__head">${waitText(minute)}</div>
    <table>${standingAt(lines, minute).map(
      ({ line, priority, isAtMaximum: isMaximum }) => html`<tr>
        <td>${swatch(allLines.indexOf(line))}</td><td><bdi>${line.label}</bdi></td><td class="tip__value">${valueView(priority, isMaximum)}</td>
      </tr>`,
    )}</table>
  </div>`;
}

/** The same for a screen reader. */
export function standingText(lines, minute) {
  const values = standingAt(lines, minute).map(({ line, priority }) => `${line.label} ${formatNumber(priority)}`);
  return t("comparison.standing", { wait: waitText(minute), values: values.join(". ") });
}
