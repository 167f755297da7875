// One contact, live: what is said, what happened, why it went where it went, and what can be done.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { companyView } from "../../lib/company.js";
import { clockText, formatMoment, formatNumber, formatTime, plural, t } from "../../lib/i18n.js";
import { spokenText } from "../../desk/views/parts.js";
import { priorityOf } from "../levels.js";
import { bannerView } from "./board.js";
import { dialogView, toastsView } from "./dialogs.js";
import { customer, reasonWords } from "./parts.js";

const RECORDED = 24;

export function contactView(desk) {
  const { contact } = desk;
  if (contact === undefined) {
    return html`${bannerView(desk)}<p class="desk__loading" role="status">${t("board.loading")}</p>`;
  }
  if (contact === null) return html`<p class="notice notice--warn">${t("contact.gone")}</p>`;
  return html`
    ${bannerView(desk)}
    <div class="console__head">
      <div>
        <h1>${customer(contact)}</h1>
        <p class="console__facts">
          <span class="chip">${contact.skill}</span>
          <span data-testid="contact-state" data-state=${contact.state}>${t(`state.${contact.state}`)}</span>
          <span data-testid="contact-agent">${contact.agent ? t("contact.with", { name: contact.agent.name }) : nothing}</span>
          ${priorityView(desk, contact)}
          ${desk.config.trace ? html`<a href=${desk.config.trace} data-testid="trace-link">${t("contact.trace")}</a>` : nothing}
        </p>
      </div>
      ${actionsView(desk, contact)}
    </div>
    <div class="console__columns">
      <section aria-labelledby="said-title">
        <h2 id="said-title">${t("contact.messages")}</h2>
        <div class="thread console__thread" role="log" tabindex="0" aria-labelledby="said-title">
          ${contact.messages.length === 0 ? html`<p class="soft">${t("contact.no-messages")}</p>` : nothing}
          ${repeat(contact.messages, (message) => message.id, messageView)}
        </div>
        ${companyView(desk.company)} ${whispersView(contact)} ${internalNotesView(contact)}
        ${contact.notes ? html`<h2>${t("contact.notes")}</h2><p class="console__notes">${contact.notes}</p>` : nothing}
      </section>
      <div>
        <section aria-labelledby="why-title">
          <h2 id="why-title">${t("contact.why")}</h2>
          ${contact.offers.length === 0 ? html`<p class="soft">${t("why.none")}</p>` : nothing}
          ${repeat(contact.offers, (offer) => offer.id, (offer, place) => offerView(contact, offer, place === 0))}
        </section>
        ${lifeView(contact)}
      </div>
    </div>
    ${dialogView(desk)} ${toastsView(desk)}
  `;
}

function priorityView(desk, contact) {
  const { queue } = contact;
  if (!queue) return nothing;
  const priority = priorityOf(queue, contact.queued_at, desk.clock.now());
  return html`<span class="soft mono" data-testid="priority"
    >${t("contact.priority", {
      priority: formatNumber(Math.round(priority * 10) / 10),
      acceleration: formatNumber(queue.acceleration),
      maximum: formatNumber(queue.maximum),
    })} · ${t("contacts.waits", { time: clockText(desk.clock.secondsSince(contact.queued_at)) })}</span
  >`;
}

function actionsView(desk, contact) {
  if (!desk.config.may_intervene || contact.state === "closed") return nothing;
  const { id, state } = contact;
  const button = (name, act, { isDisabled = false, title = "" } = {}) =>
    html`<button type="button" class="btn btn-quiet" data-testid="act-${name}" ?disabled=${isDisabled || desk.ui.busy} title=${title} @click=${act}>${t(`action.${name}`)}</button>`;
  const isOpen = state !== "after_contact_work";
  return html`<div class="acd__tools" role="group" aria-label=${t("contact.actions")}>
    ${contact.agent ? button("whisper", () => desk.open("whisper", { contact: id })) : nothing}
    ${isOpen
      ? button("take", () => desk.takeOver(id), {
          isDisabled: !desk.config.is_agent,
          title: desk.config.is_agent ? "" : t("action.no-agent"),
        })
      : nothing}
    ${isOpen ? button("hand", () => desk.open("hand", { contact: id })) : nothing}
    ${state === "queued" ? button("front", () => desk.move(id, null)) : nothing}
    ${state === "queued" ? button("priority", () => desk.open("priority", { contact: id, maximum: contact.queue.maximum })) : nothing}
    <button type="button" class="btn btn-danger-quiet" data-testid="act-close" @click=${() => desk.open("close", { contact: id })}>${t("action.close")}</button>
  </div>`;
}

function messageView(message) {
  const isOut = message.direction === "outbound";
  const reason = message.status_reason ? `: ${message.status_reason}` : "";
  const at = new Date(message.created_at);
  return html`<div class="message message--${isOut ? "out" : "in"}" data-testid="message">
    <div class="message__bubble">
      <span class="visually-hidden">${isOut ? message.author || t("message.us") : t("message.by-customer")}</span>
      <p dir="auto">${spokenText(message.text)}</p>
    </div>
    <div class="message__meta">
      <time datetime=${message.created_at} title=${formatMoment(at)}>${formatTime(at)}</time>
      ${isOut ? html`<span>· ${message.author || t("message.us")}</span><span>· ${t(`status.${message.status}`)}${reason}</span>` : nothing}
      ${message.segments > 1 ? html`<span>· ${plural("segments", message.segments)}</span>` : nothing}
    </div>
  </div>`;
}

function whispersView(contact) {
  if (contact.notices.length === 0) return nothing;
  return html`<h2>${t("contact.whispers")}</h2>
    <ul class="whispers">
      ${contact.notices.map(
        (notice) => html`<li data-testid="whisper">
          <p dir="auto">${notice.text}</p>
          <span class="soft tiny">${notice.author} → ${notice.agent} · ${formatTime(new Date(notice.at))} ·
            ${notice.read_at ? t("contact.whisper-read") : t("contact.whisper-unread")}</span>
        </li>`,
      )}
    </ul>`;
}

function internalNotesView(contact) {
  if (contact.internal_notes.length === 0) return nothing;
  return html`<h2>${t("contact.internal-notes")}</h2>
    <ul class="whispers">
      ${contact.internal_notes.map(
        (note) => html`<li data-testid="internal-note">
          <p dir="auto">${spokenText(note.text)}</p>
          <span class="soft tiny">${note.author} · ${formatTime(new Date(note.at))}</span>
        </li>`,
      )}
    </ul>`;
}

function offerView(contact, offer, isOpen) {
  const chosen = offer.agents.find((row) => row.agent === offer.agent)?.name ?? offer.agent_name;
  return html`<details class="why" ?open=${isOpen} data-testid="why">
    <summary>
      <span>${t("why.at", { name: offer.agent_name, time: formatTime(new Date(offer.offered_at)) })}</span>
      <span class="mark ${offer.state === "accepted" ? "mark--ok" : offer.state === "pending" ? "" : "mark--warn"}">${t(`offer.${offer.state}`)}</span>
    </summary>
    ${offer.is_recorded
      ? html`<h3>${t("why.agents")}</h3>
          <ol class="why__rows">
            ${offer.agents.map(
              (row) => html`<li data-testid="why-agent" data-outcome=${row.outcome} class=${row.agent === offer.agent ? "why__chosen" : ""}>
                <span class="why__name">${row.name}</span>
                ${row.proficiency ? html`<span class="soft tiny">${t("proficiency", { number: row.proficiency })}</span>` : nothing}
                <span class="why__outcome">${outcomeWords(row, chosen)}</span>
              </li>`,
            )}
          </ol>
          ${offer.agents.length > RECORDED ? html`<p class="soft tiny">${t("why.first")}</p>` : nothing}
          <h3>${t("why.contacts")}</h3>
          <ol class="why__rows">
            ${offer.contacts.map(
              (row) => html`<li data-testid="why-contact">
                <span class="why__name"
                  >${row.contact === contact.id
                    ? t("why.this")
                    : html`<a href="/supervisor/contacts/${row.contact}/">${t("why.number", { id: row.contact })}</a>`}</span
                >
                <span class="soft tiny">${row.skill_name}</span>
                <span class="why__outcome mono">${formatNumber(row.priority)} · ${t(row.outcome === "offered" ? "outcome.contact-offered" : "outcome.waits")}</span>
              </li>`,
            )}
          </ol>`
      : html`<p class="soft">${t("why.not-recorded")}</p>`}
  </details>`;
}

function outcomeWords(row, chosen) {
  if (row.outcome === "leaving") return t("outcome.leaving", { reason: reasonWords(row.reason ?? "") });
  if (row.outcome === "unavailable" && row.reason) return t("outcome.unavailable-reason", { reason: reasonWords(row.reason) });
  return t(`outcome.${row.outcome}`, { load: row.load, limit: row.limit, name: chosen });
}

function lifeView(contact) {
  return html`<section aria-labelledby="life-title">
    <h2 id="life-title">${t("contact.life")}</h2>
    <ol class="events">
      ${repeat(
        contact.life,
        (event) => event.id,
        (event) => html`<li data-testid="event" data-kind=${event.kind}>
          <time class="mono soft" datetime=${event.at} title=${formatMoment(new Date(event.at))}>${formatTime(new Date(event.at))}</time>
          <span>${eventWords(event)}</span>
        </li>`,
      )}
    </ol>
  </section>`;
}

function eventWords(event) {
  const key = `event.${event.kind}`;
  const words = t(key) === key ? event.kind : t(key);
  const details = [event.target ?? event.skill, event.agent, event.by === event.agent ? null : event.by].filter(Boolean);
  return details.length > 0 ? t("event.with", { event: words, details: details.join(", ") }) : words;
}
