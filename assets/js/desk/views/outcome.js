// How the conversation came out: disposition, tags, notes. The same fields during the conversation and after it.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { clockText, t } from "../../lib/i18n.js";
import { errorOf } from "./parts.js";

/** The form after the end, with the time that is left for it. */
export function outcomeForm(desk, contact) {
  const key = `outcome:${contact.id}`;
  const isBusy = desk.ui.busy.has(key);
  const isOver = contact.state === "closed";
  return html`<form class="outcome" data-testid="disposition-form" aria-label=${t("outcome.title")}
    @submit=${(event) => save(event, desk, contact)}>
    <div class="outcome__head">
      <h2>${isOver ? t("outcome.title-closed") : t("outcome.title")}</h2>
      ${timeLeft(desk, contact)}
    </div>
    ${outcomeFields(desk, contact, "after")} ${errorOf(desk, key)} ${defaultWords(desk, contact)}
    <div class="outcome__buttons">
      <button class="btn btn-primary" data-testid="disposition-save" ?disabled=${isBusy}>
        ${isOver ? t("outcome.save") : t("outcome.finish")}
      </button>
      ${isOver
        ? html`<button type="button" class="btn btn-bare" @click=${() => desk.forgetEnded(contact.id)}>${t("outcome.skip")}</button>`
        : nothing}
    </div>
  </form>`;
}

/** The fields alone. `place` keeps the ids of two sets apart. */
export function outcomeFields(desk, contact, place) {
  const outcome = desk.outcomeOf(contact);
  const key = `outcome:${contact.id}`;
  const change = (fields) => {
    desk.drafts().change(contact.id, fields);
    desk.update({});
  };
  return html`
    ${contact.dispositions.length > 0 ? dispositionField(contact, outcome, place, change) : nothing}
    ${errorOf(desk, key, "disposition")}
    ${contact.available_tags.length > 0 ? tagsField(contact, outcome, change) : nothing}
    <div class="outcome__field">
      <label class="form-label" for="notes-${place}">${t("outcome.notes")}</label>
      <textarea class="form-control outcome__notes" id="notes-${place}" rows="2" maxlength="10000" data-testid="notes"
        .value=${live(outcome.notes)} @input=${(event) => change({ notes: event.target.value })}></textarea>
    </div>
  `;
}

function dispositionField(contact, outcome, place, change) {
  const label = contact.require_disposition ? t("outcome.disposition-required") : t("outcome.disposition");
  return html`<div class="outcome__field">
    <label class="form-label" for="disposition-${place}">${label}</label>
    <select class="form-select" id="disposition-${place}" data-testid="disposition"
      ?required=${contact.require_disposition && place === "after"} .value=${live(outcome.disposition ?? "")}
      @change=${(event) => change({ disposition: event.target.value || null })}>
      <option value="" ?selected=${!outcome.disposition}>${t("outcome.choose")}</option>
      ${contact.dispositions.map(
        (name) => html`<option value=${name} ?selected=${name === outcome.disposition}>${name}</option>`,
      )}
    </select>
  </div>`;
}

function tagsField(contact, outcome, change) {
  const toggle = (name) =>
    outcome.tags.includes(name) ? outcome.tags.filter((tag) => tag !== name) : [...outcome.tags, name];
  return html`<fieldset class="outcome__field">
    <legend class="form-label">${t("outcome.tags")}</legend>
    <div class="tags">
      ${contact.available_tags.map(
        (name) => html`<label class="tag">
          <input type="checkbox" data-testid="tag" .checked=${live(outcome.tags.includes(name))}
            @change=${() => change({ tags: toggle(name) })} />
          <span>${name}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

// What will be recorded if he does nothing.
function defaultWords(desk, contact) {
  const name = contact.default_disposition;
  if (!name || !contact.acw_until || desk.outcomeOf(contact).disposition) return nothing;
  return html`<p class="soft tiny" data-testid="default-disposition">${t("outcome.default", { name })}</p>`;
}

function timeLeft(desk, contact) {
  if (contact.state === "closed") return nothing;
  if (!contact.acw_until) {
    return contact.require_disposition ? html`<span class="outcome__time">${t("outcome.owed")}</span>` : nothing;
  }
  const left = desk.clock.secondsUntil(contact.acw_until);
  const isLonger = Date.parse(contact.acw_extendable_until ?? 0) > Date.parse(contact.acw_until);
  return html`<span class="outcome__clock">
    ${isLonger
      ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="acw-extend" aria-label=${t("outcome.extend-spoken")}
          ?disabled=${desk.ui.busy.has(`outcome:${contact.id}`)} @click=${() => desk.extendAfterWork(contact)}>${t("outcome.extend")}</button>`
      : nothing}
    <span class="outcome__time mono ${left <= 10 ? "outcome__time--last" : ""}" data-testid="acw-countdown">
    ${t("outcome.left", { time: clockText(Math.ceil(left)) })}
    </span>
  </span>`;
}

function save(event, desk, contact) {
  event.preventDefault();
  desk.saveOutcome(contact);
}
