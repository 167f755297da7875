// What a card says about its properties: the first that were set, in one line.

import { t } from "../lib/i18n.js";

const MOST = 80;

export function summaryOf(spec, action) {
  if (!spec) return "";
  const parts = spec.properties
    .filter((property) => action.properties[property.name] !== undefined)
    .slice(0, 2)
    .map((property) => shown(property, action.properties[property.name]));
  const line = parts.join(" · ").replace(/\s+/g, " ");
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}

function shown(property, value) {
  if (property.kind === "choice") return property.choices.find((choice) => choice.value === value)?.label ?? String(value);
  if (property.kind === "number" || property.kind === "integer") return t("summary.pair", { label: property.label, value });
  return String(value);
}
