// Sound and notifications: what rings, how loud, and whether the browser may tell of offers.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { formatNumber, t } from "../../lib/i18n.js";

const KINDS = ["offer", "reply", "alert"];

export function alertsDialog(desk) {
  const { isUnlocked, permission, muted, volume } = desk.ui.alerts;
  const { askPermission, setVolume } = desk.alertActions;
  const body = html`
    ${isUnlocked ? nothing : html`<p class="notice notice--warn">${t("alerts.locked")}</p>`}
    <div class="sounds" role="group" aria-label=${t("alerts.sounds")}>${KINDS.map((kind) => soundRow(desk, kind))}</div>
    <div class="sounds__volume">
      <label class="form-label" for="sound-volume">${t("alerts.volume")}</label>
      <input class="form-range" type="range" id="sound-volume" min="0" max="100" step="5" .value=${String(Math.round(volume * 100))}
        ?disabled=${muted} data-testid="sound-volume" aria-valuetext=${t("today.percent", { percent: formatNumber(Math.round(volume * 100)) })}
        @input=${(event) => setVolume(Number(event.target.value) / 100)} />
    </div>
    ${toggle(desk, "muted", muted)}
    <h3>${t("alerts.notifications")}</h3>
    <p class="soft">${t(`alerts.permission-${permission}`)}</p>
    ${permission === "default"
      ? html`<p><button type="button" class="btn btn-quiet" data-testid="allow-notifications" @click=${askPermission}>${t("alerts.allow")}</button></p>`
      : nothing}
    ${pushView(desk)}
  `;
  return { title: t("alerts.title"), body };
}

// On a device that he carries with him: what comes while no page is open.
function pushView(desk) {
  const { push } = desk.ui.alerts;
  if (!push) return nothing;
  return html`<div class="form-check form-switch">
      <input class="form-check-input" type="checkbox" role="switch" id="push-on" data-testid="push-on" .checked=${live(push.isOn)}
        aria-describedby="push-about" @change=${(event) => desk.alertActions.turnPush(event.target.checked)} />
      <label class="form-check-label" for="push-on">${t("push.on")}</label>
    </div>
    <p class="soft tiny" id="push-about">${t("push.about")}</p>
    ${push.failure ? html`<p class="form-error" role="alert">${t("push.failed")}</p>` : nothing}`;
}

function soundRow(desk, kind) {
  const label = t("alerts.play", { name: t(`alerts.${kind}`) });
  return html`<div class="sounds__row">
    ${toggle(desk, kind, desk.ui.alerts[kind])}
    <button type="button" class="btn btn-quiet btn-small" ?data-first=${kind === "offer"} data-testid=${kind === "offer" ? "sound-test" : `sound-test-${kind}`}
      aria-label=${label} @click=${() => desk.alertActions.testSound(kind)}>${t("alerts.test")}</button>
  </div>`;
}

function toggle(desk, name, isOn) {
  return html`<div class="form-check form-switch">
    <input class="form-check-input" type="checkbox" role="switch" id="sound-${name}" .checked=${isOn}
      @change=${() => desk.alertActions.toggleSound(name)} />
    <label class="form-check-label" for="sound-${name}">${t(`alerts.${name}`)}</label>
  </div>`;
}
