// The name of a skill: its rule turns right or wrong while one types; the organisation's pattern is advice beside it.

import { html, nothing, render } from "lit/html.js";
import { describeBy } from "./lib/errors.js";
import { pageData } from "./lib/http.js";
import { setLanguage, t } from "./lib/i18n.js";
import { followsPattern, judgeName, normaliseName } from "./lib/name-rule.js";

const SPOKEN_PAUSE_MS = 700;
const SIGNS = { neutral: "•", ok: "✓", wrong: "✗", missed: "!" };

const config = pageData("skill-name-config");
setLanguage({ strings: pageData("skill-name-words"), lang: document.documentElement.lang, preferred: navigator.languages });

const input = document.getElementById("id_name");
if (input) watch(input);

function watch(field) {
  const host = ruleLine(field);
  const unit = document.getElementById("id_business_unit");
  const page = { hasLeft: false, spoken: "", pause: 0 };

  const draw = () => {
    const judged = judgeName(field.value, config);
    const state = shownState(judged, page.hasLeft);
    const pattern = config.advice[unit?.value || config.business_unit] ?? "";
    render(rulesView(judged, state, adviceOf(field.value, judged, pattern)), host);
    if (state === "wrong") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    speakLater(page, host, state);
  };
  field.addEventListener("input", draw);
  field.addEventListener("change", () => {
    page.hasLeft = true;
    field.value = normaliseName(field.value);
    draw();
  });
  unit?.addEventListener("change", draw);
  draw();
}

/** In the place of the field's help, which says the rule for those without scripts. */
function ruleLine(field) {
  const host = document.getElementById(`${field.id}_helptext`) ?? document.createElement("div");
  host.id = `${field.id}_helptext`;
  host.className = "name-rule";
  host.replaceChildren();
  if (!host.isConnected) field.after(host);
  describeBy(field, host.id);
  return host;
}

/** One character may become a name; left like that it is none. */
function shownState({ state }, hasLeft) {
  if (state === "short") return hasLeft ? "wrong" : "neutral";
  return state === "empty" ? "neutral" : state;
}

function adviceOf(typed, { state }, pattern) {
  if (!pattern) return null;
  const follows = state === "empty" ? null : followsPattern(typed, pattern);
  if (follows === null) return { state: "neutral", text: t("name.advice", { pattern }) };
  return follows ? { state: "ok", text: t("name.advice", { pattern }) } : { state: "missed", text: t("name.advice-missed", { pattern }) };
}

function rulesView({ count, foreign }, state, advice) {
  const limit = config.max_length;
  return html`
    ${lineView(state, config.sentence, html`<span class="mono">${t("name.count", { count, limit })}</span>`)}
    ${foreign.length > 0 ? lineView("wrong", t("name.characters", { characters: foreign.map(shown).join(" ") })) : nothing}
    ${advice ? lineView(advice.state, advice.text) : nothing}
    <span class="visually-hidden" role="status"></span>
  `;
}

function lineView(state, text, more = nothing) {
  return html`<div class="name-rule__line" data-state=${state} data-testid="name-rule">
    <span class="name-rule__sign" aria-hidden="true">${SIGNS[state]}</span><span>${text} ${more}</span>
  </div>`;
}

function shown(character) {
  return /\s/u.test(character) ? t("name.space") : character;
}

// Every key changes the count; a screen reader hears only that the verdict has changed, once typing pauses.
function speakLater(page, host, state) {
  if (page.state === undefined) page.state = state;
  if (page.state === state) return;
  page.state = state;
  clearTimeout(page.pause);
  page.pause = setTimeout(() => {
    const lines = [...host.querySelectorAll("[data-state=wrong], [data-state=missed]")];
    const words = lines.map((line) => line.lastElementChild.textContent.trim());
    host.querySelector("[role=status]").textContent = words.join(" ") || t("name.right");
  }, SPOKEN_PAUSE_MS);
}
