// What is open now: offers with their countdown, the queue in its order, conversations.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatNumber, t } from "../../lib/i18n.js";
import { contactsInOrder, placeBeside, queueNeighbour } from "../levels.js";
import { glyph } from "../../lib/glyphs.js";
import { plainLine } from "../../lib/text.js";
import { customer } from "./parts.js";

const SHOWN = 100;
const DRAG_FROM_PX = 5;
const EDGE_PX = 48;

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
  return html`<li class="open__one open__one--${contact.state} ${desk.ui.dropAt === contact.id ? "open__one--drop" : ""} ${desk.ui.dragged === contact.id ? "open__one--dragged" : ""}"
    data-testid="open-contact" data-contact=${contact.id} data-state=${contact.state}>
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

// Dragged by the pointer, a finger's too; with the keyboard it moves by one place.
function handle(desk, contact) {
  const words = t("action.drag", { name: plainLine(contact.customer_name || contact.customer, 60) });
  return html`<button type="button" class="open__handle" data-testid="drag" aria-label=${words} title=${t("action.drag-short")}
    @pointerdown=${(event) => grab(event, desk, contact)} @keydown=${(event) => moveByKey(event, desk, contact)}>${glyph("grip")}</button>`;
}

// Heard on the window: the board may put the row elsewhere while it is held.
function grab(event, desk, contact) {
  if (event.button !== 0 || !event.isPrimary) return;
  const { pointerId, clientX, clientY } = event;
  const listening = new AbortController();
  const end = () => {
    listening.abort();
    desk.update({ dragged: null, dropAt: null });
  };
  const on = (name, act) =>
    window.addEventListener(name, (later) => later.pointerId === pointerId && act(later), { signal: listening.signal });
  on("pointermove", (later) => {
    const isMoved = Math.hypot(later.clientX - clientX, later.clientY - clientY) >= DRAG_FROM_PX;
    if (desk.ui.dragged !== contact.id && isMoved) desk.update({ dragged: contact.id });
    if (desk.ui.dragged === contact.id) hover(desk, later);
  });
  on("pointerup", () => {
    const target = desk.board.contacts.find(({ id }) => id === desk.ui.dropAt);
    const place = target ? draggedPlace(desk, target) : null;
    end();
    if (place) desk.moveBeside(contact.id, place);
  });
  on("pointercancel", end);
  window.addEventListener("keydown", (key) => key.key === "Escape" && end(), { signal: listening.signal });
}

function draggedPlace(desk, target) {
  const moved = desk.board.contacts.find(({ id }) => id === desk.ui.dragged);
  return moved ? placeBeside(moved, target) : null;
}

function hover(desk, { clientX, clientY }) {
  const row = document.elementFromPoint(clientX, clientY)?.closest("[data-testid='open-contact']");
  const target = row && desk.board.contacts.find(({ id }) => id === Number(row.dataset.contact));
  const dropAt = target && draggedPlace(desk, target) ? target.id : null;
  // A queue longer than the screen follows the pointer to its edges.
  const beyond = Math.min(0, clientY - EDGE_PX) || Math.max(0, clientY - (window.innerHeight - EDGE_PX));
  if (beyond) window.scrollBy(0, beyond);
  if (desk.ui.dropAt !== dropAt) desk.update({ dropAt });
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
