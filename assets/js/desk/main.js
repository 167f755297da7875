// Puts the desk together.

import { render } from "lit/html.js";
import { createApi, pageData } from "../lib/http.js";
import { setLanguage, t } from "../lib/i18n.js";
import { plainLine } from "../lib/text.js";
import { readStoredJson, writeStoredJson } from "../lib/storage.js";
import { Attention } from "./attention.js";
import { ServerClock } from "./clock.js";
import { Desk } from "./controller.js";
import { Drafts } from "./drafts.js";
import { FocusKeeper } from "./focus.js";
import { handleKey } from "./keys.js";
import { Notifier } from "./notify.js";
import { arrivals, attentionCount, cameBack, newPops, newWords } from "./selectors.js";
import { WorkspaceLink } from "./socket.js";
import { Sounds } from "./sound.js";
import { TabChannel, TabRole } from "./tabs.js";
import { followHandedOn } from "./together.js";
import { deskView } from "./views/desk.js";
import { keepThreadAtEnd } from "./views/thread.js";

const SOUND_KEY = "acd.sound";
const TICK_MS = 500;

const config = pageData("desk-config");
setLanguage({
  strings: pageData("strings"),
  lang: document.documentElement.lang,
  preferred: navigator.languages,
});

const root = document.getElementById("main");
const focus = new FocusKeeper(root);
const attention = new Attention();
let drafts = null;
let isRenderPlanned = false;

const desk = new Desk({
  api: createApi({ base: config.api, csrfCookie: config.csrf_cookie }),
  clock: new ServerClock(),
  config,
  drafts: () => drafts,
  onChange: planRender,
  onWorkspace: workspaceChanged,
});

const sounds = new Sounds({ isOn: soundIsOn, onChange: alertsChanged });
const notifier = new Notifier({ onOpen: openFromNotification });
const leader = new TabRole("desk.leader", (isLeader) => {
  desk.update({ isLeader });
  if (!isLeader) notifier.keepOnly("", new Set());
});
const ringer = new TabRole("desk.ringer", ringOrNot);
desk.tabs = new TabChannel((word) => desk.hearTab(word));
desk.link = new WorkspaceLink({
  url: () => desk.workspace.socket_url,
  poll: () => desk.poll(),
  onFrame: (frame) => desk.takeFrame(frame),
  lastSeq: () => desk.workspace.seq,
  onStatus: (status) => desk.update({ status }),
});

desk.alertActions = {
  testSound: () => sounds.test(),
  askPermission: async () => {
    await notifier.askPermission();
    alertsChanged();
  },
  toggleSound: (name) => {
    writeStoredJson(SOUND_KEY, { ...soundSettings(), [name]: !soundIsOn(name) });
    alertsChanged();
    ringOrNot();
  },
  unlock: () => sounds.unlock(),
  takeOver: claimRoles,
};

function soundSettings() {
  return { offer: true, reply: true, ...readStoredJson(SOUND_KEY, {}) };
}

function soundIsOn(name) {
  return soundSettings()[name];
}

function alertsChanged() {
  desk.update({
    alerts: { ...soundSettings(), isUnlocked: sounds.isUnlocked, permission: notifier.permission },
  });
}

// -- What came in ---------------

function workspaceChanged(before, after) {
  if (drafts === null && after.agent) drafts = newDrafts(after);
  if (before.agent) announce(arrivals(before, after), before, after);
  else if (after.offers.length > 0) announce({ offers: after.offers, texts: [], contacts: [], notices: [] }, before, after);
  attention.show(attentionCount(after));
  notifier.keepOnly("offer-", new Set(after.offers.map((offer) => `offer-${offer.id}`)));
  ringOrNot();
  desk.openAssigned();
  if (before.agent) {
    desk.showPops(newPops(before, after));
    announceColleagues(before, after);
  }
  desk.readSelected();
}

function newDrafts(workspace) {
  const kept = new Drafts(workspace.agent.id, {
    save: async (contactId, text) => {
      const done = await desk.attempt(`draft:${contactId}`, async () => {
        await desk.api.put(`contacts/${contactId}/draft`, { text });
        return true;
      });
      return done === true;
    },
  });
  kept.adopt(workspace.contacts.filter(({ state }) => state === "active").map(({ id }) => id), workspace.drafts);
  return kept;
}

function announce({ offers, texts, notices }, before, after) {
  if (texts.length + notices.length > 0 && ringer.held) sounds.ping();
  if (leader.held) {
    notifyOf(offers, texts);
    notifyOfNotices(notices);
  }
  const kept = new Set(after.contacts.map((contact) => contact.id));
  for (const contact of before.contacts) {
    if (contact.state === "after_contact_work" && !kept.has(contact.id)) desk.rescueOutcome(contact);
  }
}

/** What colleagues wrote, and what was put aside and is back. */
function announceColleagues(before, after) {
  const words = newWords(before, after, after.agent.username);
  const back = cameBack(before, after);
  if (words.length + back.length > 0 && ringer.held) sounds.ping();
  if (!leader.held) return;
  for (const { contact, note } of words) {
    notifier.show({
      tag: `note-${note.id}`,
      title: t("notify.note", { author: plainLine(note.author, 60) }),
      body: plainLine(note.text, 120),
      target: contact.id,
    });
  }
  for (const contact of back) {
    const name = plainLine(contact.customer_name || contact.customer, 60);
    desk.toast(t("snooze.back", { name }), "info", { label: t("snooze.open"), run: () => desk.select(contact.id) });
    notifier.show({ tag: `back-${contact.id}`, title: t("snooze.back", { name }), body: "", target: contact.id });
  }
}

function notifyOf(offers, texts) {
  for (const offer of offers) {
    notifier.show({
      tag: `offer-${offer.id}`,
      title: t("notify.offer", { skill: offer.skill }),
      body: `${plainLine(offer.customer_name || offer.customer, 60)}: ${plainLine(offer.text, 120)}`,
      target: null,
      staysOpen: true,
    });
  }
  for (const { contact, message } of texts) {
    notifier.show({
      tag: `text-${contact.id}`,
      title: plainLine(contact.customer_name || contact.customer, 60),
      body: plainLine(message.text, 120),
      target: contact.id,
    });
  }
}

function notifyOfNotices(notices) {
  for (const { id, author, text, contact } of notices) {
    notifier.show({ tag: `notice-${id}`, title: plainLine(author, 60), body: plainLine(text, 120), target: contact });
  }
}

function openFromNotification(contactId) {
  claimRoles();
  if (contactId !== null && desk.contact(contactId)) desk.select(contactId);
}

function ringOrNot() {
  if (ringer.held && desk.offers.length > 0) sounds.ring();
  else sounds.stopRinging();
}

// -- Which tab, and sound after the first click ---------------

function claimRoles() {
  leader.claim();
  if (sounds.isUnlocked) ringer.claim();
}

async function userActed() {
  leader.claim();
  await sounds.unlock(); // May never come back on a machine without any sound device.
  ringer.claim();
  ringOrNot();
}

// -- Drawing ---------------

function planRender() {
  ringOrNot();
  if (isRenderPlanned) return;
  isRenderPlanned = true;
  queueMicrotask(draw);
}

function draw() {
  isRenderPlanned = false;
  focus.before();
  render(deskView(desk), root);
  focus.after(desk);
  keepThreadAtEnd(root);
}

// -- Start ---------------

// Not at "pointerdown": what it redraws may move the button from under the pointer before it is released.
for (const event of ["click", "keydown"]) document.addEventListener(event, userActed, { capture: true });
document.addEventListener("keydown", (event) => handleKey(event, desk));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  desk.link.wake();
  desk.readSelected();
  desk.update({});
});
window.addEventListener("focus", () => {
  claimRoles();
  desk.readSelected();
});
window.addEventListener("online", () => desk.link.wake());
window.addEventListener("offline", () => desk.link.wake());
window.addEventListener("storage", (event) => {
  if (drafts?.changedElsewhere(event.key)) desk.update({});
  if (event.key === SOUND_KEY) alertsChanged();
});
setInterval(() => {
  if (!document.hidden) desk.update({});
}, TICK_MS);

followHandedOn(desk);

root.replaceChildren();
alertsChanged();
leader.join();
ringer.join();
if (document.hasFocus()) leader.claim();
await desk.link.start();
