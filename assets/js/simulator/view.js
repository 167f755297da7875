// The phones as they are seen.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { formatMoment, formatTime, t } from "../lib/i18n.js";
import { apiErrorText, icon, segmentsLine, spokenText } from "../desk/views/parts.js";

const LAUGH = "\u{1F600}";
const NEAR_END_PX = 60;
const endKept = new WeakMap();

export function simulatorView(page, actions) {
  if (page.numbers.length === 0) {
    return html`<div class="simulator__none card-plain">
      <h1>${t("simulator.title")}</h1>
      <p>${t("simulator.no-numbers")}</p>
    </div>`;
  }
  const phones = html`<div class="phones">
    ${repeat(page.phones, (phone) => phone.id, (phone) => phoneView(page, phone, actions))}
  </div>`;
  if (page.isSingle) return phones;
  return html`
    <div class="simulator__head">
      <h1>${t("simulator.title")}</h1>
      <p class="soft">${t("simulator.about")}</p>
      <button type="button" class="btn btn-quiet" data-testid="add-phone" ?disabled=${page.phones.length >= page.maxPhones}
        @click=${actions.add}>${icon("plus")} ${t("simulator.add")}</button>
    </div>
    ${phones}
  `;
}

function phoneView(page, phone, actions) {
  const send = (event) => {
    event.preventDefault();
    actions.send(phone, phone.draft);
  };
  return html`<section class="phone" data-testid="phone" aria-label=${t("simulator.phone", { number: phone.mine })}>
    ${lineView(page, phone, actions)}
    <div class="phone__texts" role="log" tabindex="0" aria-label=${t("simulator.texts")}
      @scroll=${(event) => endKept.set(event.target, isNearEnd(event.target))}>
      ${phone.texts.length === 0 ? html`<p class="phone__empty soft">${t("simulator.empty")}</p>` : nothing}
      ${repeat(phone.texts, (text) => text.id, textView)}
    </div>
    <form class="phone__form" @submit=${send}>
      ${phone.error ? html`<div class="form-error" role="alert">${apiErrorText(phone.error)}</div>` : nothing}
      <label class="visually-hidden" for="text-${phone.id}">${t("simulator.write")}</label>
      <textarea class="form-control" id="text-${phone.id}" rows="2" dir="auto" data-testid="phone-text"
        placeholder=${t("simulator.write")} aria-describedby="segments-${phone.id}" .value=${live(phone.draft)}
        @input=${(event) => actions.write(phone, event.target.value)}
        @keydown=${(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
        }}></textarea>
      ${segmentsLine(phone.draft, `segments-${phone.id}`)}
      <div class="phone__buttons">
        <button type="button" class="btn btn-quiet btn-small" data-testid="phone-stop"
          @click=${() => actions.send(phone, "STOP")}>STOP</button>
        <button type="button" class="btn btn-quiet btn-small" @click=${() => actions.send(phone, "START")}>START</button>
        <button type="button" class="btn btn-quiet btn-small" aria-label=${t("simulator.emoji")} title=${t("simulator.emoji")}
          @click=${() => actions.write(phone, phone.draft + LAUGH)}>${LAUGH}</button>
        <button type="button" class="btn btn-quiet btn-small" @click=${() => actions.write(phone, t("simulator.long-text"))}>${t("simulator.long")}</button>
        <button class="btn btn-primary btn-small phone__send" data-testid="phone-send"
          ?disabled=${phone.isSending || phone.draft.trim() === ""}>${t("composer.send")}</button>
      </div>
    </form>
  </section>`;
}

function lineView(page, phone, actions) {
  return html`<div class="phone__line">
    <div class="phone__field">
      <label for="mine-${phone.id}">${t("simulator.mine")}</label>
      <input class="form-control mono" id="mine-${phone.id}" type="tel" maxlength="32" autocomplete="off" data-testid="phone-mine"
        .value=${phone.mine} @change=${(event) => actions.changeLine(phone, { mine: event.target.value.trim() })} />
    </div>
    ${page.isSingle
      ? nothing
      : html`<button type="button" class="btn btn-bare btn-small phone__remove" data-testid="remove-phone"
          aria-label=${t("simulator.remove", { number: phone.mine })} @click=${() => actions.remove(phone)}>${icon("close")}</button>`}
    <div class="phone__field phone__field--to">
      <label for="to-${phone.id}">${t("simulator.to")}</label>
      <select class="form-select" id="to-${phone.id}" data-testid="phone-to" .value=${live(phone.number)}
        @change=${(event) => actions.changeLine(phone, { number: event.target.value })}>
        ${page.numbers.map(
          (number) => html`<option value=${number.transport_code} ?selected=${number.transport_code === phone.number}>
            ${number.label}
          </option>`,
        )}
      </select>
    </div>
  </div>`;
}

function textView(text) {
  const isOut = text.direction === "sent";
  const at = new Date(text.created_at);
  const tone = text.status === "failed" || text.status === "rejected" ? "message__status--failed" : "";
  return html`<div class="message message--${isOut ? "out" : "in"}" data-testid="phone-message" data-direction=${text.direction}
    data-status=${text.status}>
    <div class="message__bubble">
      <span class="visually-hidden">${isOut ? t("simulator.you") : t("simulator.them")}</span>
      <p dir="auto">${spokenText(text.text)}</p>
    </div>
    <div class="message__meta">
      <time datetime=${text.created_at} title=${formatMoment(at)}>${formatTime(at)}</time>
      <span class="message__status ${tone}">· ${text.status_label}</span>
    </div>
  </div>`;
}

/** After each drawing: show the newest texts, unless somebody has scrolled up to read. */
export function keepAtEnd(root) {
  for (const list of root.querySelectorAll(".phone__texts")) {
    if (endKept.get(list) !== false) list.scrollTop = list.scrollHeight;
  }
}

function isNearEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
}
