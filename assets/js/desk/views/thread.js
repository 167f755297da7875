// One conversation: what was said, what became of each text, and the composer or the outcome form below.

import { html, nothing } from "lit/html.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatDay, formatMoment, formatTime, plural, t } from "../../lib/i18n.js";
import { composerView } from "./composer.js";
import { whispersView } from "./notices.js";
import { outcomeForm } from "./outcome.js";
import { apiErrorText, icon, person, spokenText } from "./parts.js";

const NEAR_END_PX = 60;
const endKept = new WeakMap();

export function threadView(desk, contact) {
  if (!contact) {
    return html`<div class="thread__none">
      <p>${desk.workspace.contacts.length > 0 ? t("thread.choose") : t("thread.none")}</p>
    </div>`;
  }
  const isOpen = contact.state === "active";
  return html`
    ${headView(desk, contact, isOpen)} ${whispersView(desk, contact)}
    ${keyed(
      contact.id,
      html`<div class="thread" data-testid="thread" role="log" tabindex="0" aria-label=${t("thread.title")}
        @scroll=${(event) => endKept.set(event.target, isNearEnd(event.target))}>
        ${messagesView(desk, contact)}
      </div>`,
    )}
    ${isOpen ? keyed(contact.id, composerView(desk, contact)) : html`<div class="thread__outcome">${outcomeForm(desk, contact)}</div>`}
  `;
}

function headView(desk, contact, isOpen) {
  const isEnding = desk.ui.busy.has(`end:${contact.id}`);
  return html`<header class="thread__head">
    <button type="button" class="btn btn-bare thread__back" aria-label=${t("thread.back")}
      @click=${() => desk.update({ pane: "list" })}>${icon("back")}</button>
    <div class="thread__who">
      <h2 data-testid="thread-title">${person(contact)}</h2>
      <div class="thread__facts mono">${timers(desk, contact)}</div>
    </div>
    ${isOpen
      ? html`<button type="button" class="btn btn-quiet" data-testid="transfer" @click=${() => desk.openTransfer(contact)}>
            ${t("transfer.open")}
          </button>
          <button type="button" class="btn btn-danger-quiet" data-testid="end" ?disabled=${isEnding}
            @click=${() => desk.endContact(contact)}>${t("end.do")}</button>`
      : nothing}
    <button type="button" class="btn btn-bare thread__details" aria-expanded=${String(desk.ui.panelOpen)}
      aria-label=${t("panel.title")} title=${t("panel.title")} data-testid="details"
      @click=${() => desk.update({ panelOpen: !desk.ui.panelOpen })}>${icon("panel")}</button>
  </header>
  ${endError(desk, contact)}`;
}

function endError(desk, contact) {
  const error = desk.ui.errors.get(`end:${contact.id}`);
  return error ? html`<div class="notice notice--danger thread__notice" role="alert">${apiErrorText(error)}</div>` : nothing;
}

function timers(desk, contact) {
  const lines = [html`<span class="chip">${contact.skill}</span>`];
  if (contact.last_inbound_at) {
    lines.push(html`<span>${t("thread.last-text", { time: clockText(desk.clock.secondsSince(contact.last_inbound_at)) })}</span>`);
  }
  if (contact.direction === "inbound" && contact.accepted_at && contact.state === "active") {
    lines.push(html`<span>${t("thread.open-for", { time: clockText(desk.clock.secondsSince(contact.accepted_at)) })}</span>`);
  }
  return lines;
}

function messagesView(desk, contact) {
  const today = new Date(desk.clock.now());
  const pending = desk.ui.pending.filter((text) => text.contact === contact.id);
  const rows = [];
  let day = null;
  for (const message of contact.messages) {
    const at = new Date(message.created_at);
    const name = formatDay(at, today);
    if (name !== day) rows.push({ id: `day-${name}`, view: html`<div class="day"><span>${name}</span></div>` });
    day = name;
    rows.push({ id: message.id, view: messageView(message, at) });
  }
  for (const text of pending) rows.push({ id: text.key, view: pendingView(desk, text) });
  return repeat(rows, (row) => row.id, (row) => row.view);
}

function messageView(message, at) {
  const isOut = message.direction === "outbound";
  return html`<div class="message message--${isOut ? "out" : "in"}" data-testid="message" data-direction=${message.direction}
    data-status=${message.status}>
    <div class="message__bubble">
      <span class="visually-hidden">${isOut ? t("message.by", { author: message.author || t("message.us") }) : t("message.by-customer")}</span>
      <p dir="auto">${spokenText(message.text)}</p>
      ${message.is_incomplete ? html`<p class="message__incomplete">${t("message.incomplete")}</p>` : nothing}
    </div>
    <div class="message__meta">
      <time datetime=${message.created_at} title=${formatMoment(at)}>${formatTime(at)}</time>
      ${isOut ? statusWords(message) : nothing}
    </div>
  </div>`;
}

function statusWords(message) {
  const tone = { failed: "failed", unknown: "unknown", delivered: "delivered" }[message.status] ?? "";
  const reason = message.status_reason ? `: ${message.status_reason}` : "";
  return html`${message.author ? html`<span>· ${message.author}</span>` : nothing}
    <span class="message__status ${tone ? `message__status--${tone}` : ""}" data-testid="message-status">· ${t(`status.${message.status}`)}${reason}</span>
    ${message.segments > 1 ? html`<span>· ${plural("segments", message.segments)}</span>` : nothing}`;
}

function pendingView(desk, text) {
  return html`<div class="message message--out message--pending" data-testid="message-pending">
    <div class="message__bubble"><p dir="auto">${spokenText(text.text)}</p></div>
    <div class="message__meta">
      ${text.status === "sending"
        ? html`<span>${t("status.handing-over")}</span>`
        : html`<span class="message__status message__status--failed" role="alert">
              ${text.status === "unsure" ? t("message.unsure") : t("message.refused", { reason: apiErrorText(text.error) })}
            </span>
            <button type="button" class="btn btn-quiet btn-small" @click=${() => desk.retryText(text)}>${t("message.retry")}</button>
            <button type="button" class="btn btn-bare btn-small" @click=${() => desk.discardText(text)}>${t("message.discard")}</button>`}
    </div>
  </div>`;
}

/** After each drawing: stay at the newest text, unless the agent has scrolled up to read. */
export function keepThreadAtEnd(root) {
  const thread = root.querySelector("[data-testid='thread']");
  if (thread && endKept.get(thread) !== false) thread.scrollTop = thread.scrollHeight;
}

function isNearEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
}
