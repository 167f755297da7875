// The whole board, and the same as a wallboard that fills the screen.

import { html, nothing } from "lit/html.js";
import { formatTime, t } from "../../lib/i18n.js";
import { agentsView } from "./agents.js";
import { alertsView } from "./alerts.js";
import { contactsView } from "./contacts.js";
import { dialogView, toastsView } from "./dialogs.js";
import { skillsView } from "./skills.js";

export function boardView(desk) {
  if (desk.board.unit === null) {
    return html`${bannerView(desk)}<p class="desk__loading" role="status">${t("board.loading")}</p>`;
  }
  const isWall = document.fullscreenElement !== null;
  return html`
    ${bannerView(desk)}
    <div class="console__head">
      <h1>${t("board.title")} <span class="soft">${desk.board.unit.name}</span></h1>
      <div class="acd__tools">
        ${desk.config.may_intervene && !isWall
          ? html`<button type="button" class="btn btn-quiet" data-testid="tell" aria-haspopup="dialog" @click=${() => desk.open("tell")}>${t("board.tell")}</button>`
          : nothing}
        ${document.fullscreenEnabled
          ? html`<button type="button" class="btn btn-quiet" data-testid="wallboard" @click=${toggleWall}>
              ${isWall ? t("board.leave-full-screen") : t("board.full-screen")}
            </button>`
          : nothing}
      </div>
    </div>
    ${alertsView(desk)} ${skillsView(desk)}
    <div class="console__columns">${agentsView(desk)} ${contactsView(desk)}</div>
    ${dialogView(desk)} ${toastsView(desk)}
  `;
}

async function toggleWall() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.getElementById("main").requestFullscreen();
}

export function bannerView(desk) {
  const { status, heardAt } = desk.ui;
  if (status === "signed-out") {
    return html`<div class="banner banner--danger" role="alert">
      ${t("banner.signed-out")} <a href="/accounts/login/?next=/supervisor/">${t("banner.sign-in")}</a>
    </div>`;
  }
  const words =
    status === "reconnecting" && heardAt !== null ? t("banner.reconnecting", { time: formatTime(new Date(heardAt)) }) : "";
  return html`<div role="status">
    ${words ? html`<div class="banner" data-testid="connection-banner"><span class="banner__pulse"></span>${words}</div>` : nothing}
  </div>`;
}
