// A text or a condition in the properties: offers the names of variables while one is written.

import { useId, useLayoutEffect, useRef, useState } from "react";
import { plural, t } from "../lib/i18n.js";
import { completed, completionAt } from "./completion.js";

export function VariableField({ value, onChange, attributes, variables, isCondition, multiline }) {
  const [offer, setOffer] = useState(null);
  const [active, setActive] = useState(0);
  const ref = useRef(null);
  const caret = useRef(null);
  const list = useId();

  // React puts the caret behind a text that it changed.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    ref.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [value]);

  const look = (text, at) => {
    setOffer(completionAt(text, at, variables, isCondition));
    setActive(0);
  };
  const take = (name) => {
    const next = completed(value, offer, name, isCondition);
    caret.current = next.caret;
    setOffer(null);
    onChange(next.text);
    ref.current.focus();
  };
  /** Begins a variable at the caret, as if it were typed. */
  const begin = () => {
    const field = ref.current;
    const [from, to] = [field.selectionStart ?? value.length, field.selectionEnd ?? value.length];
    const text = `${value.slice(0, from)}{{ ${value.slice(to)}`;
    caret.current = from + 3;
    onChange(text);
    look(text, from + 3);
    field.focus();
  };
  const onKeyDown = (event) => {
    if (!offer || event.nativeEvent.isComposing) return;
    const count = offer.variables.length;
    if (event.key === "ArrowDown") setActive((active + 1) % count);
    else if (event.key === "ArrowUp") setActive((active + count - 1) % count);
    else if (event.key === "Enter") take(offer.variables[active].name);
    else if (event.key === "Escape") setOffer(null);
    else return;
    event.preventDefault();
  };
  const field = {
    ...attributes,
    ref,
    value,
    autoComplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": offer ? list : undefined,
    "aria-activedescendant": offer ? `${list}-${active}` : undefined,
    onChange: (event) => {
      onChange(event.target.value);
      look(event.target.value, event.target.selectionStart);
    },
    onKeyDown,
    onBlur: () => setOffer(null),
  };
  return (
    <div className="variable-field">
      {multiline ? <textarea {...field} rows={4} /> : <input {...field} />}
      {!isCondition && (
        <button type="button" className="btn btn-bare variable-field__insert" title={t("variable.insert")} aria-label={t("variable.insert")} onClick={begin}
          data-testid="insert-variable">{"{{ }}"}</button>
      )}
      <p className="visually-hidden" role="status">{offer ? plural("variable.offered", offer.variables.length) : ""}</p>
      {offer && (
        <ul className="variable-field__list" role="listbox" id={list} aria-label={t("trial.variables")} data-testid="variables">
          {offer.variables.map(({ name, source }, index) => (
            // The field keeps the focus, also while one is clicked.
            <li key={name} id={`${list}-${index}`} role="option" aria-selected={index === active} className={index === active ? "variable-field__one variable-field__one--on" : "variable-field__one"}
              onMouseDown={(event) => event.preventDefault()} onClick={() => take(name)}>
              <strong>{name}</strong> {source && <span className="soft">{source}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
