// What is open now: offers with their countdown, the queue in its order, conversations.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatNumber, t } from "../../lib/i18n.js";
import { contactsInOrder } from "../levels.js";
import { customer } from "./parts.js";

const SHOWN = 100;

export function contactsView(desk) {
  const all = contactsInOrder(desk.board.contacts);
  return html`<section aria-labelledby="contacts-title" class="console__contacts">
    <div class="console__bar">
      <h2 id="contacts-title">${t("contacts.title")}</h2>
      <span class="soft tiny mono">${formatNumber(Math.min(SHOWN, all.length))}/${formatNumber(all.length)}</span>
    </div>
    ${all.length === 0 ? html`<p class="list__empty">${t("contacts.none")}</p>` : nothing}
    <ul class="open">
      ${repeat(all.slice(0, SHOWN), (contact) => contact.id, (contact) => row(desk, contact))}
    </ul>
  </section>`;
}

function row(desk, contact) {
  const agent = contact.agent === null ? null : desk.agent(contact.agent);
  return html`<li class="open__one open__one--${contact.state}" data-testid="open-contact" data-contact=${contact.id} data-state=${contact.state}>
    <div class="open__words">
      <a href="/supervisor/contacts/${contact.id}/" class="open__who">${customer(contact)}</a>
      <span class="chip">${desk.skill(contact.skill)?.name ?? ""}</span>
      <span class="open__state">${t(`state.${contact.state}`)}${contact.place ? ` · ${t("contacts.nth", { place: contact.place })}` : ""}</span>
      ${agent ? html`<span class="open__agent">${agent.name}</span>` : nothing}
      <span class="soft mono">${timing(desk, contact)}</span>
    </div>
    ${contact.state === "queued" && desk.config.may_intervene && contact.place > 1
      ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="to-front" title=${t("action.front")}
          @click=${() => desk.move(contact.id, null)}>${t("action.front-short")}</button>`
      : nothing}
  </li>`;
}

function timing(desk, contact) {
  if (contact.state === "offered") {
    return t("contacts.left", { time: clockText(Math.max(0, desk.clock.secondsUntil(contact.expires_at))) });
  }
  if (contact.state === "queued") return t("contacts.waits", { time: clockText(desk.clock.secondsSince(contact.queued_at)) });
  return contact.accepted_at ? clockText(desk.clock.secondsSince(contact.accepted_at)) : "";
}
