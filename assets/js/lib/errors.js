// What went wrong, in words a person can act on.

import { t } from "./i18n.js";

/** The sentence for an ApiError: the server's own when it gave one. */
export function apiErrorText(error) {
  if (error.status === 0) return t("error.network");
  if (error.status >= 500) return t("error.server");
  return error.message || t("error.server");
}

/** Show `text` below an input, tied to it for screen readers; an empty text takes the error away. */
export function showFieldError(input, text) {
  const id = `${input.id}-live-error`;
  const shown = document.getElementById(id) ?? newErrorLine(input, id);
  shown.textContent = text;
  shown.hidden = !text;
  input.classList.toggle("is-invalid", Boolean(text));
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function newErrorLine(input, id) {
  const line = document.createElement("div");
  line.id = id;
  line.className = "form-error";
  line.setAttribute("aria-live", "polite");
  input.after(line);
  describeBy(input, id);
  return line;
}

/** Add the element with this id to what describes the input. */
export function describeBy(input, id) {
  const described = (input.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
  if (!described.includes(id)) input.setAttribute("aria-describedby", [...described, id].join(" "));
}
