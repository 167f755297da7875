// The dialog in which skills are moved to "Selected". The skills come from the API, a page at a time.

import { html, render } from "lit/html.js";
import { DualList } from "../lib/dual-list.js";
import { apiErrorText } from "../lib/errors.js";
import { t } from "../lib/i18n.js";

const PAGE = 50;

/** A source for a dual list: the active skills of a business unit, found on the server; `except` is left out. */
export function skillSource(api, { unit, except }) {
  return {
    async search(query, offset) {
      const wanted = new URLSearchParams({ fields: "id,name,direction,campaign", is_active: "true", ordering: "name", limit: PAGE, offset });
      if (query.trim()) wanted.set("search", query.trim());
      if (unit()) wanted.set("business_unit", unit());
      const { results, count } = await api.get(`skills?${wanted}`);
      const others = results.filter((skill) => skill.id !== except);
      return { items: others.map(itemOf), total: count - (results.length - others.length) };
    },
  };
}

function itemOf({ id, name, direction, campaign }) {
  return { value: String(id), label: name, detail: `${t(`direction.${direction}`)} · ${campaign}` };
}

/** A dialog over `source`; `open(chosen)` shows it, `onDone(chosen)` is told what was selected. */
export class SkillPicker {
  constructor({ host, source, limit, onDone }) {
    Object.assign(this, { source, limit, onDone });
    render(this.view(), host);
    this.dialog = host.querySelector("dialog");
  }

  open(chosen) {
    const host = document.createElement("div");
    this.dialog.querySelector("[data-list]").replaceChildren(host);
    this.list = new DualList({
      host,
      source: this.source,
      label: t("comparison.skills"),
      chosen,
      limit: this.limit,
      errorText: apiErrorText,
    });
    this.dialog.showModal();
    this.list.focus();
  }

  done() {
    this.onDone(this.list.chosen);
    this.dialog.close();
  }

  view() {
    return html`<dialog class="picker" aria-labelledby="picker-title" data-testid="comparison-picker">
      <div class="picker__head">
        <h2 id="picker-title">${t("comparison.skills")}</h2>
        <p class="soft">${t("comparison.picker-about")}</p>
      </div>
      <div data-list></div>
      <div class="picker__foot">
        <button type="button" class="btn btn-bare" @click=${() => this.dialog.close()}>${t("comparison.cancel")}</button>
        <button type="button" class="btn btn-primary" data-testid="comparison-done" @click=${() => this.done()}>${t("comparison.done")}</button>
      </div>
    </dialog>`;
  }
}
