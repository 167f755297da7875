// Where the agent writes: to the customer, or a note to his colleagues. What is typed is kept until it is sent.

import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { companyView } from "../../lib/company.js";
import { newKey } from "../../lib/http.js";
import { plural, t } from "../../lib/i18n.js";
import { countSegments, foreignCharacters, inDefaultAlphabet } from "../../lib/segments.js";
import { plainLine } from "../../lib/text.js";
import { askedFor, inserted, matching } from "../quick.js";
import { addNote, loadQuickReplies } from "../together.js";
import { errorOf, icon, segmentsLine, shownCharacter } from "./parts.js";

const MAX_TEXT = 1530;
const MAX_NOTE = 1000;

export function composerView(desk, contact) {
  const mode = desk.ui.modes.get(contact.id) ?? "reply";
  return html`<div class="composer ${mode === "note" ? "composer--note" : ""}">
    <div class="composer__modes" role="group" aria-label=${t("composer.mode")}>
      ${modeButton(desk, contact, mode, "reply")} ${modeButton(desk, contact, mode, "note")}
    </div>
    ${companyView(desk.company)} ${mode === "note" ? noteView(desk, contact) : replyView(desk, contact)}
  </div>`;
}

function modeButton(desk, contact, mode, name) {
  return html`<button type="button" class="composer__mode" aria-pressed=${String(mode === name)} data-testid="mode-${name}"
    @click=${() => desk.update({ modes: new Map([...desk.ui.modes, [contact.id, name]]), quick: null })}>
    ${name === "note" ? icon("lock") : nothing}${t(`composer.mode-${name}`)}
  </button>`;
}

// -- To the customer -------

function replyView(desk, contact) {
  const { text } = desk.drafts().get(contact.id);
  if (contact.opted_out) {
    return html`<div class="notice notice--warn" data-testid="opted-out">${t("composer.opted-out")}</div>
      ${text.trim() ? html`<p class="composer__kept" dir="auto">${text}</p>` : nothing}`;
  }
  const choices = quickChoices(desk, contact, text);
  return html`<form @submit=${(event) => submit(event, desk, contact)}>
    <label class="visually-hidden" for="composer-text">${t("composer.label")}</label>
    ${quickList(desk, contact, choices)}
    <textarea
      id="composer-text"
      class="form-control composer__text"
      data-testid="composer"
      rows="2"
      maxlength=${MAX_TEXT}
      dir="auto"
      placeholder=${t("composer.placeholder")}
      aria-describedby="composer-segments"
      aria-controls=${choices ? "quick-list" : nothing}
      aria-activedescendant=${choices?.found.length ? `quick-${choices.place}` : nothing}
      .value=${live(text)}
      @input=${(event) => typed(event, desk, contact)}
      @keydown=${(event) => onKey(event, desk, contact, choices)}
      @blur=${() => desk.drafts().flush(contact.id)}
    ></textarea>
    ${foreignView(desk, contact, text)}
    <div class="composer__foot">
      ${segmentsLine(text, "composer-segments", { namesCharacters: false, price: contact.segment_price ?? null })}
      <span class="soft tiny composer__hint">${t("composer.keys")}</span>
      <button class="btn btn-primary" data-testid="send" ?disabled=${text.trim() === ""}>${t("composer.send")}</button>
    </div>
  </form>`;
}

function typed(event, desk, contact) {
  const { value, selectionStart } = event.target;
  desk.drafts().change(contact.id, { text: value });
  if (value === "") desk.company.rested();
  else desk.company.typed();
  if (value === "") desk.ui.usedQuick.delete(contact.id);
  const asked = askedFor(value, selectionStart);
  if (asked) loadQuickReplies(desk, contact);
  desk.update({ quick: asked ? { contact: contact.id, caret: selectionStart, place: 0 } : null });
}

// Enter sends, Shift+Enter makes a new line; Enter that only closes an input method's list does neither.
function onKey(event, desk, contact, choices) {
  if (event.isComposing) return;
  if (choices && steerQuick(event, desk, contact, choices)) return;
  if (event.key === "Enter" && !event.shiftKey) submit(event, desk, contact);
}

function submit(event, desk, contact) {
  event.preventDefault();
  const { text } = desk.drafts().get(contact.id);
  if (text.trim() !== "") desk.sendText(contact.id, text.normalize("NFC"), newKey());
}

// -- Quick replies -------

function quickChoices(desk, contact, text) {
  const { quick } = desk.ui;
  if (quick?.contact !== contact.id) return null;
  const asked = askedFor(text, quick.caret);
  const known = desk.ui.quickReplies.get(contact.id);
  if (!asked || !known) return null;
  const found = matching(known.list, asked.word);
  return { found, place: Math.min(quick.place, Math.max(0, found.length - 1)), isEmpty: known.list.length === 0 };
}

function quickList(desk, contact, choices) {
  if (!choices) return nothing;
  const { found, place, isEmpty } = choices;
  return html`<div class="quick" data-testid="quick-replies">
    <ul id="quick-list" role="listbox" aria-label=${t("quick.title")}>
      ${found.map(
        (reply, number) => html`<li class="quick__row" id="quick-${number}" role="option" aria-selected=${String(number === place)}
          data-testid="quick-reply" @mousedown=${(event) => event.preventDefault()} @click=${() => useQuickReply(desk, contact, reply)}>
          <span class="quick__head">
            <span class="mono">/${reply.shortcut}</span> <strong><bdi>${plainLine(reply.name, 60)}</bdi></strong>
            ${reply.language ? html`<span class="chip">${reply.language.toUpperCase()}</span>` : nothing}
            <span class="soft tiny quick__cost">${plural("segments", countSegments(reply.text).segments)}</span>
          </span>
          <span class="quick__text"><bdi>${plainLine(reply.text, 140)}</bdi></span>
        </li>`,
      )}
    </ul>
    ${found.length === 0 ? html`<p class="soft tiny" role="status">${isEmpty ? t("quick.none") : t("quick.nothing")}</p>` : nothing}
  </div>`;
}

function steerQuick(event, desk, contact, { found, place }) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length > 0) {
    event.preventDefault();
    const next = (place + step + found.length) % found.length;
    desk.update({ quick: { ...desk.ui.quick, place: next } });
    document.getElementById(`quick-${next}`)?.scrollIntoView({ block: "nearest" });
    return true;
  }
  if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && found[place]) {
    event.preventDefault();
    useQuickReply(desk, contact, found[place]);
    return true;
  }
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    desk.update({ quick: null });
    return true;
  }
  return false;
}

/** Put a quick reply where the caret is; what asked for it goes. The agent may change it before he sends it. */
export function useQuickReply(desk, contact, reply) {
  const field = document.querySelector("[data-testid='composer']");
  const { text } = desk.drafts().get(contact.id);
  const at = field ? field.selectionStart : text.length;
  const next = inserted(text, at, reply);
  desk.drafts().change(contact.id, { text: next.text.slice(0, MAX_TEXT) });
  desk.ui.usedQuick.set(contact.id, reply.id);
  desk.update({ quick: null, modes: new Map([...desk.ui.modes, [contact.id, "reply"]]) });
  setTimeout(() => {
    const shown = document.querySelector("[data-testid='composer']");
    shown?.focus();
    shown?.setSelectionRange(next.caret, next.caret);
  });
}

// -- What makes a text dearer -------

function foreignView(desk, contact, text) {
  const foreign = foreignCharacters(text.normalize("NFC"));
  if (foreign.length === 0) return nothing;
  const simple = inDefaultAlphabet(text.normalize("NFC"));
  const now = countSegments(text.normalize("NFC")).segments;
  const then = countSegments(simple);
  const replace = (next) => {
    desk.drafts().change(contact.id, { text: next });
    desk.update({});
    document.querySelector("[data-testid='composer']")?.focus();
  };
  return html`<div class="foreign" data-testid="foreign">
    <span class="foreign__why">${t("foreign.why")}</span>
    ${foreign.map(({ character, replacement }) =>
      replacement === null
        ? html`<span class="foreign__one">${shownCharacter(character)}</span>`
        : html`<button type="button" class="foreign__one" data-testid="foreign-replace"
            aria-label=${t("foreign.replace", { character: shownCharacter(character), replacement: shownCharacter(replacement) })}
            @click=${() => replace(text.normalize("NFC").replaceAll(character, replacement))}
            ><mark>${shownCharacter(character)}</mark> → ${shownCharacter(replacement)}</button>`,
    )}
    ${foreign.some(({ replacement }) => replacement !== null)
      ? html`<button type="button" class="btn btn-quiet btn-small" data-testid="foreign-all" @click=${() => replace(simple)}>
          ${then.encoding === "gsm-7" && then.segments < now
            ? t("foreign.all-saves", { now, then: then.segments })
            : t("foreign.all")}
        </button>`
      : nothing}
  </div>`;
}

// -- To colleagues -------

/** The field for a note: in the composer, and below a contact that one only sees. */
export function noteView(desk, contact) {
  const { note } = desk.drafts().get(contact.id);
  const key = `note:${contact.id}`;
  const send = (event) => {
    event.preventDefault();
    addNote(desk, contact);
  };
  return html`<form class="note-form" @submit=${send}>
    <label class="visually-hidden" for="note-text">${t("note.label")}</label>
    <textarea id="note-text" class="form-control composer__text composer__text--note" data-testid="note-text" rows="2"
      maxlength=${MAX_NOTE} dir="auto" placeholder=${t("note.placeholder")} aria-describedby="note-about" .value=${live(note)}
      @input=${(event) => {
        desk.drafts().change(contact.id, { note: event.target.value });
        desk.company.typed();
        desk.update({});
      }}
      @keydown=${(event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
      }}></textarea>
    ${errorOf(desk, key)}
    <div class="composer__foot">
      <span class="soft tiny composer__about" id="note-about">${icon("lock")} ${t("note.about")}</span>
      <button class="btn btn-primary" data-testid="note-send" ?disabled=${note.trim() === "" || desk.ui.busy.has(key)}>
        ${t("note.send")}
      </button>
    </div>
  </form>`;
}
