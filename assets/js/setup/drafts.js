// What is typed into a form stays in this browser until it is sent: a session that ends, a closed tab or a lost
// connection loses nothing. Passwords and secrets are never kept. The keys begin with "acd.draft.", so signing out
// forgets them (site.js).
import { readStoredJson, removeStored, writeStoredJson } from "../lib/storage.js";

/** The server says on the page after which drafts were sent well. */
export function forgetSent(root) {
  for (const note of root.querySelectorAll("[data-draft-sent]")) removeStored(note.dataset.draftSent);
}

/** Keep the draft of a form; fill one in that is there, unless the server shows what was sent itself. */
export function keepDraft(form, { restore }) {
  const key = form.dataset.draft;
  const untouched = fingerprint(entriesOf(form));
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  // Rows that are added and removed by buttons.
  new MutationObserver(save).observe(form, { childList: true, subtree: true });

  function save() {
    const entries = entriesOf(form);
    if (fingerprint(entries) === untouched) removeStored(key);
    else writeStoredJson(key, entries);
  }

  const draft = readStoredJson(key, null);
  if ("isBound" in form.dataset || !Array.isArray(draft) || fingerprint(draft) === untouched) return;
  const notice = form.querySelector("[data-draft-notice]");
  restore(form, draft).then(() => {
    notice.hidden = false;
  });
  notice.querySelector("[data-draft-forget]").addEventListener("click", () => {
    removeStored(key);
    window.location.reload();
  });
}

function entriesOf(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((field) => field.name));
  return [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && !secret.has(name),
  );
}

function fingerprint(entries) {
  return JSON.stringify(entries);
}
