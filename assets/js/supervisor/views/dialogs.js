// What opens above the pages: an agent, a message to agents, a whisper, handing over, a priority, closing.

import { html, nothing } from "lit/html.js";
import { keyed } from "lit/directives/keyed.js";
import { t } from "../../lib/i18n.js";
import { glyph } from "../../lib/glyphs.js";
import { loadAgentForm } from "../agent-form.js";
import { reasonWords, stateWords } from "./parts.js";

const DIALOGS = { agent: agentDialog, tell: tellDialog, whisper: whisperDialog, hand: handDialog, priority: priorityDialog, close: closeDialog };

const REASONS = ["Break", "Lunch", "Training", "Meeting", "Other"];

let shown = null;
let cameFrom = null;
let held = null;

/** Remember where the keyboard is: a drawing may take its element away. */
export function beforeDrawing() {
  held = document.activeElement;
}

/** A dialog calls the keyboard when it opens and gives it back when it closes. */
export function afterDrawing(desk, root) {
  const part = root.querySelector("[data-loads]");
  if (part) loadAgentForm(part, (id, values) => desk.saveAgent(id, values));
  const kind = desk.ui.dialog?.kind ?? null;
  if (kind === shown) return;
  if (shown === null) cameFrom = held;
  shown = kind;
  if (kind === null) {
    (cameFrom?.isConnected ? cameFrom : root).focus?.({ preventScroll: true });
    return;
  }
  const dialog = root.querySelector("[role='dialog']");
  (dialog.querySelector("[data-first]") ?? dialog).focus();
}

export function dialogView(desk) {
  const { dialog } = desk.ui;
  if (!dialog) return nothing;
  const content = DIALOGS[dialog.kind](desk, dialog);
  return html`<div class="overlay" @pointerdown=${(event) => event.target === event.currentTarget && desk.close()}>
    <div class="dialog" role="dialog" aria-modal="true" aria-labelledby="dialog-title" tabindex="-1" data-testid="dialog-${dialog.kind}"
      @keydown=${keepInside}>
      <div class="dialog__head">
        <h2 id="dialog-title">${content.title}</h2>
        <button type="button" class="btn btn-bare" aria-label=${t("close")} @click=${() => desk.close()}>${glyph("close")}</button>
      </div>
      ${content.body}
      ${desk.ui.error ? html`<div class="form-error" role="alert">${desk.ui.error}</div>` : nothing}
    </div>
  </div>`;
}

// Tab goes round inside the dialog.
function keepInside(event) {
  if (event.key !== "Tab") return;
  const stops = [...event.currentTarget.querySelectorAll("button, a[href], input, select, textarea")].filter(
    (element) => !element.disabled && element.offsetParent !== null,
  );
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === event.currentTarget)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

function buttons(desk, label, { isDanger = false } = {}) {
  return html`<div class="dialog__buttons">
    <button type="submit" class="btn ${isDanger ? "btn-danger-quiet" : "btn-primary"}" data-testid="dialog-do" ?disabled=${desk.ui.busy}>${label}</button>
    <button type="button" class="btn btn-quiet" @click=${() => desk.close()}>${t("cancel")}</button>
  </div>`;
}

function submitting(act) {
  return (event) => {
    event.preventDefault();
    act(new FormData(event.target));
  };
}

function agentDialog(desk, { agent: id }) {
  const agent = desk.agent(id);
  if (!agent) return { title: "", body: html`<p>${t("agents.none")}</p>` };
  const isAvailable = agent.status === "available";
  return {
    title: agent.name,
    body: html`
      <p data-testid="dialog-state">${stateWords(agent)}</p>
      <div class="dialog__buttons">
        ${isAvailable
          ? html`<form class="dialog__inline" @submit=${submitting((form) => desk.setState(id, "unavailable", form.get("reason")))}>
              <select class="form-select" name="reason" aria-label=${t("agent.reason")} data-first>
                ${REASONS.map((reason) => html`<option value=${reason}>${reasonWords(reason)}</option>`)}
              </select>
              <button type="submit" class="btn btn-quiet" data-testid="make-unavailable" ?disabled=${desk.ui.busy}>${t("agent.make-unavailable")}</button>
            </form>`
          : html`<button type="button" class="btn btn-quiet" data-first data-testid="make-available" ?disabled=${desk.ui.busy}
              @click=${() => desk.setState(id, "available")}>${t("agent.make-available")}</button>`}
        <button type="button" class="btn btn-quiet" @click=${() => desk.open("tell", { agent: agent.username, name: agent.name })}>${t("agent.tell")}</button>
      </div>
      <p class="soft dialog__note">${t("agent.requeue-sure")}</p>
      <button type="button" class="btn btn-danger-quiet" data-testid="requeue" ?disabled=${desk.ui.busy}
        @click=${() => desk.requeue(id)}>${t("agent.requeue")}</button>
      ${desk.config.may_edit_agents ? keyed(id, html`<div class="dialog__part" data-loads="/supervisor/agents/${id}/"></div>`) : nothing}
    `,
  };
}

function tellDialog(desk, { agent, name }) {
  const teams = desk.config.teams;
  return {
    title: t("board.tell"),
    body: html`<form @submit=${submitting((form) => desk.tell(audienceOf(form.get("to")), form.get("text")))}>
      <label class="form-label" for="tell-to">${t("tell.to")}</label>
      <select class="form-select" id="tell-to" name="to">
        ${agent ? html`<option value="agent:${agent}">${name}</option>` : nothing}
        <option value="everybody">${t("tell.everybody")}</option>
        ${teams.map((team) => html`<option value="team:${team}">${team}</option>`)}
      </select>
      <label class="form-label" for="tell-text">${t("tell.text")}</label>
      <textarea class="form-control" id="tell-text" name="text" rows="3" maxlength="1000" required data-first></textarea>
      ${buttons(desk, t("action.send"))}
    </form>`,
  };
}

function audienceOf(choice) {
  const [kind, ...rest] = choice.split(":");
  if (kind === "team") return { team: rest.join(":") };
  return kind === "agent" ? { agents: [rest.join(":")] } : { everybody: true };
}

function whisperDialog(desk, { contact }) {
  return {
    title: t("action.whisper"),
    body: html`<form @submit=${submitting((form) => desk.whisper(contact, form.get("text")))}>
      <label class="form-label" for="whisper-text">${t("whisper.label")}</label>
      <textarea class="form-control" id="whisper-text" name="text" rows="3" maxlength="1000" required data-first
        @input=${() => desk.company.typed()}></textarea>
      ${buttons(desk, t("action.whisper"))}
    </form>`,
  };
}

function handDialog(desk, { contact }) {
  const skills = desk.board.skills.filter((skill) => skill.direction === "inbound");
  return {
    title: t("action.hand"),
    body: html`<form @submit=${submitting((form) => desk.hand(contact, targetOf(form.get("target"))))}>
      <label class="form-label" for="hand-target">${t("hand.label")}</label>
      <select class="form-select" id="hand-target" name="target" required data-first>
        <option value="">${t("hand.choose")}</option>
        <optgroup label=${t("hand.skills")}>
          ${skills.map((skill) => html`<option value="skill:${skill.name}">${skill.name}</option>`)}
        </optgroup>
        <optgroup label=${t("hand.agents")}>
          ${desk.board.agents.map((agent) => html`<option value="agent:${agent.username}">${agent.name} · ${stateWords(agent)}</option>`)}
        </optgroup>
      </select>
      ${buttons(desk, t("action.hand"))}
    </form>`,
  };
}

function targetOf(choice) {
  const [kind, ...rest] = choice.split(":");
  return { [kind]: rest.join(":") };
}

function priorityDialog(desk, { contact, maximum }) {
  return {
    title: t("action.priority"),
    body: html`<form @submit=${submitting((form) => desk.move(contact, form.get("priority")))}>
      <label class="form-label" for="priority-value">${t("priority.label")}</label>
      <input class="form-control" id="priority-value" name="priority" type="number" min="0" max=${maximum} step="0.001" required data-first />
      ${buttons(desk, t("action.priority"))}
    </form>`,
  };
}

function closeDialog(desk, { contact }) {
  return {
    title: t("action.close"),
    body: html`<form @submit=${submitting(() => desk.end(contact))}>${buttons(desk, t("action.close"), { isDanger: true })}</form>`,
  };
}

export function toastsView(desk) {
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${desk.ui.toasts.map(
      (toast) => html`<div class="toast-line">
        <span>${toast.text}</span>
        <button type="button" class="btn btn-bare btn-small" aria-label=${t("close")} @click=${() => desk.dismiss(toast)}>${glyph("close")}</button>
      </div>`,
    )}
  </div>`;
}
