// The section "Priority comparison" of the skill form: asks the API, shows its answer, stays in step with the form.

import { html, nothing, render } from "lit/html.js";
import { apiErrorText, showFieldError } from "../lib/errors.js";
import { ApiError, createApi, pageData } from "../lib/http.js";
import { formatNumber, setLanguage, t } from "../lib/i18n.js";
import { readTabJson, writeTabJson } from "../lib/storage.js";
import { eventsOf, linesOf, marksOf } from "./lines.js";
import { SkillPicker, skillSource } from "./picker.js";
import { errorsByInput, ownName, requestBody } from "./request.js";
import { SkillForm } from "./skill-form.js";
import { eventsView, inputsView, legendView, ownLabel, standingText, tableView, tooltipView } from "./views.js";

const REDRAW_PAUSE_MS = 250;
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };

const config = pageData("comparison-config");
setLanguage({ strings: pageData("comparison-words"), lang: document.documentElement.lang, preferred: navigator.languages });
const api = createApi({ base: config.api, csrfCookie: config.csrf_cookie });
const form = new SkillForm(config.skill);
const root = document.querySelector("[data-comparison]");

// A form that comes back with errors finds its comparison as it was left.
const STORE_KEY = `acd.comparison.${location.pathname}`;
const kept = readTabJson(STORE_KEY, {});

const state = {
  others: Array.isArray(kept.others) ? kept.others : [],
  elapsed: String(kept.elapsed ?? config.elapsed),
  interval: String(kept.interval ?? config.interval),
  isBusy: false,
  errors: [],
  fieldErrors: {},
  answer: null,
  lines: [],
  events: [],
  hasTies: false,
  span: 0,
  hidden: new Set(),
  isTable: false,
  at: null,
  spoken: "",
  get ownName() {
    return ownName(form.values().name, this.others, t("comparison.this-skill"));
  },
  get isUnsaved() {
    return form.isUnsaved;
  },
};
let asked = 0;
let pause = 0;
let chart = null; // The promise of one.
let drawn = null;

const actions = {
  pick: () => picker.open(state.others),
  remove(skill) {
    chooseOthers(state.others.filter((other) => other !== skill));
  },
  type(name, text) {
    state[name] = text;
    changed();
  },
  compare: () => compare({ isAsked: true }),
  compareOnEnter(event) {
    if (event.key !== "Enter") return;
    event.preventDefault(); // Enter would send the form of the skill.
    compare({ isAsked: true });
  },
  toggleLine(line) {
    if (!state.hidden.delete(line.name) && shownLines().length > 1) state.hidden.add(line.name);
    draw();
    drawChart();
  },
  emphasise(line, isOn) {
    const place = shownLines().indexOf(line);
    if (place >= 0) drawn?.emphasise(place, isOn);
  },
  toggleTable() {
    state.isTable = !state.isTable;
    draw();
    drawChart();
  },
  onChartKey(event) {
    const by = STEPS[event.key];
    if (event.key === "Escape") leaveChart();
    if (by === undefined) return;
    event.preventDefault();
    const last = state.answer.series[0].points.length - 1;
    state.at = state.at === null && by !== Infinity ? 0 : Math.min(last, Math.max(0, (state.at ?? 0) + by));
    draw();
    drawn?.point(minuteAt(state.at));
  },
};

const picker = new SkillPicker({
  host: document.body.appendChild(document.createElement("div")),
  source: skillSource(api, { unit: () => form.unit(config.business_unit), except: config.skill?.id }),
  limit: config.max_skills - 1,
  onDone: chooseOthers,
});

function chooseOthers(others) {
  state.others = others;
  changed();
}

/** Something of the input is new: keep it, and draw again once there is a drawing. */
function changed() {
  remember();
  draw();
  if (!state.answer && state.errors.length === 0 && Object.keys(state.fieldErrors).length === 0) return;
  clearTimeout(pause);
  pause = setTimeout(compare, REDRAW_PAUSE_MS);
}

function remember(isDrawn = state.answer !== null) {
  const { others, elapsed, interval } = state;
  writeTabJson(STORE_KEY, { others, elapsed, interval, isDrawn });
}

async function compare({ isAsked = false } = {}) {
  clearTimeout(pause);
  const turn = ++asked;
  const { others, elapsed, interval } = state;
  const body = requestBody({ own: form.values(), others, elapsed, interval, fallback: t("comparison.this-skill") });
  state.isBusy = true;
  draw();
  try {
    const answer = await api.post("skills/compare-priorities", body);
    if (turn === asked) take(answer, Number(body.elapsed_minutes));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (turn === asked) refuse(error, { isAsked });
  }
  if (turn !== asked) return; // A later question has replaced this one.
  state.isBusy = false;
  draw();
  drawChart();
}

function take(answer, span) {
  const labels = [ownLabel(state), ...answer.series.slice(1).map((one) => one.name)];
  Object.assign(state, {
    answer,
    span,
    lines: linesOf(answer.series, labels),
    events: eventsOf(answer),
    hasTies: answer.levels.some((level) => level.to_minute === null),
    at: null,
    errors: [],
  });
  state.hidden = new Set([...state.hidden].filter((name) => answer.series.some((one) => one.name === name)));
  state.spoken = t("comparison.done-spoken", { lines: answer.series.length, crossings: answer.crossings.length });
  showErrors({});
  remember();
}

function refuse(error, { isAsked }) {
  const errors = errorsByInput(error.fields);
  const isAnywhere = Object.keys(error.fields).length > 0;
  state.errors = isAnywhere ? errors.rest : [apiErrorText(error)];
  showErrors(errors);
  if (isAsked) firstWrong(errors)?.focus();
}

function showErrors({ elapsed_minutes: elapsed, interval_minutes: interval, ...own }) {
  state.fieldErrors = { ...(elapsed && { elapsed }), ...(interval && { interval }) };
  for (const name of ["name", "initial_priority", "acceleration", "max_priority"]) {
    const input = form.input(name);
    if (input) showFieldError(input, own[name] ?? "");
    else if (own[name]) state.errors.push(own[name]);
  }
}

function firstWrong(errors) {
  const own = ["initial_priority", "acceleration", "max_priority"].find((name) => errors[name]);
  if (own) return form.input(own);
  if (errors.elapsed_minutes) return document.getElementById("comparison-elapsed");
  return errors.interval_minutes ? document.getElementById("comparison-interval") : null;
}

const shownLines = () => state.lines.filter((line) => !state.hidden.has(line.name));
const minuteAt = (place) => state.answer.series[0].points[place].minute;

function leaveChart() {
  state.at = null;
  draw();
  drawn?.unpoint();
}

function draw() {
  render(html`${inputsView(state, actions)}${resultView()}<p class="visually-hidden" role="status">${state.spoken}</p>`, root);
}

function resultView() {
  if (!state.answer) return nothing;
  const isStale = state.errors.length > 0 || Object.keys(state.fieldErrors).length > 0;
  return html`<div class="comparison__result ${isStale ? "is-stale" : ""}" data-testid="comparison-result">
    <div class="comparison__bar">
      ${legendView(state, actions)}
      <button type="button" class="btn btn-quiet btn-small" data-testid="comparison-toggle" @click=${actions.toggleTable}>
        ${t(state.isTable ? "comparison.show-chart" : "comparison.show-table")}</button>
    </div>
    <div ?hidden=${state.isTable}>${chartHost()}</div>
    <div class=${state.isTable ? "comparison__scroll" : "visually-hidden"} tabindex=${state.isTable ? 0 : nothing}
      role="region" aria-label=${t("comparison.table")}>${tableView(state)}</div>
    <h3>${t("comparison.events")}</h3>
    ${eventsView(state)}
  </div>`;
}

// A slider over the marked points: the one role whose arrow keys every screen reader passes on.
function chartHost() {
  const at = state.at === null ? 0 : minuteAt(state.at);
  return html`<div class="comparison__chart" role="slider" tabindex="0" data-testid="comparison-chart"
    aria-label=${t("comparison.chart")} aria-valuemin="0" aria-valuemax=${state.span} aria-valuenow=${at}
    aria-valuetext=${standingText(shownLines(), at)} @keydown=${actions.onChartKey} @blur=${leaveChart}></div>`;
}

async function drawChart() {
  if (!state.answer || state.isTable) return;
  chart ??= newChart();
  try {
    await chart;
  } catch {
    chart = null; // Not fetched: the next Compare tries again; table and sentences are there without it.
    state.errors = [t("error.network")];
    draw();
    return;
  }
  const names = new Set(shownLines().map((line) => line.name));
  drawn.draw({ lines: shownLines(), marks: marksOf(state.answer.crossings, names), elapsed: state.span });
}

/** The chart's code is large: it is fetched when the first chart is drawn. */
async function newChart() {
  const { PriorityChart } = await import(root.dataset.chart);
  drawn = new PriorityChart(root.querySelector(".comparison__chart"), {
    tooltip: tooltipElement,
    words: { minutes: t("comparison.axis-minutes"), priority: t("comparison.axis-priority") },
    formatNumber,
  });
  return drawn;
}

function tooltipElement(minute) {
  const element = document.createElement("div");
  render(tooltipView(shownLines(), state.lines, minute), element);
  return element;
}

root.replaceChildren();
draw();
form.onChange(changed);
document.getElementById("id_business_unit")?.addEventListener("change", () => chooseOthers([]));
if (kept.isDrawn) compare();
