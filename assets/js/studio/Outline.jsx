// The script as a list, for screen readers and narrow screens: every action with its branches, in the order of the script.

import { useMemo } from "react";
import { plural, t } from "../lib/i18n.js";
import { exitsOf, find, inOrder, targetOf } from "./document.js";
import { Icon, fullName } from "./parts.jsx";
import { edgeKey } from "./trial.js";

export function Outline({ editor, specs, problems, lit, compared, onOpen }) {
  const { doc, selection } = editor;
  const ordered = useMemo(() => inOrder(doc, specs), [doc, specs]);
  if (ordered.length === 0) return <div className="outline"><p className="soft">{t("outline.empty")}</p></div>;
  return (
    <div className="outline">
      <ol className="outline__list" data-testid="outline">
        {ordered.map((action) => (
          <Item key={action.id} action={action} doc={doc} specs={specs} problem={problems.get(action.id)} count={lit?.cards.get(action.id)} mark={compared?.cards.get(action.id)} taken={lit?.edges} marks={compared?.edges}
            isSelected={selection.includes(action.id)} onSelect={(id) => (selection.length === 1 && selection[0] === id ? onOpen() : editor.select([id]))} />
        ))}
      </ol>
    </div>
  );
}

function Item({ action, doc, specs, problem, count, mark, taken, marks, isSelected, onSelect }) {
  const exits = exitsOf(specs.get(action.type), action);
  return (
    <li className={`outline__item${isSelected ? " outline__item--selected" : ""}${count ? " outline__item--taken" : ""}`}>
      <button type="button" className="outline__action" aria-pressed={isSelected} onClick={() => onSelect(action.id)}
        data-testid="outline-action" data-type={action.type}>
        <span className="outline__name">{fullName(action, specs)}</span>
        {mark && <span className={`action__mark action__mark--${mark}`}>{t(`difference.${mark}`)}</span>}
        {count && <span className="soft">{plural("steps.passed", count)}</span>}
        {problem && (
          <span className={`action__problem action__problem--${problem.severity}`}>
            <Icon name={problem.severity} /> <span>{problem.text}</span>
          </span>
        )}
      </button>
      {exits.length > 0 && (
        <ul className="outline__branches">
          {exits.map((exit) => {
            const target = find(doc, targetOf(doc, action.id, exit.name));
            const key = target && edgeKey({ from: action.id, branch: exit.name, to: target.id });
            const change = marks?.get(key);
            return (
              <li key={exit.name} className={taken?.has(key) ? "outline__branch--taken" : undefined}>
                {exit.label} →{" "}
                {target ? (
                  <button type="button" className="outline__link" onClick={() => onSelect(target.id)}>{fullName(target, specs)}</button>
                ) : (
                  <span className="soft">{t("branch.nowhere")}</span>
                )}
                {change && <span className={`action__mark action__mark--${change}`}> {t(`difference.${change}`)}</span>}
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}
