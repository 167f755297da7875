// Puts the desk together.

import { render } from "lit/html.js";
import { createApi, pageData } from "../lib/http.js";
import { setLanguage, t } from "../lib/i18n.js";
import { readStoredJson, writeStoredJson } from "../lib/storage.js";
import * as announcements from "./announcements.js";
import { Attention } from "./attention.js";
import { ServerClock } from "./clock.js";
import { Desk } from "./controller.js";
import { Drafts } from "./drafts.js";
import { FocusKeeper } from "./focus.js";
import { Installed } from "./installed.js";
import { handleKey } from "./keys.js";
import { Notifier } from "./notify.js";
import { PushSwitch } from "./push.js";
import { Seen } from "./seen.js";
import { arrivals, attentionCount, cameBack, newPops, newWords } from "./selectors.js";
import { WorkspaceLink } from "./socket.js";
import { Sounds } from "./sound.js";
import { TabChannel, TabRole } from "./tabs.js";
import { deskView } from "./views/desk.js";
import { keepThreadAtEnd } from "./views/thread.js";

const SOUND_KEY = "acd.sound";
const SEEN_KEY = "acd.aside-seen";
const TICK_MS = 500;
const TODAY_EVERY_MS = 120_000;
const TODAY_LATER_MS = 12_000; // The figures follow what happens by some ten seconds.

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
let seen = null;
let isRenderPlanned = false;

const desk = new Desk({
  api: createApi({ base: config.api, csrfCookie: config.csrf_cookie }),
  clock: new ServerClock(),
  config,
  drafts: () => drafts,
  seen: ({ id, username }) => (seen ??= new Seen({ key: `${SEEN_KEY}.${id}`, me: username })),
  onChange: planRender,
  onWorkspace: workspaceChanged,
});

const sounds = new Sounds({ isOn: soundIsOn, volume: soundVolume, onChange: alertsChanged });
const installed = new Installed({
  ...config.installed,
  onOpen: openFromNotification,
  onOutdated: () => desk.update({ isOutdated: true }),
});
const notifier = new Notifier({ onOpen: openFromNotification, registration: () => installed.registration });
const push = new PushSwitch({
  key: config.push_key,
  api: desk.api,
  registration: () => installed.registration,
  onChange: alertsChanged,
});
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
  onStatus: statusChanged,
});

desk.alertActions = {
  testSound: (kind) => sounds.test(kind),
  askPermission: async () => {
    await notifier.askPermission();
    alertsChanged();
  },
  toggleSound: (name) => {
    changeSound({ [name]: !soundSettings()[name] });
  },
  setVolume: (volume) => changeSound({ volume }),
  unlock: () => sounds.unlock(),
  takeOver: claimRoles,
  turnPush: (isOn) => push.turn(isOn),
};

function soundSettings() {
  return { offer: true, reply: true, alert: true, muted: false, volume: 1, ...readStoredJson(SOUND_KEY, {}) };
}

function changeSound(fields) {
  writeStoredJson(SOUND_KEY, { ...soundSettings(), ...fields });
  alertsChanged();
  ringOrNot();
}

function soundIsOn(name) {
  const settings = soundSettings();
  return settings[name] && !settings.muted;
}

function soundVolume() {
  return Math.min(1, Math.max(0, Number(soundSettings().volume)));
}

function alertsChanged() {
  sounds.applyVolume();
  desk.update({
    alerts: { ...soundSettings(), isUnlocked: sounds.isUnlocked, permission: notifier.permission, push: push.isPossible ? push : null },
  });
}

function statusChanged(status) {
  // After an absence of the server it may be a newer one.
  if (status === "live" && desk.ui.status === "reconnecting") installed.look();
  desk.update({ status });
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
  if (texts.length > 0 && ringer.held) sounds.ping();
  if (notices.length > 0 && ringer.held) sounds.alarm();
  if (leader.held) {
    for (const offer of offers) notifier.show(announcements.ofOffer(offer));
    for (const text of texts) notifier.show(announcements.ofText(text));
    for (const notice of notices) notifier.show(announcements.ofNotice(notice));
  }
  if (after.contacts.length < before.contacts.length) setTimeout(loadToday, TODAY_LATER_MS);
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
  for (const word of words) notifier.show(announcements.ofNote(word));
  for (const contact of back) {
    const announcement = announcements.ofReturn(contact);
    desk.toast(announcement.title, "info", { label: t("snooze.open"), run: () => desk.select(contact.id) });
    notifier.show(announcement);
  }
}

function openFromNotification({ contact = null, offer = null }) {
  claimRoles();
  if (contact !== null && desk.contact(contact)) desk.select(contact);
  if (offer !== null) {
    draw();
    root.querySelector(`[data-offer="${offer}"]`)?.focus({ preventScroll: true });
  }
}

// A notification that was clicked after the last tab had gone opened this page.
function openFromAddress() {
  const asked = new URLSearchParams(window.location.search);
  const numberOf = (name) => (asked.has(name) ? Number(asked.get(name)) : null);
  if (asked.size === 0) return;
  window.history.replaceState(null, "", window.location.pathname);
  openFromNotification({ contact: numberOf("contact"), offer: numberOf("offer") });
}

function loadToday() {
  if (!document.hidden && leader.held) desk.loadToday();
}

function ringOrNot() {
  if (ringer.held && desk.offers.length > 0 && soundIsOn("offer")) sounds.ring();
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
  desk.company.look(document.hidden ? null : (desk.selectedContact?.id ?? null));
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
  if (document.hidden) {
    desk.company.look(null);
    return;
  }
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
  if (event.key?.startsWith(SEEN_KEY) && desk.workspace.agent) desk.setWorkspace(desk.workspace);
});
setInterval(() => {
  if (!document.hidden) desk.update({});
}, TICK_MS);

root.replaceChildren();
alertsChanged();
leader.join();
ringer.join();
if (document.hasFocus()) leader.claim();
setInterval(loadToday, TODAY_EVERY_MS);
await desk.link.start();
openFromAddress();
desk.loadToday();
await installed.start();
await push.start();
