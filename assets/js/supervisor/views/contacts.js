// What is open now: offers with their countdown, the queue in its order, conversations.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatNumber, t } from "../../lib/i18n.js";
import { contactsInOrder, placeBeside, queueNeighbour } from "../levels.js";
import { glyph } from "../../lib/glyphs.js";
import { plainLine } from "../../lib/text.js";
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
  const isMovable = contact.state === "queued" && desk.config.may_intervene;
  return html`<li class="open__one open__one--${contact.state} ${desk.ui.dropAt === contact.id ? "open__one--drop" : ""}"
    data-testid="open-contact" data-contact=${contact.id} data-state=${contact.state}
    @dragover=${(event) => dragOver(event, desk, contact)} @drop=${(event) => drop(event, desk, contact)}>
    ${isMovable ? handle(desk, contact) : nothing}
    <div class="open__words">
      <a href="/supervisor/contacts/${contact.id}/" class="open__who">${customer(contact)}</a>
      <span class="chip">${desk.skill(contact.skill)?.name ?? ""}</span>
      <span class="open__state">${t(`state.${contact.state}`)}${contact.place ? ` · ${t("contacts.nth", { place: contact.place })}` : ""}</span>
      ${agent ? html`<span class="open__agent">${agent.name}</span>` : nothing}
      <span class="soft mono">${timing(desk, contact)}</span>
    </div>
    ${isMovable && contact.place > 1
      ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="to-front" title=${t("action.front")}
          @click=${() => desk.move(contact.id, null)}>${t("action.front-short")}</button>`
      : nothing}
  </li>`;
}

// Dragged by the pointer; with the keyboard it moves by one place.
function handle(desk, contact) {
  const words = t("action.drag", { name: plainLine(contact.customer_name || contact.customer, 60) });
  return html`<button type="button" class="open__handle" draggable="true" data-testid="drag" aria-label=${words} title=${t("action.drag-short")}
    @dragstart=${(event) => dragStart(event, desk, contact)} @dragend=${() => desk.update({ dragged: null, dropAt: null })}
    @keydown=${(event) => moveByKey(event, desk, contact)}>${glyph("grip")}</button>`;
}

function dragStart(event, desk, contact) {
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", String(contact.id));
  event.dataTransfer.setDragImage(event.target.closest("li"), 12, 12);
  desk.update({ dragged: contact.id });
}

function draggedPlace(desk, target) {
  const moved = desk.board.contacts.find(({ id }) => id === desk.ui.dragged);
  return moved ? placeBeside(moved, target) : null;
}

function dragOver(event, desk, target) {
  if (!draggedPlace(desk, target)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  if (desk.ui.dropAt !== target.id) desk.update({ dropAt: target.id });
}

function drop(event, desk, target) {
  const place = draggedPlace(desk, target);
  if (!place) return;
  event.preventDefault();
  const id = desk.ui.dragged;
  desk.update({ dragged: null, dropAt: null });
  desk.moveBeside(id, place);
}

function moveByKey(event, desk, contact) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const place = placeBeside(contact, queueNeighbour(desk.board.contacts, contact, step));
  if (place) desk.moveBeside(contact.id, place);
}

function timing(desk, contact) {
  if (contact.state === "offered") {
    return t("contacts.left", { time: clockText(Math.max(0, desk.clock.secondsUntil(contact.expires_at))) });
  }
  if (contact.state === "queued") return t("contacts.waits", { time: clockText(desk.clock.secondsSince(contact.queued_at)) });
  return contact.accepted_at ? clockText(desk.clock.secondsSince(contact.accepted_at)) : "";
}
