// The agent's conversations, the customer who has waited longest for an answer first.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatDay, formatTime, plural, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { answerGoal, groupContacts, lastMessage, waitingSince } from "../selectors.js";
import { icon, person } from "./parts.js";

export function listView(desk) {
  const { contacts, skills_out: skills } = desk.workspace;
  const groups = groupContacts(contacts);
  return html`
    <div class="list__head">
      <h2>${t("list.title")}</h2>
      ${skills.length > 0
        ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="new-contact"
            @click=${() => desk.openDialog("outbound")}>${icon("plus")} ${t("outbound.open")}</button>`
        : nothing}
    </div>
    <nav class="list" aria-label=${t("list.title")} data-testid="contact-list">
      ${contacts.length + desk.workspace.asides.length === 0 ? html`<p class="list__empty">${emptyWords(desk)}</p>` : nothing}
      ${group(desk, t("list.waiting"), groups.waiting)} ${group(desk, t("list.answered"), groups.answered)}
      ${group(desk, t("list.snoozed"), groups.aside)} ${group(desk, t("list.ended"), groups.ended)}
      ${group(desk, t("list.asides"), desk.workspace.asides)}
    </nav>
  `;
}

function emptyWords(desk) {
  return desk.workspace.state.state === "available" ? t("list.empty") : t("list.empty-unavailable");
}

function group(desk, title, contacts) {
  if (contacts.length === 0) return nothing;
  return html`<h3 class="list__group">${title} <span class="soft">${contacts.length}</span></h3>
    <ul class="list__items">
      ${repeat(contacts, (contact) => contact.id, (contact) => html`<li>${item(desk, contact)}</li>`)}
    </ul>`;
}

function item(desk, contact) {
  const isCurrent = desk.ui.selected === contact.id;
  const since = contact.role ? null : waitingSince(contact);
  return html`<button
    type="button"
    class="item ${contact.unread > 0 ? "item--unread" : ""}"
    data-testid="contact-item"
    data-contact=${contact.id}
    aria-current=${isCurrent ? "true" : nothing}
    @click=${() => desk.select(contact.id)}
  >
    <span class="item__line">
      <span class="item__name">${person(contact)}</span>
      ${timer(desk, contact, since)}
    </span>
    <span class="item__line">
      <span class="item__text">${snippet(contact)}</span>
      ${contact.unread > 0
        ? html`<span class="item__badge" data-testid="unread"><span aria-hidden="true">${contact.unread}</span><span
              class="visually-hidden">${plural("list.unread", contact.unread)}</span></span>`
        : nothing}
    </span>
    <span class="item__line item__skill">
      <span>${contact.skill}</span>
      ${goalView(desk, contact)}
      ${lastMessage(contact)?.status === "failed" ? html`<span class="item__failed">${t("status.failed")}</span>` : nothing}
    </span>
  </button>`;
}

// How much of the time is left in which the skill wants an answer. A sign of its own for each step, not only a colour.
const SIGNS = { calm: "clock", soon: "hourglass", late: "warning" };

function goalView(desk, contact) {
  const goal = answerGoal(contact, (since) => desk.clock.secondsSince(since));
  if (!goal) return nothing;
  const time = clockText(Math.abs(goal.left));
  return html`<span class="goal goal--${goal.step}" data-testid="goal" data-step=${goal.step}>
    ${icon(SIGNS[goal.step])}<span class="mono">${t(goal.step === "late" ? "goal.late" : "goal.left", { time })}</span>
  </span>`;
}

function timer(desk, contact, since) {
  if (contact.role) {
    return html`<span class="item__timer">${t(`aside.${contact.role}`)}</span>`;
  }
  if (contact.is_snoozed) {
    const until = contact.snoozed_until && new Date(contact.snoozed_until);
    return html`<span class="item__timer">${icon("moon")}
      ${until ? t("list.until", { time: shortMoment(until, new Date(desk.clock.now())) }) : t("list.until-text")}</span>`;
  }
  if (contact.state === "after_contact_work") {
    if (!contact.acw_until) return html`<span class="item__timer item__timer--soon">${t("outcome.owed")}</span>`;
    const left = desk.clock.secondsUntil(contact.acw_until);
    return html`<span class="item__timer mono">${t("list.acw-left", { time: clockText(left) })}</span>`;
  }
  if (since === null) return nothing;
  const seconds = desk.clock.secondsSince(since);
  return html`<span class="item__timer mono">${t("list.waits", { time: clockText(seconds) })}</span>`;
}

function shortMoment(at, now) {
  return at.toDateString() === now.toDateString() ? formatTime(at) : `${formatDay(at, now)}, ${formatTime(at)}`;
}

function snippet(contact) {
  const message = lastMessage(contact);
  if (!message) return "";
  const line = plainLine(message.text, 90);
  return html`<bdi>${message.direction === "outbound" && message.author && !contact.role ? t("list.you", { text: line }) : line}</bdi>`;
}
