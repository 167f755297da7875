// The setup wizard: drafts, addresses to copy, fields that depend on the provider, parts that are live.
import { enhanceProficiencies } from "./acd/proficiencies.js";
import htmx from "./lib/htmx.js";
import { copyOnClick } from "./setup/copy.js";
import { forgetSent, keepDraft } from "./setup/drafts.js";
import { showForProvider } from "./setup/provider.js";

function enhance(root) {
  for (const element of root.querySelectorAll("[data-proficiencies]")) enhanceProficiencies(element);
  showForProvider(root);
}

async function restore(form, entries) {
  const fields = form.querySelector("[data-form-fields]");
  const values = { _restore: ["1"] };
  for (const [name, value] of entries) (values[name] ??= []).push(value);
  await htmx.ajax("POST", window.location.href, { source: fields, target: fields, values });
  enhance(form);
}

for (const fold of document.querySelectorAll("[data-fold-narrow]")) {
  if (window.matchMedia("(max-width: 991.98px)").matches) fold.open = false;
}
copyOnClick(document);
enhance(document);
forgetSent(document);
for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form, { restore });
const focused = document.querySelector("[data-focus]") ?? document.querySelector(".setup__form .is-invalid");
focused?.focus();
