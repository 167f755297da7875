// What the agent opens above the desk: the keyboard sheet, alerts, transfer, end, a new contact.

import { html, nothing } from "lit/html.js";
import { newKey } from "../../lib/http.js";
import { t } from "../../lib/i18n.js";
import { alertsDialog } from "./alerts.js";
import { apiErrorText, errorOf, icon, person, segmentsLine } from "./parts.js";

const DIALOGS = { keys: keysDialog, alerts: alertsDialog, transfer: transferDialog, end: endDialog, outbound: outboundDialog };

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

const KEYS = [
  [["A"], "keys.accept"],
  [["R"], "keys.refuse"],
  [["J", "↓"], "keys.next"],
  [["K", "↑"], "keys.previous"],
  [["Enter"], "keys.write"],
  [["E"], "keys.end"],
  [["T"], "keys.transfer"],
  [["N"], "keys.new"],
  [["?"], "keys.sheet"],
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
  const [kind, ...rest] = new FormData(event.target).get("target").split(":");
  const target = rest.join(":");
  const agent = kind === "agent" && desk.workspace.transfer_agents.find(({ username }) => username === target);
  desk.transfer(contact, { [kind]: target }, agent ? agent.name : target);
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
