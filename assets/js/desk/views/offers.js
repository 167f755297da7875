// The pop-up: who is asking, how long he has waited, how long the agent has to answer.

import { html, nothing, svg } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatNumber, plural, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { errorOf, person } from "./parts.js";
import { popBody } from "./pops.js";

const RADIUS = 20;
const ROUND = 2 * Math.PI * RADIUS;

export function offersView(desk) {
  const { offers } = desk;
  if (offers.length > 0 && !desk.ui.isLeader) return elsewhereView(desk, offers);
  return html`<div class="offers" data-count=${offers.length}>
    <div class="visually-hidden" aria-live="assertive">${offers.length > 0 ? spokenOffer(offers[0]) : nothing}</div>
    ${repeat(offers, (offer) => offer.id, (offer, index) => card(desk, offer, index, offers.length))}
  </div>`;
}

// Another tab or window of this agent was used last: it shows the pop-up and rings.
function elsewhereView(desk, offers) {
  return html`<div class="offers offers--elsewhere" data-testid="offer-elsewhere">
    <div class="offer-line">
      <span>${plural("offer.elsewhere", offers.length)}</span>
      <button type="button" class="btn btn-quiet btn-small" @click=${() => desk.alertActions.takeOver()}>
        ${t("offer.show-here")}
      </button>
    </div>
  </div>`;
}

function spokenOffer(offer) {
  return t("offer.spoken", { skill: offer.skill, name: plainLine(offer.customer_name || offer.customer, 60) });
}

function card(desk, offer, index, count) {
  const key = `offer:${offer.id}`;
  const left = desk.clock.secondsUntil(offer.expires_at);
  const isOver = left <= 0;
  const isBusy = desk.ui.busy.has(key);
  return html`<div
    class="offer ${index === 0 ? "offer--first" : ""} ${left <= 5 ? "offer--last" : left <= 10 ? "offer--soon" : ""}"
    role="alertdialog"
    aria-labelledby="offer-title-${offer.id}"
    aria-describedby="offer-text-${offer.id}"
    tabindex="-1"
    data-testid="offer"
    data-offer=${offer.id}
  >
    <div class="offer__head">
      <div class="offer__who">
        <h2 id="offer-title-${offer.id}">${person(offer)}</h2>
        ${offer.customer_name ? html`<div class="soft mono"><bdi>${offer.customer}</bdi></div>` : nothing}
        <div class="offer__facts">
          <span class="chip">${offer.skill}</span>
          <span>${t("offer.waited", { time: clockText(desk.clock.secondsSince(offer.queued_at)) })}</span>
        </div>
      </div>
      ${ring(offer, left)}
    </div>
    <p class="offer__text" id="offer-text-${offer.id}" dir="auto">${plainLine(offer.text) || t("offer.no-text")}</p>
    ${whyView(offer)} ${(offer.screen_pops ?? []).map((pop) => popBody(offer, pop))}
    ${isOver ? html`<p class="form-error">${t("offer.over")}</p>` : errorOf(desk, key)}
    <div class="offer__buttons">
      <button type="button" class="btn btn-primary" data-testid="offer-accept" ?disabled=${isBusy || isOver}
        @click=${() => desk.acceptOffer(offer)}>${t("offer.accept")} ${index === 0 ? keyCap("A") : nothing}</button>
      <button type="button" class="btn btn-quiet" data-testid="offer-refuse" ?disabled=${isBusy || isOver}
        @click=${() => desk.refuseOffer(offer)}>${t("offer.refuse")} ${index === 0 ? keyCap("R") : nothing}</button>
      ${count > 1 ? html`<span class="soft tiny">${t("offer.of", { number: index + 1, count })}</span>` : nothing}
    </div>
  </div>`;
}

// Out of the record of the decision; not every one is recorded.
function whyView({ why }) {
  if (!why) return nothing;
  return html`<p class="offer__why" data-testid="offer-why">${whyWords(why).join(" ")}</p>`;
}

function whyWords(why) {
  if (why.is_for_him_alone) return [t("why.alone")];
  const words = [];
  if (why.outcome === "became_free") words.push(t("why.became-free"));
  else if (why.also_ready > 0) words.push(plural("why.best", why.also_ready + 1));
  else words.push(t("why.only"));
  if (why.proficiency !== null) words.push(t("why.proficiency", { proficiency: formatNumber(why.proficiency) }));
  if (why.compared > 1) words.push(plural("why.first", why.compared, { priority: formatNumber(Math.round(why.priority * 10) / 10) }));
  return words;
}

function keyCap(letter) {
  return html`<kbd aria-hidden="true">${letter}</kbd>`;
}

function ring(offer, left) {
  const whole = (Date.parse(offer.expires_at) - Date.parse(offer.offered_at)) / 1000;
  const part = Math.min(1, Math.max(0, left / whole));
  const seconds = Math.max(0, Math.ceil(left));
  return html`<div class="ring" role="timer" aria-label=${plural("offer.left", seconds)} data-testid="offer-countdown">
    <svg viewBox="0 0 48 48" aria-hidden="true">
      ${svg`<circle class="ring__track" cx="24" cy="24" r=${RADIUS} />
      <circle class="ring__rest" cx="24" cy="24" r=${RADIUS} stroke-dasharray=${ROUND} stroke-dashoffset=${ROUND * (1 - part)} />`}
    </svg>
    <span class="mono" aria-hidden="true">${seconds}</span>
  </div>`;
}
