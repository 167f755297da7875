// The whole page: banners, state, list, conversation, side panel, and what lies above them.

import { html, nothing } from "lit/html.js";
import { t } from "../../lib/i18n.js";
import { dialogView } from "./dialogs.js";
import { listView } from "./list.js";
import { noticesView } from "./notices.js";
import { offersView } from "./offers.js";
import { panelView } from "./panel.js";
import { icon } from "./parts.js";
import { stateView } from "./state.js";
import { threadView } from "./thread.js";

export function deskView(desk) {
  if (desk.ui.fatal) return html`<p class="desk__loading notice notice--warn" role="alert">${desk.ui.fatal}</p>`;
  if (!desk.workspace.agent) {
    return html`${bannerView(desk)}
      <p class="desk__loading" role="status">${t("desk.loading")}</p>`;
  }
  const contact = desk.selectedContact;
  return html`
    <h1 class="visually-hidden">${t("desk.title")}</h1>
    ${bannerView(desk)} ${noticesView(desk)}
    <div class="desk__columns" data-pane=${desk.ui.pane} ?data-panel=${desk.ui.panelOpen}>
      <section class="desk__left" aria-label=${t("list.title")}>${stateView(desk)} ${listView(desk)}</section>
      <section class="desk__centre" aria-label=${t("thread.title")}>${threadView(desk, contact)}</section>
      ${contact && !contact.role ? panelView(desk, contact) : nothing}
    </div>
    ${offersView(desk)} ${dialogView(desk)} ${toastsView(desk)}
  `;
}

function bannerView(desk) {
  const { status } = desk.ui;
  if (status === "signed-out") {
    return html`<div class="banner banner--danger" role="alert">
      ${t("banner.signed-out")} <a href="/accounts/login/?next=/agent/">${t("banner.sign-in")}</a>
    </div>`;
  }
  if (status === "live" && desk.ui.isOutdated) return outdatedView();
  const words = { reconnecting: navigator.onLine ? t("banner.reconnecting") : t("banner.offline") }[status];
  return html`<div role="status">
    ${words ? html`<div class="banner" data-testid="connection-banner"><span class="banner__pulse"></span>${words}</div>` : nothing}
  </div>`;
}

// Never by itself: he may be in the middle of a sentence. What he has typed is kept.
function outdatedView() {
  return html`<div role="status">
    <div class="banner" data-testid="outdated">${t("banner.outdated")}
      <button type="button" class="btn btn-quiet btn-small" @click=${() => window.location.reload()}>${t("banner.reload")}</button>
    </div>
  </div>`;
}

function toastsView(desk) {
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${desk.ui.toasts.map(
      (toast) => html`<div class="toast-line toast-line--${toast.kind}">
        <span>${toast.text}</span>
        ${toast.action
          ? html`<button type="button" class="btn btn-small toast-line__action" data-testid="toast-action"
              @click=${() => {
                desk.dismiss(toast);
                toast.action.run();
              }}>${toast.action.label}</button>`
          : nothing}
        <button type="button" class="btn btn-bare btn-small" aria-label=${t("close")} @click=${() => desk.dismiss(toast)}>
          ${icon("close")}
        </button>
      </div>`,
    )}
  </div>`;
}
