// Everything an agent can do on the desk, once: the keys, the sheet of keys and the command palette read it here.
// `isPossible(desk)` says whether it can be done now; `key` is a letter that works while no field has the focus.

import { wake, leave, markUnread, showHistory, snooze, takeBack } from "./together.js";

const own = (desk) => (desk.selectedContact?.state ? desk.selectedContact : null);
const active = (desk) => (own(desk)?.state === "active" ? own(desk) : null);
const aside = (desk, role) => (desk.selectedContact?.role === role ? desk.selectedContact : null);

export const ACTS = [
  {
    id: "write", key: "Enter", cap: "Enter", label: "keys.write",
    isPossible: (desk) => desk.selectedContact !== null,
    run: (desk) => write(desk, "reply"),
  },
  {
    id: "note", key: "i", label: "keys.note-write",
    isPossible: (desk) => active(desk) !== null,
    run: (desk) => write(desk, "note"),
  },
  {
    id: "consult", key: "c", label: "keys.consult",
    isPossible: (desk) => active(desk) !== null,
    run: (desk) => desk.openConsultation(active(desk)),
  },
  {
    id: "transfer", key: "t", label: "keys.transfer",
    isPossible: (desk) => active(desk) !== null,
    run: (desk) => desk.openTransfer(active(desk)),
  },
  {
    id: "snooze", key: "z", label: "keys.snooze",
    isPossible: (desk) => active(desk) !== null && !active(desk).is_snoozed,
    run: (desk) => desk.openDialog("snooze", { contact: active(desk).id }),
  },
  {
    id: "snooze-text", label: "keys.snooze-text",
    isPossible: (desk) => active(desk) !== null && !active(desk).is_snoozed,
    run: (desk) => snooze(desk, active(desk), null),
  },
  {
    id: "wake", key: "z", label: "keys.wake",
    isPossible: (desk) => active(desk)?.is_snoozed === true,
    run: (desk) => wake(desk, active(desk)),
  },
  {
    id: "unread", key: "u", label: "keys.unread",
    isPossible: (desk) => active(desk) !== null,
    run: (desk) => markUnread(desk, active(desk)),
  },
  {
    id: "history", key: "h", label: "keys.history",
    isPossible: (desk) => own(desk) !== null && !desk.ui.history.has(own(desk).id),
    run: (desk) => showHistory(desk, own(desk)),
  },
  {
    id: "end", key: "e", label: "keys.end",
    isPossible: (desk) => active(desk) !== null,
    run: (desk) => desk.openDialog("end", { contact: active(desk).id }),
  },
  {
    id: "take-back", key: "b", label: "keys.take-back",
    isPossible: (desk) => aside(desk, "handing_on") !== null,
    run: (desk) => takeBack(desk, desk.selectedContact.id),
  },
  {
    id: "leave", label: "keys.leave-aside",
    isPossible: (desk) => aside(desk, "consulted") !== null,
    run: (desk) => leave(desk, desk.selectedContact),
  },
  {
    id: "new", key: "n", label: "keys.new",
    isPossible: (desk) => desk.workspace.skills_out.length > 0,
    run: (desk) => desk.openDialog("outbound"),
  },
  { id: "alerts", label: "alerts.title", isPossible: () => true, run: (desk) => desk.openDialog("alerts") },
  { id: "keys", key: "?", label: "keys.title", isPossible: () => true, run: (desk) => desk.openDialog("keys") },
];

/** The act of a key that is possible now, or null. */
export function actOfKey(key, desk) {
  return ACTS.find((act) => act.key === key && act.isPossible(desk)) ?? null;
}

function write(desk, mode) {
  const contact = desk.selectedContact;
  if (contact.state === "active") desk.update({ modes: new Map([...desk.ui.modes, [contact.id, mode]]) });
  // After the drawing that shows the field.
  setTimeout(() => {
    document.querySelector("[data-testid='composer'], [data-testid='note-text'], [data-testid='disposition-form'] select")?.focus();
  });
}
