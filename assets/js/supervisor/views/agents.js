// Every agent: state and since when, load against limit, last sign of work.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, plural, t } from "../../lib/i18n.js";
import { agentsInOrder } from "../levels.js";
import { stateShape, stateWords } from "./parts.js";

const SHOWN = 200;

export function agentsView(desk) {
  const found = agentsInOrder(desk.board.agents, desk.ui.search, document.documentElement.lang);
  return html`<section aria-labelledby="agents-title" class="console__agents">
    <div class="console__bar">
      <h2 id="agents-title">${t("agents.title")}</h2>
      <input type="search" class="form-control console__search" aria-label=${t("agents.search")} placeholder=${t("agents.search")}
        .value=${desk.ui.search} @input=${(event) => desk.update({ search: event.target.value })} />
      <span class="soft tiny" role="status">${plural("agents.found", found.length)}</span>
    </div>
    ${found.length === 0
      ? html`<p class="list__empty">${t("agents.none")}</p>`
      : html`<div class="console__table" tabindex="0">
          <table class="table list__table">
            <thead>
              <tr>
                <th scope="col">${t("agents.title")}</th>
                <th scope="col">${t("agent.state")}</th>
                <th scope="col" class="numeric">${t("agent.since")}</th>
                <th scope="col">${t("agent.load")}</th>
                <th scope="col" class="numeric">${t("agent.activity")}</th>
                <th scope="col">${t("agent.team")}</th>
              </tr>
            </thead>
            <tbody>
              ${repeat(found.slice(0, SHOWN), (agent) => agent.id, (agent) => row(desk, agent))}
            </tbody>
          </table>
        </div>`}
  </section>`;
}

function row(desk, agent) {
  const name = desk.config.may_intervene
    ? html`<button type="button" class="btn-plain" data-testid="agent" aria-haspopup="dialog"
        @click=${() => desk.open("agent", { agent: agent.id })}>${agent.name}</button>`
    : agent.name;
  return html`<tr data-agent=${agent.username} data-status=${agent.status}>
    <th scope="row">${name}</th>
    <td class="console__state">${stateShape(agent)} <span data-testid="agent-state">${stateWords(agent)}</span></td>
    <td class="num"><span class="num">${clockText(desk.clock.secondsSince(agent.since))}</span></td>
    <td>
      <span class="load" aria-hidden="true">${slots(agent)}</span>
      <span class="mono" data-testid="agent-load">${agent.load}/${agent.limit}</span>
    </td>
    <td class="num"><span class="num">${clockText(desk.clock.secondsSince(agent.last_activity))}</span></td>
    <td>${agent.team ?? nothing}</td>
  </tr>`;
}

function slots(agent) {
  const number = Math.min(12, Math.max(agent.limit, agent.load));
  return Array.from(
    { length: number },
    (_slot, place) =>
      html`<span class="load__slot ${place < agent.load ? "load__slot--used" : ""} ${place >= agent.limit ? "load__slot--over" : ""}"></span>`,
  );
}
