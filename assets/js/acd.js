// The configuration's lists and forms.
import { watchChanges } from "./acd/changes.js";
import { enhanceProficiencies } from "./acd/proficiencies.js";
import { watchSelection } from "./acd/selection.js";

for (const form of document.querySelectorAll("[data-select-rows]")) watchSelection(form);
for (const form of document.querySelectorAll("[data-guard-changes]")) watchChanges(form);
for (const element of document.querySelectorAll("[data-proficiencies]")) enhanceProficiencies(element);
document.querySelector("[data-focus]")?.focus();
