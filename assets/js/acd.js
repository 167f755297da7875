// The configuration's lists and forms.
import { watchChanges } from "./acd/changes.js";
import { closeElsewhere } from "./acd/closing.js";
import { showOnlyIf } from "./acd/conditional.js";
import { showInherited } from "./acd/inherited.js";
import { tieView } from "./acd/permissions.js";
import { enhanceProficiencies } from "./acd/proficiencies.js";
import { askBefore } from "./acd/questions.js";
import { enhanceRows } from "./acd/rows.js";
import { enhanceSearchedFilter } from "./acd/searched-filter.js";
import { enhanceSearchedSelect } from "./acd/searched-select.js";
import { watchSelection } from "./acd/selection.js";

for (const form of document.querySelectorAll("[data-select-rows]")) watchSelection(form);
for (const element of document.querySelectorAll("[data-proficiencies]")) enhanceProficiencies(element);
for (const element of document.querySelectorAll("[data-rows]")) enhanceRows(element);
for (const matrix of document.querySelectorAll("[data-permissions]")) tieView(matrix);
for (const team of document.querySelectorAll("[data-team]")) showInherited(team);
for (const select of document.querySelectorAll("select[data-search]")) enhanceSearchedSelect(select);
for (const element of document.querySelectorAll("[data-search-filter]")) enhanceSearchedFilter(element);
for (const section of document.querySelectorAll("[class*='only-if--']")) showOnlyIf(section);
for (const button of document.querySelectorAll("[data-question]")) askBefore(button);
for (const form of document.querySelectorAll("[data-guard-changes]")) watchChanges(form);
closeElsewhere(document.querySelectorAll("details[data-closes]"));
document.querySelector("[data-focus]")?.focus();
