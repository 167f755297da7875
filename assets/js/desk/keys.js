// The keyboard: single letters while no field has the focus, Escape everywhere.

import { actOfKey } from "./acts.js";
import { isTyping } from "./focus.js";

export function handleKey(event, desk) {
  // Before the first snapshot there is nothing to act on, and no dialog is drawn.
  if (event.defaultPrevented || event.isComposing || !desk.workspace.agent) return;
  if (event.key === "Escape") {
    leave(event, desk);
    return;
  }
  if (event.key === "Tab" && desk.ui.dialog) stayInDialog(event);
  if (opensPalette(event)) {
    event.preventDefault();
    if (desk.ui.dialog?.kind === "palette") desk.closeDialog();
    else desk.openDialog("palette", { words: "", place: 0 });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const action = actionOf(event, desk);
  if (!action) return;
  event.preventDefault();
  action();
}

// Also while one types: Ctrl+K, on a Mac Command+K.
function opensPalette(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
}

function actionOf(event, desk) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (desk.ui.isLeader && (key === "a" || key === "r") && !event.repeat) {
    const offer = offerOf(event.target, desk);
    if (offer) return () => (key === "a" ? desk.acceptOffer(offer) : desk.refuseOffer(offer));
  }
  if (desk.ui.dialog) return null;
  return moves(key, event, desk) ?? (event.repeat ? null : ofContact(key, event, desk));
}

// The offer that has the focus, else the one that runs out first.
function offerOf(target, desk) {
  const id = Number(target?.closest?.("[data-offer]")?.dataset.offer);
  return desk.offers.find((offer) => offer.id === id) ?? desk.offers[0];
}

function moves(key, event, desk) {
  const scrolls = key.startsWith("Arrow") && event.target.closest("[data-testid='thread']");
  if (scrolls) return null;
  if (key === "j" || key === "ArrowDown") return () => desk.move(+1);
  if (key === "k" || key === "ArrowUp") return () => desk.move(-1);
  return null;
}

function ofContact(key, event, desk) {
  if (key === "Enter" && event.target.closest("button, a, summary")) return null;
  const act = actOfKey(key, desk);
  return act ? () => act.run(desk) : null;
}

function leave(event, desk) {
  if (desk.ui.dialog) desk.closeDialog();
  else if (desk.ui.panelOpen) desk.update({ panelOpen: false });
  else if (isTyping(event.target)) event.target.blur();
}

// Offers lie above every dialog and stay within reach.
function stayInDialog(event) {
  const reachable = [
    ...document.querySelectorAll(
      "[role='dialog'] :is(button, input, select, textarea, a[href]):not(:disabled), .offers button:not(:disabled)",
    ),
  ].filter((element) => element.checkVisibility());
  if (reachable.length === 0) return;
  const position = reachable.indexOf(document.activeElement);
  const next = event.shiftKey ? position - 1 : position + 1;
  event.preventDefault();
  reachable.at(next === reachable.length ? 0 : next).focus();
}
