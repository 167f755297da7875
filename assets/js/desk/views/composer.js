// Where the agent writes. What is typed is kept per contact until it is sent.

import { html } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { newKey } from "../../lib/http.js";
import { t } from "../../lib/i18n.js";
import { segmentsLine } from "./parts.js";

const MAX_TEXT = 1530;

export function composerView(desk, contact) {
  const { text } = desk.drafts().get(contact.id);
  if (contact.opted_out) {
    return html`<div class="composer"><div class="notice notice--warn" data-testid="opted-out">${t("composer.opted-out")}</div></div>`;
  }
  return html`<form class="composer" @submit=${(event) => submit(event, desk, contact)}>
    <label class="visually-hidden" for="composer-text">${t("composer.label")}</label>
    <textarea
      id="composer-text"
      class="form-control composer__text"
      data-testid="composer"
      rows="2"
      maxlength=${MAX_TEXT}
      dir="auto"
      placeholder=${t("composer.placeholder")}
      aria-describedby="composer-segments"
      .value=${live(text)}
      @input=${(event) => keepDraft(event, desk, contact)}
      @keydown=${(event) => sendOnEnter(event, desk, contact)}
    ></textarea>
    <div class="composer__foot">
      ${segmentsLine(text, "composer-segments")}
      <span class="soft tiny composer__hint">${t("composer.keys")}</span>
      <button class="btn btn-primary" data-testid="send" ?disabled=${text.trim() === ""}>${t("composer.send")}</button>
    </div>
  </form>`;
}

function keepDraft(event, desk, contact) {
  desk.drafts().change(contact.id, { text: event.target.value });
  desk.update({});
}

// Enter sends, Shift+Enter makes a new line; Enter that only closes an input method's list does neither.
function sendOnEnter(event, desk, contact) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  submit(event, desk, contact);
}

function submit(event, desk, contact) {
  event.preventDefault();
  const { text } = desk.drafts().get(contact.id);
  if (text.trim() !== "") desk.sendText(contact.id, text.normalize("NFC"), newKey());
}
