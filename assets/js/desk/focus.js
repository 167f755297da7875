// Where the keyboard is: an offer calls it unless the agent is typing; what closes gives it back.

/** True while keys go into a field, so that single-letter shortcuts must keep out. */
export function isTyping(element = document.activeElement) {
  return element?.matches?.("input, textarea, select, [contenteditable]") ?? false;
}

export class FocusKeeper {
  constructor(root) {
    this.root = root;
    this.offerIds = new Set();
    this.dialog = null;
    this.cameFrom = null;
    this.held = null;
  }

  before() {
    this.held = document.activeElement;
  }

  after(desk) {
    this.#followDialog(desk.ui.dialog);
    this.#followOffers(desk);
    const isLost = this.held !== document.body && !this.held?.isConnected;
    // A dialog that took the place of another has the focus already.
    if (isLost && !(this.dialog && document.activeElement?.closest("[role='dialog']"))) this.#giveBack();
    this.#followEnd(desk);
  }

  #followDialog(dialog) {
    const kind = dialog?.kind ?? null;
    if (kind === this.dialog) return;
    if (this.dialog === null) this.cameFrom = this.held;
    this.dialog = kind;
    if (kind === null) this.#giveBack();
    else (this.root.querySelector("[role='dialog'] [data-first]") ?? this.root.querySelector("[role='dialog']")).focus();
  }

  #followOffers(desk) {
    const shown = desk.ui.isLeader ? desk.offers : [];
    const fresh = shown.find((offer) => !this.offerIds.has(offer.id));
    this.offerIds = new Set(shown.map((offer) => offer.id));
    if (!fresh || isTyping() || this.dialog !== null) return;
    if (!document.activeElement?.closest("[data-testid='offer']")) {
      this.cameFrom = document.activeElement;
      this.root.querySelector(`[data-offer='${fresh.id}']`)?.focus({ preventScroll: true });
    }
  }

  // Whoever has ended a conversation goes on with how it came out; the form may come later than the answer.
  #followEnd({ ui, selectedContact }) {
    if (ui.justEnded === null || this.dialog !== null) return;
    const hasMovedOn = selectedContact?.id !== ui.justEnded || isTyping();
    const field = this.root.querySelector("[data-testid='disposition-form'] :is(select, input, textarea)");
    if (hasMovedOn || field) ui.justEnded = null;
    if (hasMovedOn || document.activeElement?.closest("[data-testid='offer']")) return;
    field?.focus({ preventScroll: true });
  }

  #giveBack() {
    const next =
      this.root.querySelector("[data-testid='offer']") ??
      (this.cameFrom !== document.body && this.cameFrom?.isConnected ? this.cameFrom : null) ??
      this.root.querySelector("[data-testid='contact-item'][aria-current='true']") ??
      this.root;
    next.focus({ preventScroll: true });
  }
}
