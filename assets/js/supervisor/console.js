// What the pages of the console share: the line to the server, dialogs, and what a supervisor does.

import { apiErrorText } from "../lib/errors.js";
import { Company } from "../lib/company.js";
import { formatNumber, plural, t } from "../lib/i18n.js";
import { applyFrame, emptyBoard } from "./store.js";

const TOAST_MS = 7_000;

export class Console {
  constructor({ api, clock, config, onChange, onBoard = () => {} }) {
    Object.assign(this, { api, clock, config, onChange, onBoard });
    this.link = null;
    this.board = emptyBoard();
    this.contact = undefined;
    this.company = new Company({ say: (frame) => this.link?.say(frame) });
    this.ui = { status: "connecting", heardAt: null, dialog: null, busy: false, error: null, toasts: [], search: "" };
  }

  update(fields) {
    Object.assign(this.ui, fields);
    this.onChange();
  }

  // -- What the server says -------

  /** One frame of the socket; its outcome for the link. */
  takeFrame(frame) {
    this.ui.heardAt = this.clock.now();
    if (frame.type === "company") {
      this.company.hear(frame);
      this.onChange();
      return "applied";
    }
    if (frame.type === "contact") {
      if (frame.id === this.config.contact) this.contact = frame.data;
      this.onChange();
      return "applied";
    }
    const before = this.board;
    const { board, outcome } = applyFrame(this.board, frame);
    this.board = board;
    if (frame.type === "snapshot") {
      const now = this.clock.localNow();
      this.clock.sample(frame.data.server_time, now, now);
    }
    if (outcome === "applied") this.onBoard(before, board);
    this.onChange();
    return outcome;
  }

  /** The board, or the contact, over HTTP: for as long as the socket is away. */
  async poll() {
    const sentAt = this.clock.localNow();
    const path = this.config.contact
      ? `supervisor/contacts/${this.config.contact}`
      : `supervisor/board?unit=${this.config.unit}`;
    const data = await this.api.get(path);
    if (this.config.contact) {
      if (this.ui.status !== "live") this.contact = data;
    } else {
      this.clock.sample(data.server_time, sentAt, this.clock.localNow());
      if (this.ui.status !== "live") {
        const before = this.board;
        this.board = { ...emptyBoard(), ...data };
        this.onBoard(before, this.board);
      }
    }
    this.ui.heardAt = this.clock.now();
    this.onChange();
  }

  skill(id) {
    return this.board.skills.find((skill) => skill.id === id);
  }

  agent(id) {
    return this.board.agents.find((agent) => agent.id === id);
  }

  // -- Dialogs and words -------

  open(kind, fields = {}) {
    this.update({ dialog: { kind, ...fields }, error: null });
  }

  close() {
    this.company.rested();
    this.update({ dialog: null, error: null, busy: false });
  }

  toast(text) {
    const toast = { id: Symbol(text), text };
    this.update({ toasts: [...this.ui.toasts.slice(-2), toast] });
    setTimeout(() => this.dismiss(toast), TOAST_MS);
  }

  dismiss(toast) {
    this.update({ toasts: this.ui.toasts.filter((other) => other !== toast) });
  }

  /** One call; closes the dialog and says what was done, or shows why not. */
  async act(call, words) {
    if (this.ui.busy) return;
    this.update({ busy: true, error: null });
    try {
      const answer = await call();
      this.close();
      this.toast(typeof words === "function" ? words(answer) : words);
    } catch (error) {
      this.update({ busy: false, error: apiErrorText(error) });
      if (!this.ui.dialog) this.toast(apiErrorText(error));
    }
  }

  // -- What a supervisor does -------

  whisper(contactId, text) {
    return this.act(() => this.api.post(`supervisor/contacts/${contactId}/whisper`, { text }), t("action.whispered"));
  }

  takeOver(contactId) {
    return this.act(() => this.api.post(`supervisor/contacts/${contactId}/take-over`), t("action.taken"));
  }

  hand(contactId, target) {
    return this.act(() => this.api.post(`supervisor/contacts/${contactId}/hand`, target), t("action.handed"));
  }

  move(contactId, priority) {
    return this.act(
      () => this.api.post(`supervisor/contacts/${contactId}/move`, priority === null ? {} : { priority }),
      (answer) => t("action.moved", { priority: formatNumber(answer.priority) }),
    );
  }

  /** Put a waiting contact before or after another one of its skill. */
  moveBeside(contactId, place) {
    return this.act(
      () => this.api.post(`supervisor/contacts/${contactId}/move`, place),
      (answer) => t("action.moved", { priority: formatNumber(answer.priority) }),
    );
  }

  end(contactId) {
    return this.act(() => this.api.post(`supervisor/contacts/${contactId}/close`), t("action.closed"));
  }

  setState(agentId, state, reason = "") {
    return this.act(() => this.api.put(`supervisor/agents/${agentId}/state`, { state, reason }), t("agent.saved"));
  }

  requeue(agentId) {
    return this.act(
      () => this.api.post(`supervisor/agents/${agentId}/requeue`),
      (answer) => plural("agent.requeued", answer.contacts),
    );
  }

  tell(audience, text) {
    return this.act(
      () => this.api.post(`supervisor/messages?unit=${this.config.unit}`, { ...audience, text }),
      (answer) => plural("action.sent", answer.agents),
    );
  }

  saveAgent(agentId, values) {
    return this.act(() => this.api.patch(`agents/${agentId}`, values), t("agent.saved"));
  }
}
