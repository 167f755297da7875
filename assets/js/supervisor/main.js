// Puts the pages of the console together: the board, and one contact.

import { render } from "lit/html.js";
import { ServerClock } from "../desk/clock.js";
import { WorkspaceLink } from "../desk/socket.js";
import { createApi, pageData } from "../lib/http.js";
import { setLanguage, t } from "../lib/i18n.js";
import { Console } from "./console.js";
import { AlertNotifier } from "./notify.js";
import { alertWords } from "./views/alerts.js";
import { boardView } from "./views/board.js";
import { contactView } from "./views/contact.js";
import { afterDrawing, beforeDrawing } from "./views/dialogs.js";

const TICK_MS = 1_000;

const config = pageData("console-config");
setLanguage({
  strings: pageData("strings"),
  lang: document.documentElement.lang,
  preferred: navigator.languages,
});

const root = document.getElementById("console");
let isRenderPlanned = false;

const desk = new Console({
  api: createApi({ base: config.api, csrfCookie: config.csrf_cookie }),
  clock: new ServerClock(),
  config,
  onChange: planRender,
  onBoard: (before, after) => notifier.boardChanged(before, after),
});
const notifier = new AlertNotifier({ words: (alert) => alertWords(alert), title: t("alerts.title") });
desk.notifier = notifier;
desk.link = new WorkspaceLink({
  url: () => config.socket,
  poll: () => desk.poll(),
  onFrame: (frame) => {
    if (frame.type === "snapshot" && config.contact) {
      desk.link.say({ type: "watch", contact: config.contact });
      desk.company.lookAgain();
    }
    return desk.takeFrame(frame);
  },
  lastSeq: () => desk.board.seq,
  onStatus: (status) => desk.update({ status }),
});

function planRender() {
  if (isRenderPlanned) return;
  isRenderPlanned = true;
  requestAnimationFrame(draw);
}

function draw() {
  isRenderPlanned = false;
  if (config.contact) desk.company.look(document.hidden ? null : config.contact);
  beforeDrawing();
  render(config.contact ? contactView(desk) : boardView(desk), root);
  afterDrawing(desk, root);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    desk.company.look(null);
    return;
  }
  desk.link.wake();
  planRender();
});
document.addEventListener("fullscreenchange", planRender);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && desk.ui.dialog) desk.close();
});
window.addEventListener("online", () => desk.link.wake());

setInterval(() => {
  if (document.visibilityState === "visible") planRender();
}, TICK_MS);
root.replaceChildren();
planRender();
await desk.link.start();
