// The agent's own state: what he chose, since when, how full he is, and whether he will hear an offer.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { clockText, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { errorOf, icon } from "./parts.js";

const AVAILABLE = "available";
const UNAVAILABLE = "unavailable";

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
        @change=${(event) => choose(desk, event.target.value)}
      >
        ${optionsOf(state)}
      </select>
    </div>
    ${errorOf(desk, "state")}
    <div class="state__row state__facts">
      <span>${t("state.since", { time: clockText(desk.clock.secondsSince(state.since)) })}</span>
      <span data-testid="load">${t("state.load", { load: desk.load, limit: state.limit })}</span>
      <span class="state__space"></span>
      ${alertsButton(desk)}
      <button type="button" class="btn btn-bare btn-small" aria-label=${t("keys.open")} title=${t("keys.open")}
        @click=${() => desk.openDialog("keys")}>${icon("keyboard")}</button>
    </div>
    ${wentUnavailable(desk, state, isBusy)}
  </div>`;
}

function optionsOf(state) {
  const current = valueOf(state);
  const reasons = [...state.reasons];
  if (state.state === UNAVAILABLE && !reasons.includes(state.reason)) reasons.unshift(state.reason);
  return html`<option value=${AVAILABLE} ?selected=${current === AVAILABLE}>${t("state.available")}</option>
    <optgroup label=${t("state.unavailable")}>
      ${reasons.map((reason) => {
        const value = `${UNAVAILABLE}:${reason}`;
        return html`<option value=${value} ?selected=${current === value}>${reasonWords(reason)}</option>`;
      })}
    </optgroup>`;
}

function valueOf({ state, reason }) {
  return state === AVAILABLE ? AVAILABLE : `${UNAVAILABLE}:${reason}`;
}

/** A stored reason in the agent's language: the reasons we know are in the catalogue, others are shown as they are. */
export function reasonWords(reason) {
  if (!reason) return t("state.unavailable");
  const key = `reason.${reason}`;
  const words = t(key);
  return t("state.unavailable-because", { reason: words === key ? plainLine(reason, 60) : words });
}

function choose(desk, value) {
  const [state, ...reason] = value.split(":");
  desk.chooseState(state, reason.join(":"));
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
  const { isUnlocked, offer } = desk.ui.alerts;
  const isSilent = !isUnlocked || !offer;
  const words = isSilent ? t("alerts.silent") : t("alerts.open");
  return html`<button type="button" class="btn btn-bare btn-small ${isSilent ? "state__silent" : ""}"
    aria-label=${words} title=${words} data-testid="alerts" @click=${() => desk.openDialog("alerts")}>
    ${icon(isSilent ? "bellOff" : "bell")}${isSilent ? html`<span>${t("alerts.silent-short")}</span>` : nothing}
  </button>`;
}
