// The desk between the server, the views and the agent: holds what is shown, and renders after every change.

import { ApiError } from "../lib/http.js";
import { Company } from "../lib/company.js";
import { t } from "../lib/i18n.js";
import { addMessage, applyFrame, emptyWorkspace, fromSnapshot, markRead, withoutNotice } from "./store.js";
import { keyOfSendingAgain, neighbour } from "./selectors.js";
import { farewell, takeBack } from "./together.js";

const TOAST_MS = 6_000;
const UNDO_MS = 10_000;
const PUSH_GRACE_MS = 1_500;

export class Desk {
  constructor({ api, clock, config, drafts, seen, onChange, onWorkspace }) {
    Object.assign(this, { api, clock, config, drafts, seen, onChange, onWorkspace });
    this.link = null;
    this.tabs = null;
    this.company = new Company({ say: (frame) => this.link?.say(frame) });
    this.workspace = emptyWorkspace();
    this.ui = {
      status: "connecting",
      fatal: "",
      selected: null,
      pane: "list",
      panelOpen: false,
      dialog: null,
      busy: new Set(),
      errors: new Map(),
      toasts: [],
      pending: [],
      settledOffers: new Set(),
      ended: null,
      justEnded: null,
      closedPops: new Set(),
      isLeader: false,
      alerts: {},
      today: null,
      isOutdated: false,
      modes: new Map(),
      noteKeys: new Map(),
      quickReplies: new Map(),
      quick: null,
      usedQuick: new Map(),
      history: new Map(),
    };
  }

  // -- What is shown -------

  update(fields) {
    Object.assign(this.ui, fields);
    this.onChange();
  }

  setWorkspace(next, { isComplete = false } = {}) {
    const before = this.workspace;
    this.workspace = next.agent ? { ...next, asides: this.seen(next.agent).counted(next.asides) } : next;
    this.ui.settledOffers = new Set(
      [...this.ui.settledOffers].filter((id) => next.offers.some((offer) => offer.id === id)),
    );
    this.#forgetSentTexts();
    if (isComplete) {
      this.drafts()?.keepOnly(this.#keptContacts());
      this.drafts()?.adopt(this.#activeContacts(), next.drafts);
    }
    if (this.ui.selected !== null && !this.selectedContact) {
      Object.assign(this.ui, { selected: null, pane: "list", panelOpen: false });
    }
    this.onWorkspace(before, this.workspace);
    this.onChange();
  }

  #keptContacts() {
    const ids = [...this.workspace.contacts, ...this.workspace.asides].map((contact) => contact.id);
    return this.ui.ended ? [...ids, this.ui.ended.id] : ids;
  }

  #activeContacts() {
    return this.workspace.contacts.filter(({ state }) => state === "active").map(({ id }) => id);
  }

  // The bubble "being sent" goes when the server's own message is there.
  #forgetSentTexts() {
    const known = new Set(this.workspace.contacts.flatMap((contact) => contact.messages.map(({ id }) => id)));
    this.ui.pending = this.ui.pending.filter((text) => !known.has(text.messageId));
  }

  contact(id) {
    if (this.ui.ended?.id === id) return this.ui.ended;
    const withId = (contact) => contact.id === id;
    return this.workspace.contacts.find(withId) ?? this.workspace.asides.find(withId) ?? null;
  }

  get selectedContact() {
    return this.contact(this.ui.selected);
  }

  /** The offers to show, the one that runs out first at the top. */
  get offers() {
    return this.workspace.offers
      .filter((offer) => !this.ui.settledOffers.has(offer.id))
      .sort((a, b) => Date.parse(a.expires_at) - Date.parse(b.expires_at));
  }

  /** Every offer and every contact, in after-contact work too, takes one session. */
  get load() {
    return this.workspace.offers.length + this.workspace.contacts.length;
  }

  /** `action` is `{label, run}`: what can be done about it while it is shown. */
  toast(text, kind = "info", action = null) {
    const toast = { id: Symbol(text), text, kind, action };
    this.update({ toasts: [...this.ui.toasts.slice(-2), toast] });
    setTimeout(() => this.dismiss(toast), action ? UNDO_MS : TOAST_MS);
  }

  dismiss(toast) {
    this.update({ toasts: this.ui.toasts.filter((other) => other !== toast) });
  }

  select(contactId, { pane = "thread" } = {}) {
    this.update({ selected: contactId, pane, panelOpen: false, quick: null });
    this.readSelected();
  }

  move(step) {
    const next = neighbour(this.workspace.contacts, this.ui.selected, step);
    if (next) this.select(next.id);
  }

  openDialog(kind, fields = {}) {
    this.ui.errors.clear();
    this.update({ dialog: { kind, ...fields } });
  }

  // -- Screen pops -------

  closePop(pop) {
    this.update({ closedPops: new Set([...this.ui.closedPops, pop.id]) });
  }

  reopenPop(pop) {
    this.update({ closedPops: new Set([...this.ui.closedPops].filter((id) => id !== pop.id)) });
  }

  /** New screen pops have come: show them, and open the address of those that say so. */
  showPops(pops) {
    if (pops.some(({ contact }) => contact === this.ui.selected)) this.ui.panelOpen = true;
    if (!this.ui.isLeader) return;
    for (const { pop } of pops) {
      if (pop.opens && pop.url) window.open(pop.url, "_blank", "noopener,noreferrer");
    }
  }

  async answerPop(contact, pop, values) {
    const key = `pop:${pop.id}`;
    const answer = await this.attempt(key, () =>
      this.api.put(`contacts/${contact.id}/screen-pops/${pop.id}`, { values }),
    );
    if (!answer) return;
    this.expectPush();
    this.toast(t("pop.saved"));
  }

  closeDialog() {
    this.update({ dialog: null });
  }

  // -- What the server says -------

  #asked = 0;
  #taken = 0;

  /** Fetch and take the whole workspace over HTTP. */
  async poll() {
    const number = ++this.#asked;
    const sentAt = this.clock.localNow();
    const snapshot = await this.#fetchWorkspace();
    this.clock.sample(snapshot.server_time, sentAt, this.clock.localNow());
    // While the socket is live it knows more than an answer that was on its way. Else an answer that was asked
    // before the last that was taken counts only by a higher number: what is not in the older would be closed,
    // and its draft forgotten.
    if (this.ui.status !== "live" && (number > this.#taken || snapshot.seq > this.workspace.seq)) {
      this.#answered(fromSnapshot(snapshot), { isComplete: true });
    }
    return snapshot;
  }

  /** Take what the server has said just now: answers that are still on their way know less. */
  #answered(next, { isComplete = false } = {}) {
    this.#taken = this.#asked;
    this.setWorkspace(next, { isComplete });
  }

  async #fetchWorkspace() {
    try {
      return await this.api.get(this.config.workspace_url);
    } catch (error) {
      if (error.status === 403 && !error.isSignedOut) this.update({ fatal: error.message });
      throw error;
    }
  }

  takeFrame(frame) {
    if (frame.type === "company") {
      this.company.hear(frame);
      this.update({});
      return "applied";
    }
    if (frame.type === "snapshot") {
      this.company.lookAgain();
      const now = this.clock.localNow();
      this.clock.sample(frame.data.server_time, now - 1_000, now);
    }
    const { workspace, outcome } = applyFrame(this.workspace, frame);
    if (frame.type === "aside.removed" && outcome === "applied") this.#sayFarewell(frame.data);
    if (outcome === "applied") this.#answered(workspace, { isComplete: frame.type === "snapshot" });
    return outcome;
  }

  #sayFarewell(data) {
    const words = farewell(data, this.workspace.asides.find(({ id }) => id === data.id));
    if (words && this.ui.isLeader) this.toast(words);
  }

  /** Something was changed here: its push should come soon; if none does, ask for everything. */
  expectPush() {
    const seq = this.workspace.seq;
    setTimeout(() => {
      if (this.workspace.seq === seq) this.link.resync();
    }, this.ui.status === "live" ? PUSH_GRACE_MS : 0);
  }

  // -- What the agent does -------

  /**
   * Run `action` once at a time under `key`; show what the API says against it as the error of `key`.
   * Returns its result, or null when it failed.
   */
  async attempt(key, action) {
    if (this.ui.busy.has(key)) return null;
    this.ui.busy.add(key);
    this.ui.errors.delete(key);
    this.update({});
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#explain(key, error);
      return null;
    } finally {
      this.ui.busy.delete(key);
      this.update({});
    }
  }

  #explain(key, error) {
    if (error.isSignedOut) this.link.stop();
    else if (error.code === "offer_gone" || error.status === 404 || error.code === "contact_over") this.link.resync();
    this.ui.errors.set(key, error);
  }

  async acceptOffer(offer) {
    const key = `offer:${offer.id}`;
    const answer = await this.attempt(key, () => this.api.post(`offers/${offer.id}/accept`));
    if (!answer) {
      this.#offerFailed(offer, key);
      return;
    }
    this.ui.settledOffers.add(offer.id);
    this.#selectWhenAssigned = offer.contact;
    this.tabs?.say({ type: "offer-settled", id: offer.id });
    this.expectPush();
    this.openAssigned();
  }

  async refuseOffer(offer) {
    const key = `offer:${offer.id}`;
    const answer = await this.attempt(key, () => this.api.post(`offers/${offer.id}/refuse`));
    if (!answer) {
      this.#offerFailed(offer, key);
      return;
    }
    this.ui.settledOffers.add(offer.id);
    this.tabs?.say({ type: "offer-settled", id: offer.id });
    this.expectPush();
    this.update({});
  }

  #selectWhenAssigned = null;

  #offerFailed(offer, key) {
    const error = this.ui.errors.get(key);
    if (!error || (error.code !== "offer_gone" && error.status !== 404)) return;
    this.ui.errors.delete(key);
    this.ui.settledOffers.add(offer.id);
    this.toast(t("offer.gone"));
  }

  /** Open the contact whose offer was accepted in this tab, once it is there. */
  openAssigned() {
    const id = this.#selectWhenAssigned;
    // What he has handed on he still sees, until the push that it is his again: it would be lost from sight then.
    if (!this.workspace.contacts.some((contact) => contact.id === id)) return;
    this.#selectWhenAssigned = null;
    this.select(id);
  }

  /** Open a contact once it is there. */
  openWhenAssigned(contactId) {
    this.#selectWhenAssigned = contactId;
    this.openAssigned();
  }

  /** Send what is in the composer. The key makes a retry after a lost answer count once. */
  sendText(contactId, text, idempotencyKey) {
    const quickReply = this.ui.usedQuick.get(contactId) ?? null;
    this.ui.usedQuick.delete(contactId);
    this.ui.quick = null;
    this.drafts().sent(contactId);
    this.company.rested();
    return this.#send({ key: idempotencyKey, contact: contactId, text, quickReply });
  }

  /** Send the text of a message that failed once more, however often it is asked for; the composer stays as it is. */
  async sendAgain(contactId, message) {
    const key = keyOfSendingAgain(message);
    if (this.ui.pending.some((text) => text.key === key)) return;
    await this.#send({ key, contact: contactId, text: message.text, quickReply: null });
  }

  #send(fields) {
    const pending = { ...fields, status: "sending", error: null, messageId: null };
    this.update({ pending: [...this.ui.pending, pending] });
    return this.#deliver(pending);
  }

  retryText(pending) {
    pending.status = "sending";
    return this.#deliver(pending);
  }

  discardText(pending) {
    this.update({ pending: this.ui.pending.filter((other) => other !== pending) });
  }

  async #deliver(pending) {
    const { contact, text, key, quickReply } = pending;
    const body = quickReply === null ? { text } : { text, quick_reply: quickReply };
    try {
      const message = await this.api.post(`contacts/${contact}/messages`, body, { idempotencyKey: key });
      pending.messageId = message.id;
      this.#answered(addMessage(this.workspace, contact, message));
      this.expectPush();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      pending.status = error.status === 0 || error.status >= 500 ? "unsure" : "failed";
      pending.error = error;
      this.drafts().unsent(contact);
      if (error.isSignedOut) this.link.stop();
      this.update({});
    }
  }

  async chooseState(state, reason) {
    await this.#changeState(() => this.api.put("me/state", { state, reason }));
  }

  /** He becomes unavailable for `reason` once nothing is before him any more. */
  async leaveLater(reason) {
    await this.#changeState(() => this.api.put("me/next-state", { reason }));
  }

  async stay() {
    await this.#changeState(() => this.api.delete("me/next-state"));
  }

  async #changeState(change) {
    const answer = await this.attempt("state", change);
    if (!answer) return;
    this.#answered({ ...this.workspace, state: answer });
    this.expectPush();
  }

  /** His figures of the day; what the server cannot tell now stays as it was. */
  async loadToday() {
    const today = await this.attempt("today", () => this.api.get("me/today"));
    if (today) this.update({ today });
  }

  async extendAfterWork(contact) {
    const longer = await this.attempt(`outcome:${contact.id}`, () => this.api.post(`contacts/${contact.id}/extend`));
    if (!longer) return;
    const contacts = this.workspace.contacts.map((known) => (known.id === longer.id ? { ...known, ...longer } : known));
    this.#answered({ ...this.workspace, contacts });
    this.expectPush();
  }

  async endContact(contact) {
    const key = `end:${contact.id}`;
    const saved = await this.#saveOutcomeBeforeEnd(contact);
    if (!saved) return;
    const ended = await this.attempt(key, () => this.api.post(`contacts/${contact.id}/end`));
    if (!ended) return;
    this.ui.justEnded = contact.id;
    this.closeDialog();
    const canStillTell = ended.dispositions.length + ended.available_tags.length > 0 && ended.disposition === null;
    if (ended.state === "closed") {
      // The server has closed it; the outcome may still be told, so the form stays until saved or skipped.
      if (canStillTell && !this.hasOutcomeDraft(contact.id)) this.ui.ended = ended;
      this.toast(t("contact.ended", { name: contact.customer_name || contact.customer }));
    }
    this.expectPush();
  }

  hasOutcomeDraft(contactId) {
    const { notes, tags, disposition } = this.drafts().get(contactId);
    return notes !== null || tags !== null || disposition !== null;
  }

  // What was noted during the conversation is kept even when the contact closes at once.
  async #saveOutcomeBeforeEnd(contact) {
    if (!this.hasOutcomeDraft(contact.id)) return true;
    const outcome = this.outcomeOf(contact);
    if (contact.require_disposition && !outcome.disposition) return true;
    const key = `end:${contact.id}`;
    return (await this.attempt(key, () => this.api.post(`contacts/${contact.id}/disposition`, outcome))) !== null;
  }

  /** The outcome as the form shows it: the draft over what the server has. */
  outcomeOf(contact) {
    const draft = this.drafts().get(contact.id);
    return {
      disposition: draft.disposition ?? contact.disposition,
      notes: draft.notes ?? contact.notes,
      tags: draft.tags ?? contact.tags,
    };
  }

  async saveOutcome(contact) {
    const key = `outcome:${contact.id}`;
    const outcome = this.outcomeOf(contact);
    const answer = await this.attempt(key, () => this.api.post(`contacts/${contact.id}/disposition`, outcome));
    if (!answer) return;
    this.forgetEnded(contact.id);
    this.drafts().change(contact.id, { notes: null, tags: null, disposition: null });
    this.toast(t("outcome.saved"), "ok");
    if (answer.state !== "closed") this.#answered({ ...this.workspace, contacts: this.#withOutcome(answer) });
    this.expectPush();
  }

  #withOutcome({ id, disposition, notes, tags }) {
    return this.workspace.contacts.map((contact) =>
      contact.id === id ? { ...contact, disposition, notes, tags } : contact,
    );
  }

  forgetEnded(contactId) {
    if (this.ui.ended?.id !== contactId) return;
    this.ui.ended = null;
    if (this.ui.selected === contactId) this.ui.selected = null;
    this.update({ pane: "list", panelOpen: false });
  }

  /** After-contact work ran out with unsaved words in the form: they are saved, not lost. */
  async rescueOutcome(contact) {
    if (!this.ui.isLeader || !this.hasOutcomeDraft(contact.id)) return;
    const key = `outcome:${contact.id}`;
    if (this.ui.busy.has(key)) return;
    const outcome = this.outcomeOf(contact);
    // The server has closed it with the default by now, if there is one.
    outcome.disposition ??= contact.default_disposition ?? null;
    await this.attempt(key, () => this.api.post(`contacts/${contact.id}/disposition`, outcome));
    this.drafts().forget(contact.id);
  }

  /** A dialog that chooses among skills and agents, with their states as they are now. */
  async openTransfer(contact, kind = "transfer") {
    this.openDialog(kind, { contact: contact.id });
    const fresh = await this.attempt(kind, () => this.api.get(this.config.workspace_url));
    if (!fresh) return;
    const { transfer_agents, transfer_skills } = fresh;
    this.setWorkspace({ ...this.workspace, transfer_agents, transfer_skills });
  }

  async openConsultation(contact) {
    await this.openTransfer(contact, "consult");
  }

  async transfer(contact, target, targetName) {
    const answer = await this.attempt("transfer", () => this.api.post(`contacts/${contact.id}/transfer`, target));
    if (!answer) return;
    this.drafts().forget(contact.id);
    this.closeDialog();
    this.toast(t("transfer.done", { target: targetName }), "ok", {
      label: t("undo"),
      run: () => takeBack(this, contact.id),
    });
    this.expectPush();
  }

  async startContact(fields, idempotencyKey) {
    const answer = await this.attempt("outbound", () => this.api.post("contacts", fields, { idempotencyKey }));
    if (!answer) return;
    this.closeDialog();
    this.#selectWhenAssigned = answer.id;
    this.expectPush();
    this.openAssigned();
  }

  /** What a supervisor said has been read: it goes, in every tab. */
  async readNotice(notice) {
    this.setWorkspace(withoutNotice(this.workspace, notice));
    await this.attempt(`notice:${notice.id}`, () => this.api.post(`me/notices/${notice.id}/read`));
  }

  /** Tell the server, and the other tabs, that the texts of the open contact are being looked at. */
  async readSelected() {
    const contact = this.selectedContact;
    if (!contact || !contact.unread || document.hidden || !document.hasFocus()) return;
    if (contact.role) {
      this.seen(this.workspace.agent).look(contact);
      this.setWorkspace(this.workspace);
      return;
    }
    this.setWorkspace(markRead(this.workspace, contact.id));
    this.tabs?.say({ type: "read", contact: contact.id });
    await this.attempt(`read:${contact.id}`, () => this.api.post(`contacts/${contact.id}/read`));
  }

  /** A word from another tab of this agent. */
  hearTab(word) {
    if (word.type === "read") this.setWorkspace(markRead(this.workspace, word.contact));
    if (word.type === "offer-settled") {
      this.ui.settledOffers.add(word.id);
      this.update({});
    }
  }
}
