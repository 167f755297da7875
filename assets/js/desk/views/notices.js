// What a supervisor says: to the agent above everything, about a conversation inside it. Customers never see it.

import { html } from "lit/html.js";
import { formatTime, t } from "../../lib/i18n.js";
import { spokenText } from "./parts.js";

/** The words that are about no conversation that is open here. */
export function noticesView(desk) {
  return list(
    desk,
    desk.workspace.notices.filter((notice) => !desk.workspace.contacts.some((contact) => contact.id === notice.contact)),
  );
}

/** The whispers about one conversation. */
export function whispersView(desk, contact) {
  return list(desk, desk.workspace.notices.filter((notice) => notice.contact === contact.id));
}

function list(desk, notices) {
  return html`<div aria-live="polite" class="desk-notices">
    ${notices.map(
      (notice) => html`<div class="desk-notice" data-testid="notice" data-notice=${notice.id}>
        <div class="desk-notice__words">
          <strong>${t(notice.contact === null ? "notice.from" : "notice.whisper", { author: notice.author })}</strong>
          <time class="soft tiny" datetime=${notice.at}>${formatTime(new Date(notice.at))}</time>
          <p dir="auto">${spokenText(notice.text)}</p>
        </div>
        <button type="button" class="btn btn-quiet btn-small" data-testid="notice-read" @click=${() => desk.readNotice(notice)}>
          ${t("notice.read")}
        </button>
      </div>`,
    )}
  </div>`;
}
