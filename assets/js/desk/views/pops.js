// Screen pops: what the script or the skill shows about a contact. Everything in them is data: texts are drawn as
// texts, and addresses were put together and checked by the server.

import { html, nothing } from "lit/html.js";
import { clockText, formatMoment, t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { errorOf, icon, person, spokenText } from "./parts.js";

export function popsView(desk, contact) {
  const pops = contact.screen_pops ?? [];
  if (pops.length === 0) return nothing;
  const closed = pops.filter((pop) => desk.ui.closedPops.has(pop.id));
  const open = pops.filter((pop) => !desk.ui.closedPops.has(pop.id));
  return html`<div class="pops" data-testid="screen-pops">
    ${open.map((pop) => popView(desk, contact, pop))}
    ${closed.length > 0
      ? html`<div class="pops__closed">
          ${closed.map(
            (pop) => html`<button type="button" class="btn btn-quiet btn-small" data-testid="screen-pop-reopen"
              @click=${() => desk.reopenPop(pop)}>${t("pop.reopen", { title: titleOf(pop) })}</button>`,
          )}
        </div>`
      : nothing}
  </div>`;
}

function popView(desk, contact, pop) {
  return html`<section class="pop" aria-labelledby="pop-${pop.id}" data-testid="screen-pop">
    <div class="pop__head">
      <h3 id="pop-${pop.id}"><bdi>${titleOf(pop)}</bdi></h3>
      <button type="button" class="btn btn-bare btn-small" aria-label=${t("pop.close", { title: titleOf(pop) })}
        data-testid="screen-pop-close" @click=${() => desk.closePop(pop)}>${icon("close")}</button>
    </div>
    ${popBody(contact, pop)} ${formOf(desk, contact, pop)}
  </section>`;
}

/** What a pop shows, also in an offer, where there is no form yet. */
export function popBody(contact, pop) {
  return html`<dl class="panel__facts">${fieldsOf(contact, pop)}</dl>
    ${linksOf(pop)} ${historyOf(pop.content.history ?? [])}`;
}

function titleOf(pop) {
  return pop.is_default || !pop.title ? t("pop.title") : plainLine(pop.title, 120);
}

function fieldsOf(contact, pop) {
  if (!pop.is_default) {
    return (pop.content.fields ?? []).map(([label, value]) => field(plainLine(label, 60), spokenText(value)));
  }
  const waited = contact.waited_seconds ?? waitedOf(contact);
  return html`${contact.customer_name ? field(t("panel.customer"), person(contact)) : nothing}
    ${field(t("panel.number"), html`<bdi class="mono">${contact.customer}</bdi>`)}
    ${field(t("panel.skill"), contact.skill)}
    ${waited === null ? nothing : field(t("panel.waited"), html`<span class="mono">${clockText(waited)}</span>`)}`;
}

function waitedOf({ queued_at: queued, accepted_at: accepted }) {
  return queued && accepted ? (Date.parse(accepted) - Date.parse(queued)) / 1000 : null;
}

function field(term, value) {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function linksOf(pop) {
  const links = [...(pop.url ? [[t("pop.open"), pop.url]] : []), ...(pop.content.links ?? [])];
  // The server lets only http and https through; what it once stored is looked at again.
  const safe = links.filter(([, address]) => /^https?:\/\//.test(address));
  if (safe.length === 0) return nothing;
  return html`<ul class="pop__links">
    ${safe.map(
      ([label, address]) => html`<li><a href=${address} target="_blank" rel="noopener noreferrer">${plainLine(label, 60)}</a></li>`,
    )}
  </ul>`;
}

function historyOf(history) {
  if (history.length === 0) return nothing;
  return html`<h4 class="pop__heading">${t("pop.history")}</h4>
    <ul class="pop__history">
      ${history.map(
        ({ at, skill, agent, disposition }) => html`<li>
          <span class="soft">${formatMoment(new Date(at))}</span>
          ${[skill, agent, disposition].filter(Boolean).join(" · ")}
        </li>`,
      )}
    </ul>`;
}

function formOf(desk, contact, pop) {
  const form = pop.content.form ?? [];
  if (form.length === 0) return nothing;
  const key = `pop:${pop.id}`;
  return html`<form class="pop__form" @submit=${(event) => submit(event, desk, contact, pop)}>
    ${form.map(
      ([name, label]) => html`<label class="form-label" for="pop-${pop.id}-${name}">${plainLine(label, 60)}</label>
        <input class="form-control" id="pop-${pop.id}-${name}" name=${name} maxlength="300" autocomplete="off"
          value=${pop.answers?.[name] ?? ""} data-testid="screen-pop-field" />
        ${errorOf(desk, key, name)}`,
    )}
    <button class="btn btn-quiet btn-small" data-testid="screen-pop-save" ?disabled=${desk.ui.busy.has(key)}>${t("pop.save")}</button>
  </form>`;
}

function submit(event, desk, contact, pop) {
  event.preventDefault();
  desk.answerPop(contact, pop, Object.fromEntries(new FormData(event.target)));
}
