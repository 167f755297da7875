// One conversation: what was said, what became of each text, and the composer or the outcome form below.

import { html, nothing } from "lit/html.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { companyView } from "../../lib/company.js";
import { clockText, formatDay, formatMoment, formatTime, plural, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { answerGoal, canSendAgain, lineOfTime } from "../selectors.js";
import { leave, showHistory, takeBack, wake } from "../together.js";
import { composerView, noteView } from "./composer.js";
import { whispersView } from "./notices.js";
import { outcomeForm } from "./outcome.js";
import { apiErrorText, errorOf, icon, person, spokenText } from "./parts.js";

const NEAR_END_PX = 60;
const endKept = new WeakMap();

export function threadView(desk, contact) {
  if (!contact) {
    return html`<div class="thread__none">
      <p>${desk.workspace.contacts.length > 0 ? t("thread.choose") : t("thread.none")}</p>
    </div>`;
  }
  if (contact.role) return asideView(desk, contact);
  const isOpen = contact.state === "active";
  return html`
    ${headView(desk, contact, isOpen)} ${participantsView(desk, contact)} ${whispersView(desk, contact)}
    ${keyed(
      contact.id,
      html`<div class="thread" data-testid="thread" role="log" tabindex="0" aria-label=${t("thread.title")}
        @scroll=${(event) => endKept.set(event.target, isNearEnd(event.target))}>
        ${historyView(desk, contact)} ${messagesView(desk, contact)}
      </div>`,
    )}
    ${isOpen ? keyed(contact.id, composerView(desk, contact)) : html`<div class="thread__outcome">${companyView(desk.company)} ${outcomeForm(desk, contact)}</div>`}
  `;
}

/** A contact that the agent sees without having it: what was said, the notes, and a field for notes. */
function asideView(desk, aside) {
  const isMine = aside.role === "handing_on";
  const key = isMine ? `back:${aside.id}` : `leave:${aside.id}`;
  return html`<header class="thread__head">
      <button type="button" class="btn btn-bare thread__back" aria-label=${t("thread.back")}
        @click=${() => desk.update({ pane: "list" })}>${icon("back")}</button>
      <div class="thread__who">
        <h2 data-testid="thread-title">${person(aside)}</h2>
        <div class="thread__facts"><span class="chip">${aside.skill}</span></div>
      </div>
      ${isMine
        ? html`<button type="button" class="btn btn-quiet" data-testid="take-back" ?disabled=${desk.ui.busy.has(key)}
            @click=${() => takeBack(desk, aside.id)}>${t("aside.take-back")}</button>`
        : html`<button type="button" class="btn btn-quiet" data-testid="leave-aside" ?disabled=${desk.ui.busy.has(key)}
            @click=${() => leave(desk, aside)}>${t("aside.leave")}</button>`}
    </header>
    <div class="aside-about" data-testid="aside-about">${icon("lock")}
      ${isMine ? t("aside.about-handing_on") : t("aside.about-consulted", { name: plainLine(aside.asked_by, 60) })}</div>
    ${keyed(
      aside.id,
      html`<div class="thread" data-testid="thread" role="log" tabindex="0" aria-label=${t("thread.title")}
        @scroll=${(event) => endKept.set(event.target, isNearEnd(event.target))}>${messagesView(desk, aside)}</div>`,
    )}
    ${keyed(aside.id, html`<div class="composer composer--note">${companyView(desk.company)} ${noteView(desk, aside)}</div>`)}`;
}

/** Who else sees the contact, and how to let them go. */
function participantsView(desk, contact) {
  const asked = (contact.participants ?? []).filter(({ role }) => role === "consulted");
  if (asked.length === 0) return nothing;
  return html`<div class="aside-about" data-testid="participants">${icon("lock")} ${t("consult.present")}
    ${asked.map(
      ({ username, name }) => html`<span class="chip"><bdi>${plainLine(name, 60)}</bdi>
        <button type="button" class="chip__close" aria-label=${t("consult.end", { name: plainLine(name, 60) })}
          @click=${() => leave(desk, contact, username)}>${icon("close")}</button></span>`,
    )}
  </div>`;
}

/** Earlier contacts of the customer, before this one in the same line of time. */
function historyView(desk, contact) {
  const key = `history:${contact.id}`;
  const earlier = desk.ui.history.get(contact.id);
  if (!earlier) {
    return html`<div class="earlier">
      <button type="button" class="btn btn-quiet btn-small" data-testid="show-history" ?disabled=${desk.ui.busy.has(key)}
        @click=${() => showHistory(desk, contact)}>${t("history.show")}</button>${errorOf(desk, key)}
    </div>`;
  }
  if (earlier.length === 0) return html`<div class="earlier soft tiny" data-testid="no-history">${t("history.none")}</div>`;
  const today = new Date(desk.clock.now());
  return [...earlier].reverse().map((one) => {
    const facts = [one.skill, one.agent, one.disposition].filter(Boolean).map((fact) => plainLine(fact, 60));
    const left = one.message_count - one.messages.length;
    return html`<section class="earlier-contact" data-testid="earlier-contact" aria-label=${t("history.contact")}>
      <div class="day"><span>${formatDay(new Date(one.began_at), today)} · ${facts.join(" · ")}</span></div>
      ${left > 0 ? html`<p class="soft tiny">${plural("history.left-out", left)}</p>` : nothing}
      ${one.messages.map((message) => messageView(desk, null, message, new Date(message.created_at)))}
      ${one.notes ? html`<p class="earlier-contact__notes" dir="auto">${t("history.notes", { text: plainLine(one.notes, 400) })}</p>` : nothing}
    </section>`;
  });
}

function noteBubble(desk, note) {
  const at = new Date(note.at);
  const isMine = note.username === desk.workspace.agent.username;
  return html`<div class="message message--note ${isMine ? "message--mine" : ""}" data-testid="note" data-kind=${note.kind}>
    <div class="message__bubble">
      <span class="message__label">${icon("lock")} ${t(`note.${note.kind}`)}</span>
      <p dir="auto">${spokenText(note.text)}</p>
    </div>
    <div class="message__meta">
      <time datetime=${note.at} title=${formatMoment(at)}>${formatTime(at)}</time>
      <span>· ${plainLine(note.author, 60)}</span>
    </div>
  </div>`;
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
      ? html`${contact.is_snoozed
            ? html`<button type="button" class="btn btn-quiet" data-testid="wake" @click=${() => wake(desk, contact)}>${t("snooze.wake")}</button>`
            : html`<button type="button" class="btn btn-quiet thread__more" data-testid="snooze"
                @click=${() => desk.openDialog("snooze", { contact: contact.id })}>${t("snooze.open-dialog")}</button>`}
          <button type="button" class="btn btn-quiet thread__more" data-testid="consult"
            @click=${() => desk.openConsultation(contact)}>${t("consult.open")}</button>
          <button type="button" class="btn btn-quiet thread__more" data-testid="transfer" @click=${() => desk.openTransfer(contact)}>
            ${t("transfer.open")}
          </button>
          <button type="button" class="btn btn-danger-quiet" data-testid="end" ?disabled=${isEnding}
            @click=${() => desk.endContact(contact)}>${t("end.do")}</button>`
      : nothing}
    <button type="button" class="btn btn-bare" aria-label=${t("palette.title")} title=${t("palette.title")} data-testid="palette-open"
      @click=${() => desk.openDialog("palette", { words: "", place: 0 })}>${icon("more")}</button>
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
  const goal = answerGoal(contact, (since) => desk.clock.secondsSince(since));
  if (goal) {
    const time = clockText(Math.abs(goal.left));
    lines.push(html`<span class="goal goal--${goal.step}">${t(goal.step === "late" ? "goal.late" : "goal.left", { time })}</span>`);
  }
  return lines;
}

function messagesView(desk, contact) {
  const today = new Date(desk.clock.now());
  const pending = desk.ui.pending.filter((text) => text.contact === contact.id);
  const rows = [];
  let day = null;
  for (const { at: moment, message, note } of lineOfTime(contact)) {
    const at = new Date(moment);
    const name = formatDay(at, today);
    if (name !== day) rows.push({ id: `day-${name}`, view: html`<div class="day"><span>${name}</span></div>` });
    day = name;
    if (message) rows.push({ id: message.id, view: messageView(desk, contact, message, at) });
    else rows.push({ id: `note-${note.id}`, view: noteBubble(desk, note) });
  }
  for (const text of pending) rows.push({ id: text.key, view: pendingView(desk, text) });
  return repeat(rows, (row) => row.id, (row) => row.view);
}

// `contact` null: of an earlier contact, where nothing can be done about it.
function messageView(desk, contact, message, at) {
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
      ${contact && canSendAgain(contact, message, desk.ui.pending)
        ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="send-again"
            @click=${() => desk.sendAgain(contact.id, message)}>${t("message.send-again")}</button>`
        : nothing}
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
