// Beside the conversation: who the customer is, how he came here, and what the agent notes about it.

import { html, nothing } from "lit/html.js";
import { keyed } from "lit/directives/keyed.js";
import { clockText, formatMoment, t } from "../../lib/i18n.js";
import { errorOf, icon, person } from "./parts.js";
import { outcomeFields } from "./outcome.js";
import { popsView } from "./pops.js";

export function panelView(desk, contact) {
  return html`<aside class="desk__right" aria-label=${t("panel.title")} data-testid="panel">
    <div class="panel__head">
      <h2>${t("panel.title")}</h2>
      <button type="button" class="btn btn-bare panel__close" aria-label=${t("close")}
        @click=${() => desk.update({ panelOpen: false })}>${icon("close")}</button>
    </div>
    ${popsView(desk, contact)}
    <dl class="panel__facts">
      ${fact(t("panel.customer"), person(contact))}
      ${contact.customer_name ? fact(t("panel.number"), html`<bdi class="mono">${contact.customer}</bdi>`) : nothing}
      ${fact(t("panel.skill"), contact.skill)} ${fact(t("panel.direction"), t(`direction.${contact.direction}`))}
      ${waited(contact)}
      ${contact.direction === "inbound" && contact.accepted_at ? fact(t("panel.accepted"), formatMoment(new Date(contact.accepted_at))) : nothing}
      ${fact(t("panel.texts"), contact.opted_out ? t("panel.opted-out") : t("panel.opted-in"))}
    </dl>
    ${contact.state === "active" ? keyed(contact.id, notesView(desk, contact)) : nothing}
  </aside>`;
}

function fact(term, value) {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function waited(contact) {
  if (contact.direction !== "inbound" || !contact.queued_at || !contact.accepted_at) return nothing;
  const seconds = (Date.parse(contact.accepted_at) - Date.parse(contact.queued_at)) / 1000;
  return fact(t("panel.waited"), html`<span class="mono">${clockText(seconds)}</span>`);
}

function notesView(desk, contact) {
  const key = `outcome:${contact.id}`;
  const isDirty = desk.hasOutcomeDraft(contact.id);
  // The server takes tags and notes of a skill that requires a disposition only together with one.
  const lacksDisposition = contact.require_disposition && !desk.outcomeOf(contact).disposition;
  return html`<form class="panel__outcome" data-testid="outcome-panel"
    @submit=${(event) => {
      event.preventDefault();
      desk.saveOutcome(contact);
    }}>
    <h3>${t("panel.outcome")}</h3>
    ${outcomeFields(desk, contact, "during")} ${errorOf(desk, key)}
    <div class="panel__buttons">
      <button class="btn btn-quiet btn-small" ?disabled=${!isDirty || lacksDisposition || desk.ui.busy.has(key)}>${t("outcome.save")}</button>
      <span class="soft tiny">${isDirty ? t("panel.kept") : nothing}</span>
    </div>
  </form>`;
}
