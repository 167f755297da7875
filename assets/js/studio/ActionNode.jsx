// One action on the canvas: a card with a line for each exit, which carries the handle to drag a connection from.

import { memo } from "react";
import { Handle, Position } from "@xyflow/react";
import { t } from "../lib/i18n.js";
import { exitsOf } from "./document.js";
import { Icon } from "./parts.jsx";
import { summaryOf } from "./summary.js";

const MOST_CHARACTERS = 34;

/** One line as a rule. An ellipsis by CSS would clip each card, which costs time while one is dragged. */
function shortened(text) {
  const letters = [...text];
  return letters.length > MOST_CHARACTERS ? `${letters.slice(0, MOST_CHARACTERS - 1).join("").trimEnd()}…` : text;
}

export const ActionNode = memo(function ActionNode({ data, selected }) {
  const { action, spec, problem, connected, light, mark } = data;
  const exits = exitsOf(spec, action);
  const summary = summaryOf(spec, action);
  const kind = spec ? spec.group : "unknown";
  return (
    <div className={`action action--${kind}${selected ? " action--selected" : ""}${problem ? ` action--${problem.severity}` : ""}${light ? " action--taken" : ""}${light?.isCurrent ? " action--current" : ""}${mark ? ` action--${mark}` : ""}`}
      data-testid="action" data-type={action.type}>
      {!spec?.is_begin && !spec?.is_event && (
        <Handle type="target" position={Position.Left} id="in" className="action__in" title={t("handle.in")} />
      )}
      <div className="action__head">
        <Icon name={kind} />
        <span className="action__type">{action.type}</span>
        {light?.count > 1 && <span className="action__count" aria-hidden="true">×{light.count}</span>}
        {mark && <span className={`action__mark action__mark--${mark}`} aria-hidden="true">{t(`difference.${mark}`)}</span>}
        {problem && (
          <span className={`action__problem action__problem--${problem.severity}`} title={problem.text}>
            <Icon name={problem.severity} />
            <span className="visually-hidden">{problem.text}</span>
          </span>
        )}
      </div>
      <div className="action__name">{action.label || spec?.name || t("unknown-action")}</div>
      {summary && <div className="action__summary" title={summary}>{shortened(summary)}</div>}
      {exits.map((exit) => (
        <div key={exit.name} className={`action__exit${exit.name === "error" ? " action__exit--error" : ""}`}>
          <span className={connected.has(exit.name) ? "" : "action__open"}>{exit.label}</span>
          <Handle type="source" position={Position.Right} id={exit.name} className="action__out" title={exit.label}
            data-testid="handle" data-branch={exit.name} />
        </div>
      ))}
    </div>
  );
});
