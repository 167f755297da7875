// The agent's own state: what he chose, since when, how full he is, and whether he will hear an offer.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { clockText, formatNumber, plural, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { errorOf, icon } from "./parts.js";

const AVAILABLE = "available";
const UNAVAILABLE = "unavailable";
const LATER = "later";

export function stateView(desk) {
  const { state } = desk.workspace;
  const isBusy = desk.ui.busy.has("state");
  return html`<div class="state state--${state.state}">
    <div class="state__row">
      <label class="visually-hidden" for="state-select">${t("state.label")}</label>
      <span class="state__dot" aria-hidden="true"></span>
      <select
        id="state-select"
        class="form-select"
        data-testid="state-select"
        ?disabled=${isBusy}
        .value=${live(valueOf(state))}
        @keydown=${openList} @change=${(event) => choose(desk, event.target.value)}
      >
        ${optionsOf(state, desk.load)}
      </select>
    </div>
    ${errorOf(desk, "state")}
    <div class="state__row state__facts">
      <span>${t("state.since", { time: clockText(desk.clock.secondsSince(state.since)) })}</span>
      <span data-testid="load">${t("state.load", { load: desk.load, limit: state.limit })}</span>
      <span class="state__tools">
        ${alertsButton(desk)}
        <button type="button" class="btn btn-bare btn-small" aria-label=${t("keys.open")} title=${t("keys.open")}
          @click=${() => desk.openDialog("keys")}>${icon("keyboard")}</button>
      </span>
    </div>
    ${coolingDown(desk, state)} ${leaving(desk, state, isBusy)} ${wentUnavailable(desk, state, isBusy)} ${todayView(desk)}
  </div>`;
}

function optionsOf(state, load) {
  const current = valueOf(state);
  const reasons = [...state.reasons];
  if (state.state === UNAVAILABLE && !reasons.includes(state.reason)) reasons.unshift(state.reason);
  return html`<option value=${AVAILABLE} ?selected=${current === AVAILABLE}>${t("state.available")}</option>
    <optgroup label=${load > 0 ? t("state.unavailable-now") : t("state.unavailable")}>
      ${reasons.map((reason) => {
        const value = `${UNAVAILABLE}:${reason}`;
        return html`<option value=${value} ?selected=${current === value}>${reasonWords(reason)}</option>`;
      })}
    </optgroup>
    ${load > 0
      ? html`<optgroup label=${t("state.later")}>
          ${state.reasons.map((reason) => html`<option value="${LATER}:${reason}">${laterWords(reason)}</option>`)}
        </optgroup>`
      : nothing}`;
}

function valueOf({ state, reason }) {
  return state === AVAILABLE ? AVAILABLE : `${UNAVAILABLE}:${reason}`;
}

/** A stored reason in the agent's language: the reasons we know are in the catalogue, others are shown as they are. */
export function reasonWords(reason) {
  if (!reason) return t("state.unavailable");
  return t("state.unavailable-because", { reason: nameOf(reason) });
}

function nameOf(reason) {
  const key = `reason.${reason}`;
  const words = t(key);
  return words === key ? plainLine(reason, 60) : words;
}

function laterWords(reason) {
  return t("state.later-because", { reason: nameOf(reason) });
}

// A closed list would take on every state that the arrows pass: it is opened instead, and Enter chooses.
function openList(event) {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!isPlain || !(event.key.startsWith("Arrow") || event.key.length === 1) || !event.target.showPicker) return;
  event.preventDefault();
  event.target.showPicker();
}

function choose(desk, value) {
  const [state, ...rest] = value.split(":");
  const reason = rest.join(":");
  if (state === LATER) desk.leaveLater(reason);
  else desk.chooseState(state, reason);
}

// What he asked for and what has not happened yet: shown until it does, and easily taken back.
function leaving(desk, { next_reason: reason }, isBusy) {
  if (!reason) return nothing;
  return html`<div class="notice state__notice" role="status" data-testid="leaving">
    <span>${plural("state.leaving", desk.load, { reason: nameOf(reason) })}</span>
    <button type="button" class="btn btn-quiet btn-small" data-testid="stay" ?disabled=${isBusy}
      @click=${() => desk.stay()}>${t("state.stay")}</button>
  </div>`;
}

// Quiet: he asked for nothing, and it ends by itself.
function coolingDown(desk, { state, cooling_until: until }) {
  const seconds = until && state === AVAILABLE ? Math.ceil(desk.clock.secondsUntil(until)) : 0;
  if (seconds <= 0) return nothing;
  return html`<div class="state__cooling" role="timer" data-testid="cool-down">${plural("state.cooling", seconds)}</div>`;
}

/** His own day, as the report of agents has it. Its place is kept until it comes: the list below must not move under the hand. */
function todayView(desk) {
  const { today } = desk.ui;
  const figures = today ? figuresOf(today) : ["handled", "mean", "missed", "occupancy"].map((name) => [name, "–"]);
  return html`<dl class="state__today" aria-label=${t("today.title")} aria-busy=${today ? nothing : "true"} data-testid=${today ? "today" : nothing}>
    ${figures.map(
      ([name, value]) => html`<div title=${t(`today.${name}-about`)}><dt>${t(`today.${name}`)}</dt><dd data-figure=${name}>${value}</dd></div>`,
    )}
  </dl>`;
}

function figuresOf(today) {
  return [
    ["handled", formatNumber(today.handled)],
    ["mean", today.mean_handle_seconds === null ? "–" : clockText(today.mean_handle_seconds)],
    ["missed", formatNumber(today.missed + today.refused)],
    ["occupancy", today.occupancy_percent === null ? "–" : t("today.percent", { percent: formatNumber(Math.round(today.occupancy_percent)) })],
  ];
}

// Set by the system, not by the agent: he must be able to see it and to undo it at once.
function wentUnavailable(desk, { state, reason }, isBusy) {
  const why = { Refused: t("state.was-refused"), "Connection lost": t("state.was-lost") }[reason];
  if (state !== UNAVAILABLE || !why) return nothing;
  return html`<div class="notice notice--warn state__notice">
    <span>${why}</span>
    <button type="button" class="btn btn-quiet btn-small" data-testid="go-available" ?disabled=${isBusy}
      @click=${() => desk.chooseState(AVAILABLE, "")}>${t("state.go-available")}</button>
  </div>`;
}

function alertsButton(desk) {
  const { isUnlocked, offer, muted, volume } = desk.ui.alerts;
  const isSilent = !isUnlocked || !offer || muted || volume === 0;
  const words = !isSilent ? t("alerts.open") : isUnlocked ? t("alerts.off") : t("alerts.silent");
  return html`<button type="button" class="btn btn-bare btn-small ${isSilent ? "state__silent" : ""}"
    aria-label=${words} title=${words} data-testid="alerts" @click=${() => desk.openDialog("alerts")}>
    ${icon(isSilent ? "bellOff" : "bell")}${isSilent ? html`<span>${t("alerts.silent-short")}</span>` : nothing}
  </button>`;
}
