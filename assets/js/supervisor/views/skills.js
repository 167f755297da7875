// A tile for each skill: what waits, what is answered, who can answer.

import { html, nothing } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { clockText, formatNumber, t } from "../../lib/i18n.js";
import { skillLevels } from "../levels.js";
import { levelMark } from "./parts.js";

export function skillsView(desk) {
  const skills = [...desk.board.skills].sort((a, b) => a.name.localeCompare(b.name, document.documentElement.lang));
  return html`<section aria-labelledby="skills-title">
    <h2 id="skills-title" class="visually-hidden">${t("skills.title")}</h2>
    ${skills.length === 0 ? html`<p class="soft">${t("skills.none")}</p>` : nothing}
    <ul class="tiles">
      ${repeat(skills, (skill) => skill.id, (skill) => tile(desk, skill))}
    </ul>
  </section>`;
}

function tile(desk, skill) {
  const levels = skillLevels(skill, desk.clock.now());
  const waiting = `${formatNumber(skill.waiting)}${skill.waiting_is_cut ? "+" : ""}`;
  return html`<li class="tile tile--${levels.tile}" data-testid="tile" data-skill=${skill.name} data-level=${levels.tile}>
    <div class="tile__head"><h3>${skill.name}</h3>${levelMark(levels.tile, { isWord: true })}</div>
    ${skill.direction === "outbound" ? nothing : mainView(skill, levels, waiting)}
    <dl class="tile__more">
      ${small(t("skill.in-offer"), offered(desk, skill), "offered")}
      ${small(t("skill.active"), formatNumber(skill.active), "active")}
      ${skill.after_contact_work ? small(t("skill.acw"), formatNumber(skill.after_contact_work), "acw") : nothing}
      ${small(t("skill.accepted"), formatNumber(skill.accepted), "accepted")}
      ${small(t("skill.abandoned"), formatNumber(skill.abandoned), "abandoned")}
    </dl>
    <p class="tile__staff" data-testid="staff">
      ${t("skill.agents", { free: skill.free, full: skill.full, away: skill.away })}
    </p>
  </li>`;
}

function mainView(skill, levels, waiting) {
  return html`<dl class="tile__main">
    ${figure(t("skill.waiting"), waiting, levels.waiting, "waiting")}
    ${figure(t("skill.longest"), levels.waited === null ? "–" : clockText(levels.waited), levels.wait, "longest")}
    ${figure(
      t("skill.level"),
      skill.service_level === null ? "–" : `${formatNumber(Math.round(skill.service_level))} %`,
      levels.service,
      "level",
      t("skill.goal", { goal: skill.level_limit }),
    )}
  </dl>`;
}

function figure(name, value, level, key, note = "") {
  return html`<div class="figure figure--${level}">
    <dt>${name}</dt>
    <dd class="mono"><span data-figure=${key}>${value}</span>${levelMark(level)}${note ? html`<span class="figure__note">${note}</span>` : nothing}</dd>
  </div>`;
}

function small(name, value, key) {
  return html`<div><dt>${name}</dt><dd class="mono" data-figure=${key}>${value}</dd></div>`;
}

// The countdown of the offer that runs out first.
function offered(desk, skill) {
  const number = formatNumber(skill.offered);
  if (!skill.offer_expires_at) return number;
  const left = clockText(Math.max(0, desk.clock.secondsUntil(skill.offer_expires_at)));
  return html`${number} <span class="soft">(${t("contacts.left", { time: left })})</span>`;
}
