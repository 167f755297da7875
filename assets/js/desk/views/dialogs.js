// What the agent opens above the desk: the keyboard sheet, alerts, transfer, end, a new contact.

import { html, nothing } from "lit/html.js";
import { newKey } from "../../lib/http.js";
import { alertsDialog } from "./alerts.js";
import { formatTime, t } from "../../lib/i18n.js";
import { ACTS } from "../acts.js";
import { consult, snooze } from "../together.js";
import { paletteDialog } from "./palette.js";
import { apiErrorText, errorOf, icon, person, segmentsLine } from "./parts.js";

const DIALOGS = {
  keys: keysDialog,
  palette: paletteDialog,
  alerts: alertsDialog,
  transfer: transferDialog,
  consult: consultDialog,
  snooze: snoozeDialog,
  end: endDialog,
  outbound: outboundDialog,
};

export function dialogView(desk) {
  const { dialog } = desk.ui;
  if (!dialog) return nothing;
  const content = DIALOGS[dialog.kind](desk, dialog);
  return html`<div class="overlay" @pointerdown=${(event) => event.target === event.currentTarget && desk.closeDialog()}>
    <div class="dialog" role="dialog" aria-modal="true" aria-labelledby="dialog-title" tabindex="-1"
      data-testid="dialog-${dialog.kind}">
      <div class="dialog__head">
        <h2 id="dialog-title">${content.title}</h2>
        <button type="button" class="btn btn-bare" aria-label=${t("close")} @click=${() => desk.closeDialog()}>${icon("close")}</button>
      </div>
      ${content.body}
    </div>
  </div>`;
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const KEYS = [
  [[IS_MAC ? "⌘ K" : "Ctrl K"], "keys.palette"],
  [["A"], "keys.accept"],
  [["R"], "keys.refuse"],
  [["J", "↓"], "keys.next"],
  [["K", "↑"], "keys.previous"],
  [["/"], "keys.quick"],
  ...ACTS.filter(({ key }) => key).map(({ key, cap, label }) => [[cap ?? key.toUpperCase()], label]),
  [["Esc"], "keys.leave"],
];

function keysDialog() {
  const rows = KEYS.map(
    ([caps, key]) => html`<div><dt>${caps.map((cap) => html`<kbd>${cap}</kbd> `)}</dt><dd>${t(key)}</dd></div>`,
  );
  return { title: t("keys.title"), body: html`<dl class="keys">${rows}</dl><p class="soft">${t("keys.note")}</p>` };
}

function endDialog(desk, { contact: contactId }) {
  const contact = desk.contact(contactId);
  if (!contact) return goneDialog(t("end.title"));
  const body = html`<p>${t("end.sure")} <strong>${person(contact)}</strong></p>
    <div class="dialog__buttons">
      <button type="button" class="btn btn-primary" data-first data-testid="end-confirm"
        @click=${() => desk.endContact(contact)}>${t("end.do")}</button>
      <button type="button" class="btn btn-bare" @click=${() => desk.closeDialog()}>${t("cancel")}</button>
    </div>`;
  return { title: t("end.title"), body };
}

function goneDialog(title) {
  return { title, body: html`<p>${t("dialog.gone")}</p>` };
}

function transferDialog(desk, dialog) {
  const contact = desk.contact(dialog.contact);
  if (!contact || contact.state !== "active") return goneDialog(t("transfer.title"));
  const { transfer_skills: skills, transfer_agents: agents } = desk.workspace;
  const choices = [
    ...skills.filter((name) => name !== contact.skill).map((name) => ({ value: `skill:${name}`, name, note: "" })),
    ...agents.map(({ username, name, state }) => ({ value: `agent:${username}`, name, note: t(`state.${state}`), state })),
  ];
  const shown = choices.filter(({ name, value }) => matches(dialog.filter ?? "", name, value));
  const body = html`<form class="transfer" @submit=${(event) => submitTransfer(event, desk, contact)}>
    <p class="soft">${t("transfer.about")}</p>
    <label class="visually-hidden" for="transfer-filter">${t("transfer.filter")}</label>
    <input class="form-control" id="transfer-filter" type="search" autocomplete="off" data-first placeholder=${t("transfer.filter")}
      @input=${(event) => desk.update({ dialog: { ...dialog, filter: event.target.value } })} />
    <div class="choices">
      ${choiceGroup(t("transfer.skills"), shown.filter(({ value }) => value.startsWith("skill:")))}
      ${choiceGroup(t("transfer.agents"), shown.filter(({ value }) => value.startsWith("agent:")))}
      ${shown.length === 0 ? html`<p class="soft">${t("transfer.nobody")}</p>` : nothing}
    </div>
    <label class="form-label" for="transfer-note">${t("transfer.note")}</label>
    <textarea class="form-control" id="transfer-note" name="note" rows="2" maxlength="1000" dir="auto" data-testid="transfer-note"></textarea>
    ${errorOf(desk, "transfer")}
    <div class="dialog__buttons">
      <button class="btn btn-primary" data-testid="transfer-confirm" ?disabled=${desk.ui.busy.has("transfer")}>${t("transfer.do")}</button>
      <button type="button" class="btn btn-bare" @click=${() => desk.closeDialog()}>${t("cancel")}</button>
    </div>
  </form>`;
  return { title: t("transfer.title"), body };
}

function matches(filter, ...texts) {
  const wanted = filter.trim().toLocaleLowerCase();
  return texts.some((text) => text.toLocaleLowerCase().includes(wanted));
}

function choiceGroup(title, choices) {
  if (choices.length === 0) return nothing;
  return html`<fieldset>
    <legend>${title}</legend>
    ${choices.map(
      ({ value, name, note, state }) => html`<label class="choice">
        <input type="radio" name="target" value=${value} required data-testid="transfer-target" />
        <span class="choice__name">${name}</span>
        ${note ? html`<span class="choice__note choice__note--${state}">${note}</span>` : nothing}
      </label>`,
    )}
  </fieldset>`;
}

function submitTransfer(event, desk, contact) {
  event.preventDefault();
  const form = new FormData(event.target);
  const [kind, ...rest] = form.get("target").split(":");
  const target = rest.join(":");
  const agent = kind === "agent" && desk.workspace.transfer_agents.find(({ username }) => username === target);
  desk.transfer(contact, { [kind]: target, note: form.get("note") }, agent ? agent.name : target);
}

function consultDialog(desk, dialog) {
  const contact = desk.contact(dialog.contact);
  if (!contact || contact.state !== "active") return goneDialog(t("consult.title"));
  const choices = desk.workspace.transfer_agents
    .map(({ username, name, state }) => ({ value: username, name, note: t(`state.${state}`), state }))
    .filter(({ name, value }) => matches(dialog.filter ?? "", name, value));
  const body = html`<form class="transfer" @submit=${(event) => submitConsultation(event, desk, contact)}>
    <p class="soft">${t("consult.about")}</p>
    <label class="visually-hidden" for="consult-filter">${t("consult.filter")}</label>
    <input class="form-control" id="consult-filter" type="search" autocomplete="off" data-first placeholder=${t("consult.filter")}
      @input=${(event) => desk.update({ dialog: { ...dialog, filter: event.target.value } })} />
    <div class="choices choices--short">
      ${choiceGroup(t("transfer.agents"), choices)}
      ${choices.length === 0 ? html`<p class="soft">${t("consult.nobody")}</p>` : nothing}
    </div>
    <label class="form-label" for="consult-text">${t("consult.question")}</label>
    <textarea class="form-control" id="consult-text" name="text" rows="2" maxlength="1000" required dir="auto" data-testid="consult-text"></textarea>
    ${errorOf(desk, "consult")}
    <div class="dialog__buttons">
      <button class="btn btn-primary" data-testid="consult-confirm" ?disabled=${desk.ui.busy.has("consult")}>${t("consult.do")}</button>
      <button type="button" class="btn btn-bare" @click=${() => desk.closeDialog()}>${t("cancel")}</button>
    </div>
  </form>`;
  return { title: t("consult.title"), body };
}

function submitConsultation(event, desk, contact) {
  event.preventDefault();
  const form = new FormData(event.target);
  const colleague = desk.workspace.transfer_agents.find(({ username }) => username === form.get("target"));
  if (colleague) consult(desk, contact, colleague, form.get("text"));
}

const SNOOZES = [
  ["snooze.15-minutes", (now) => new Date(now + 15 * 60_000)],
  ["snooze.1-hour", (now) => new Date(now + 60 * 60_000)],
  ["snooze.4-hours", (now) => new Date(now + 4 * 60 * 60_000)],
  ["snooze.tomorrow", tomorrowMorning],
];

function tomorrowMorning(now) {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 9);
}

function snoozeDialog(desk, dialog) {
  const contact = desk.contact(dialog.contact);
  if (!contact || contact.state !== "active") return goneDialog(t("snooze.title"));
  const now = desk.clock.now();
  const isBusy = desk.ui.busy.has("snooze");
  const choice = (label, until, isFirst = false) => html`<button type="button" class="btn btn-quiet snooze__choice"
    ?data-first=${isFirst} ?disabled=${isBusy} data-testid="snooze-choice" @click=${() => snooze(desk, contact, until)}>
    <span>${t(label)}</span>${until ? html`<span class="soft">${formatTime(until)}</span>` : nothing}
  </button>`;
  const body = html`<p class="soft">${t("snooze.about")}</p>
    <div class="snooze">
      ${choice("snooze.next-text", null, true)}
      ${SNOOZES.map(([label, at]) => choice(label, at(now)))}
    </div>
    <form class="snooze__own" @submit=${(event) => {
      event.preventDefault();
      snooze(desk, contact, new Date(new FormData(event.target).get("until")));
    }}>
      <label class="form-label" for="snooze-until">${t("snooze.until")}</label>
      <div class="snooze__row">
        <input class="form-control" id="snooze-until" name="until" type="datetime-local" required data-testid="snooze-until" />
        <button class="btn btn-primary" ?disabled=${isBusy}>${t("snooze.do")}</button>
      </div>
    </form>
    ${errorOf(desk, "snooze")}`;
  return { title: t("snooze.title"), body };
}

function outboundDialog(desk, dialog) {
  const isBusy = desk.ui.busy.has("outbound");
  const error = desk.ui.errors.get("outbound");
  const text = dialog.text ?? "";
  const body = html`<form class="outbound" @submit=${(event) => submitOutbound(event, desk, dialog)}>
    <label class="form-label" for="outbound-skill">${t("outbound.skill")}</label>
    <select class="form-select" id="outbound-skill" name="skill" data-testid="outbound-skill" required>
      ${desk.workspace.skills_out.map((name) => html`<option value=${name}>${name}</option>`)}
    </select>
    ${errorOf(desk, "outbound", "skill")}
    <label class="form-label" for="outbound-to">${t("outbound.to")}</label>
    <input class="form-control" id="outbound-to" name="to" type="tel" autocomplete="off" maxlength="64" required data-first
      data-testid="outbound-to" placeholder="+44 7700 900123" />
    ${errorOf(desk, "outbound", "to")}
    <label class="form-label" for="outbound-text">${t("outbound.text")}</label>
    <textarea class="form-control" id="outbound-text" name="text" rows="3" maxlength="1530" required dir="auto"
      data-testid="outbound-text" aria-describedby="outbound-segments"
      @input=${(event) => desk.update({ dialog: { ...dialog, text: event.target.value } })}></textarea>
    ${segmentsLine(text, "outbound-segments")} ${errorOf(desk, "outbound", "text")}
    ${error && Object.keys(error.fields).length === 0
      ? html`<div class="form-error" role="alert">${apiErrorText(error)}</div>`
      : nothing}
    <div class="dialog__buttons">
      <button class="btn btn-primary" data-testid="outbound-send" ?disabled=${isBusy}>${t("composer.send")}</button>
      <button type="button" class="btn btn-bare" @click=${() => desk.closeDialog()}>${t("cancel")}</button>
    </div>
  </form>`;
  return { title: t("outbound.title"), body };
}

function submitOutbound(event, desk, dialog) {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(event.target));
  // The same words to the same number are the same attempt, so that a second press after a lost answer counts once.
  const attempt = JSON.stringify(values);
  if (dialog.attempt !== attempt) Object.assign(dialog, { attempt, key: newKey() });
  desk.startContact({ ...values, text: values.text.normalize("NFC") }, dialog.key);
}
