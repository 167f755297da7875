// htmx under our Content-Security-Policy: no eval, no style of its own, this origin only.
import htmx from "htmx.org";
import { readCookie } from "./http.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyEnabled = false;
// A form that is refused comes back with its errors; a refusal (403) has a page of its own.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "...", swap: false, error: true },
];

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = readCookie("csrftoken");
});

export default htmx;
