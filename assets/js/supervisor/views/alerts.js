// What is beyond its threshold now.

import { html, nothing } from "lit/html.js";
import { clockText, formatNumber, t } from "../../lib/i18n.js";

const round = (number) => formatNumber(Math.round(number * 10) / 10);

export function alertWords({ kind, subject, value, threshold }) {
  const limit = kind === "oldest_wait" ? clockText(threshold) : round(threshold);
  return t(`alert.${kind}`, { subject, value: round(value), limit });
}

export function alertsView(desk) {
  const { alerts } = desk.board;
  return html`<section class="alerts" aria-labelledby="alerts-title">
    <div class="console__bar">
      <h2 id="alerts-title">${t("alerts.title")}</h2>
      ${permissionView(desk)}
    </div>
    <div aria-live="polite">
      ${alerts.length === 0
        ? html`<p class="soft alerts__none">${t("alerts.none")}</p>`
        : html`<ul class="alerts__list">
            ${alerts.map(
              (alert) => html`<li class="alerts__one" data-testid="alert" data-kind=${alert.kind}>
                <span class="level level--alarm" aria-hidden="true">▲</span> ${alertWords(alert)}
                <span class="soft mono" aria-hidden="true">· ${t("alerts.since", { time: clockText(desk.clock.secondsSince(alert.raised_at)) })}</span>
              </li>`,
            )}
          </ul>`}
    </div>
  </section>`;
}

function permissionView(desk) {
  switch (desk.notifier.permission) {
    case "default":
      return html`<button type="button" class="btn btn-quiet btn-small" @click=${async () => {
        await desk.notifier.askPermission();
        desk.onChange();
      }}>${t("alerts.allow")}</button>`;
    case "denied":
      return html`<span class="soft tiny">${t("alerts.denied")}</span>`;
    case "granted":
      return html`<span class="soft tiny">${t("alerts.on")}</span>`;
    default:
      return nothing;
  }
}
