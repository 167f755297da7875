// The command palette: every act of the desk, every conversation, the states, and the quick replies, by typing a few
// letters of their name.

import { html, nothing } from "lit/html.js";
import { t } from "../../lib/i18n.js";
import { plainLine } from "../../lib/text.js";
import { ACTS } from "../acts.js";
import { folded } from "../quick.js";
import { orderedContacts } from "../selectors.js";
import { loadQuickReplies } from "../together.js";
import { useQuickReply } from "./composer.js";
import { reasonWords } from "./state.js";

const SHOWN = 40;

export function paletteDialog(desk, dialog) {
  const found = entriesFor(desk, dialog.words);
  const place = Math.min(dialog.place, Math.max(0, found.length - 1));
  const body = html`<div class="palette">
    <label class="visually-hidden" for="palette-words">${t("palette.search")}</label>
    <input class="form-control" id="palette-words" type="text" autocomplete="off" spellcheck="false" data-first
      data-testid="palette-words" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
      aria-activedescendant=${found.length > 0 ? `palette-${place}` : nothing} placeholder=${t("palette.search")}
      .value=${dialog.words}
      @input=${(event) => desk.update({ dialog: { ...dialog, words: event.target.value, place: 0 } })}
      @keydown=${(event) => steer(event, desk, dialog, found, place)} />
    <ul class="palette__list" id="palette-list" role="listbox" aria-label=${t("palette.title")} data-testid="palette-list">
      ${found.map((entry, number) => row(desk, entry, number, number === place))}
    </ul>
    ${found.length === 0 ? html`<p class="soft" role="status">${t("palette.nothing")}</p>` : nothing}
    <p class="soft tiny palette__keys">${t("palette.keys")}</p>
  </div>`;
  return { title: t("palette.title"), body };
}

function row(desk, entry, number, isActive) {
  return html`<li class="palette__row" id="palette-${number}" role="option" aria-selected=${String(isActive)}
    data-testid="palette-entry" @mousedown=${(event) => event.preventDefault()} @click=${() => choose(desk, entry)}>
    <span class="palette__kind">${entry.kind}</span>
    <bdi class="palette__title">${entry.title}</bdi>
    ${entry.key ? html`<kbd>${entry.key}</kbd>` : nothing}
  </li>`;
}

function steer(event, desk, dialog, found, place) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const next = (place + step + found.length) % Math.max(1, found.length);
    desk.update({ dialog: { ...dialog, place: next } });
    document.getElementById(`palette-${next}`)?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && found[place]) {
    event.preventDefault();
    choose(desk, found[place]);
  }
}

function choose(desk, entry) {
  desk.closeDialog();
  entry.run();
}

function entriesFor(desk, words) {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  return entries(desk)
    .filter(({ kind, title }) => {
      const text = folded(`${kind} ${title}`);
      return wanted.every((word) => text.includes(word));
    })
    .slice(0, SHOWN);
}

function entries(desk) {
  return [...acts(desk), ...conversations(desk), ...states(desk), ...quickReplies(desk)];
}

function acts(desk) {
  return ACTS.filter((act) => act.isPossible(desk)).map((act) => ({
    kind: t("palette.act"),
    title: t(act.label),
    key: act.key && (act.cap ?? act.key.toUpperCase()),
    run: () => act.run(desk),
  }));
}

function conversations(desk) {
  return [...orderedContacts(desk.workspace.contacts), ...desk.workspace.asides].map((contact) => ({
    kind: t("palette.open"),
    title: `${plainLine(contact.customer_name || contact.customer, 60)} · ${contact.skill}`,
    run: () => desk.select(contact.id),
  }));
}

function states(desk) {
  const { state, reason, reasons } = desk.workspace.state;
  const choices = [{ state: "available", reason: "", title: t("state.available") }].concat(
    reasons.map((name) => ({ state: "unavailable", reason: name, title: reasonWords(name) })),
  );
  return choices
    .filter((choice) => choice.state !== state || choice.reason !== reason)
    .map((choice) => ({
      kind: t("palette.state"),
      title: choice.title,
      run: () => desk.chooseState(choice.state, choice.reason),
    }));
}

function quickReplies(desk) {
  const contact = desk.selectedContact;
  if (contact?.state !== "active" || contact.opted_out) return [];
  const known = desk.ui.quickReplies.get(contact.id);
  if (!known && !desk.ui.busy.has(`quick:${contact.id}`) && !desk.ui.errors.has(`quick:${contact.id}`)) {
    queueMicrotask(() => loadQuickReplies(desk, contact));
  }
  return (known?.list ?? []).map((reply) => ({
    kind: t("palette.insert"),
    title: `/${reply.shortcut} · ${reply.name}`,
    run: () => useQuickReply(desk, contact, reply),
  }));
}
