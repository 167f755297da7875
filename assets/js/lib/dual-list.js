// Two lists side by side: what is available, and what is selected. Works by mouse, keyboard and screen reader.

import { html, nothing, render } from "lit/html.js";
import { repeat } from "lit/directives/repeat.js";
import { glyph } from "./glyphs.js";
import { plural, t } from "./i18n.js";
import { itemsOf, localSource, mark, markAll, movable, move, newDualList, reorder, step, takeFound } from "./dual-list-model.js";

const SEARCH_PAUSE_MS = 200;
const SIDES = ["available", "selected"];
let nextId = 1;

/**
 * Draws a dual list into `host` and keeps it.
 *
 * `source.search(query, offset)` resolves to `{ items, total }`; a source that finds everything at once ignores the
 * offset. `label` names the lists for screen readers, `ordered` adds moving up and down, `limit` bounds what may be
 * chosen. `onChange(items)` is told of every change; `errorText(error)` puts a refused search into words.
 */
export class DualList {
  constructor({ host, source, label, chosen = [], ordered = false, limit = Infinity, onChange = () => {}, errorText = String }) {
    Object.assign(this, { host, source, label, onChange, errorText });
    this.id = `dual-${nextId++}`;
    this.list = newDualList({ chosen, ordered, limit });
    this.spoken = "";
    this.error = "";
    this.isSearching = false;
    this.searches = 0;
    this.draw();
    this.search();
  }

  get chosen() {
    return this.list.chosen;
  }

  /** Put the focus where one begins: into the search. */
  focus() {
    this.host.querySelector("input").focus();
  }

  /** Take other items as chosen, as when the form is reset. */
  choose(items) {
    this.list = { ...this.list, chosen: items };
    this.draw();
    return this.search();
  }

  async search({ more = false } = {}) {
    const search = ++this.searches;
    this.isSearching = true;
    this.draw();
    try {
      const answer = await this.source.search(this.list.query, more ? this.list.found.length : 0);
      if (search !== this.searches) return; // Somebody typed on meanwhile.
      this.list = takeFound(this.list, answer, { more });
      this.error = "";
    } catch (error) {
      if (search !== this.searches) return;
      this.error = this.errorText(error);
    }
    this.isSearching = false;
    this.draw();
  }

  type(query) {
    this.list = { ...this.list, query };
    this.draw();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.search(), SEARCH_PAUSE_MS);
  }

  change(list, spoken = "") {
    const before = this.list.chosen;
    this.list = list;
    this.spoken = spoken;
    this.draw();
    if (before !== list.chosen) this.onChange(list.chosen);
  }

  move(side, values) {
    const before = this.list.chosen.length;
    const list = move(this.list, side, values);
    const count = Math.abs(list.chosen.length - before);
    const asked = values?.length ?? movable(this.list, side).length;
    const moved = side === "available" ? plural("dual.added", count) : plural("dual.removed", count);
    const refused = side === "available" && count < asked ? t("dual.limit", { limit: list.limit }) : "";
    this.error = refused;
    this.change(list, count > 0 ? moved : "");
  }

  reorder(by) {
    const list = reorder(this.list, by);
    const value = list.selected.active;
    const place = list.chosen.findIndex((item) => item.value === value);
    this.change(list, place < 0 ? "" : t("dual.moved", { name: list.chosen[place].label, place: place + 1 }));
  }

  onKey(event, side) {
    const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 10, PageUp: -10 }[event.key];
    if (by !== undefined && event.altKey && side === "selected" && this.list.ordered) this.reorder(Math.sign(by));
    else if (by !== undefined) this.change(step(this.list, side, by, { extend: event.shiftKey }));
    else if (event.key === "Enter") this.move(side);
    else if (event.key === " ") this.toggleActive(side);
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) this.change(markAll(this.list, side));
    else if (event.key === "Delete" && side === "selected") this.move(side);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.host.querySelector(`[data-side="${side}"] [data-active]`)?.scrollIntoView({ block: "nearest" });
  }

  toggleActive(side) {
    const { active } = this.list[side];
    if (active !== null) this.change(mark(this.list, side, active, { toggle: true }));
  }

  onClick(event, side, item) {
    const isPlus = event.target.closest("[data-move]");
    if (isPlus) this.move(side, [item.value]);
    else this.change(mark(this.list, side, item.value, { toggle: event.ctrlKey || event.metaKey, extend: event.shiftKey }));
  }

  onDoubleClick(event, side, item) {
    if (!event.target.closest("[data-move]")) this.move(side, [item.value]);
  }

  draw() {
    render(this.view(), this.host);
  }

  view() {
    return html`<div class="dual" role="group" aria-label=${this.label}>
      ${SIDES.map((side) => this.sideView(side))}
      <p class="dual__error form-error" role="alert" ?hidden=${!this.error}>${this.error}</p>
      <p class="visually-hidden" role="status">${this.spoken}</p>
    </div>`;
  }

  sideView(side) {
    const items = itemsOf(this.list, side);
    const id = `${this.id}-${side}`;
    return html`<div class="dual__side" data-side=${side}>
      <div class="dual__head">
        <span class="dual__title" id="${id}-title">${t(`dual.${side}`)}</span>
        <span class="dual__count soft mono">${this.countText(side, items)}</span>
      </div>
      ${side === "available" ? this.searchView() : this.orderView()}
      <ul class="dual__list" role="listbox" tabindex="0" aria-multiselectable="true" id=${id} aria-labelledby="${id}-title"
        aria-describedby="${this.id}-keys" aria-activedescendant=${this.activeId(side)} data-testid="dual-${side}"
        @keydown=${(event) => this.onKey(event, side)}
        @focus=${() => this.list[side].active === null && this.change(step(this.list, side, 1))}>
        ${repeat(items, (item) => item.value, (item, place) => this.itemView(side, item, place))}
      </ul>
      ${items.length === 0 ? html`<p class="dual__empty soft">${this.emptyText(side)}</p>` : nothing}
      ${side === "available" && this.list.found.length < this.list.total
        ? html`<button type="button" class="btn btn-bare btn-small" ?disabled=${this.isSearching}
            @click=${() => this.search({ more: true })}>${t("dual.more")}</button>`
        : nothing}
      ${this.moveView(side)}
      ${side === "available" ? html`<p class="visually-hidden" id="${this.id}-keys">${t("dual.keys")}</p>` : nothing}
    </div>`;
  }

  countText(side, items) {
    if (side === "selected") return String(items.length);
    return this.list.total > this.list.found.length ? t("dual.of", { shown: items.length, total: this.list.total }) : String(items.length);
  }

  emptyText(side) {
    if (side === "selected") return t("dual.none-selected");
    if (this.isSearching) return t("dual.searching");
    return this.list.query.trim() ? t("dual.none-found") : t("dual.none-available");
  }

  activeId(side) {
    const { active } = this.list[side];
    const place = itemsOf(this.list, side).findIndex((item) => item.value === active);
    return place < 0 ? nothing : `${this.id}-${side}-${place}`;
  }

  searchView() {
    return html`<input type="search" class="form-control dual__search" autocomplete="off" spellcheck="false" maxlength="100"
      aria-label=${t("dual.search")} placeholder=${t("dual.search")} aria-controls="${this.id}-available"
      data-testid="dual-search" .value=${this.list.query}
      @input=${(event) => this.type(event.target.value)}
      @keydown=${(event) => this.onSearchKey(event)} />`;
  }

  // Enter must not send the form that the list may stand in; down goes on to what was found.
  onSearchKey(event) {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      this.host.querySelector('[data-side="available"] [role="listbox"]').focus();
    }
  }

  orderView() {
    if (!this.list.ordered) return html`<span class="dual__gap" aria-hidden="true"></span>`;
    const disabled = movable(this.list, "selected").length === 0;
    return html`<div class="dual__order">
      <button type="button" class="btn btn-quiet btn-small" ?disabled=${disabled} @click=${() => this.reorder(-1)}>${glyph("up")} ${t("dual.up")}</button>
      <button type="button" class="btn btn-quiet btn-small" ?disabled=${disabled} @click=${() => this.reorder(1)}>${glyph("down")} ${t("dual.down")}</button>
    </div>`;
  }

  itemView(side, item, place) {
    const { marked, active } = this.list[side];
    return html`<li role="option" id="${this.id}-${side}-${place}" class="dual__item" aria-selected=${marked.has(item.value)}
      ?data-active=${active === item.value} data-value=${item.value}
      @click=${(event) => this.onClick(event, side, item)} @dblclick=${(event) => this.onDoubleClick(event, side, item)}>
      <span class="dual__label"><bdi>${item.label}</bdi>${item.detail ? html` <span class="dual__detail soft">${item.detail}</span>` : nothing}</span>
      <span class="dual__move" data-move aria-hidden="true">${glyph(side === "available" ? "plus" : "close")}</span>
    </li>`;
  }

  moveView(side) {
    const isAdding = side === "available";
    return html`<button type="button" class="btn btn-quiet btn-small dual__button" data-testid=${isAdding ? "dual-add" : "dual-remove"}
      ?disabled=${movable(this.list, side).length === 0} @click=${() => this.move(side)}>
      ${glyph(isAdding ? "plus" : "close")} ${t(isAdding ? "dual.add" : "dual.remove")}</button>`;
  }
}

/**
 * Puts a dual list in the place of a `<select multiple>`, which keeps the value and is submitted with its form.
 *
 * With `ordered`, the selected options stand first in the select, in their order, so that they are sent in it.
 * An option's `data-detail` is shown beside its text.
 */
export function enhanceSelect(select, { ordered = select.dataset.dualList === "ordered" } = {}) {
  const host = document.createElement("div");
  const label = select.labels?.[0];
  let isWriting = false;
  const list = new DualList({
    host,
    source: localSource(() => Array.from(select.options, itemOf)),
    label: label?.textContent.trim() || select.getAttribute("aria-label") || "",
    chosen: chosenIn(select),
    ordered,
    onChange: (chosen) => {
      isWriting = true;
      writeChosen(select, chosen, { ordered });
      isWriting = false;
    },
  });
  select.after(host);
  select.hidden = true;
  label?.addEventListener("click", (event) => {
    event.preventDefault();
    list.focus();
  });
  const readAgain = () => list.choose(chosenIn(select));
  select.form?.addEventListener("reset", () => setTimeout(readAgain));
  // Another script has added or chosen an option.
  select.addEventListener("change", () => isWriting || readAgain());
  return list;
}

function itemOf(option) {
  return { value: option.value, label: option.text, detail: option.dataset.detail ?? "" };
}

function chosenIn(select) {
  return Array.from(select.selectedOptions, itemOf);
}

function writeChosen(select, chosen, { ordered }) {
  const options = new Map(Array.from(select.options, (option) => [option.value, option]));
  const selected = chosen.map((item) => options.get(item.value));
  for (const option of options.values()) option.selected = selected.includes(option);
  if (ordered) select.prepend(...selected);
  select.dispatchEvent(new Event("change", { bubbles: true }));
}
