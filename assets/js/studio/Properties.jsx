// The panel of what is selected: fields made from the action's own specification, and where its branches lead.

import { useId, useMemo } from "react";
import { plural, t } from "../lib/i18n.js";
import { variablesOf } from "./completion.js";
import { canLeadTo, exitsOf, find, targetOf } from "./document.js";
import { Icon, fullName } from "./parts.jsx";
import { goToSelected } from "./regions.js";
import { VariableField } from "./VariableField.jsx";

export function Properties({ editor, specs, names, findings, mayEdit, helpAddress, contactsAddress, onClose }) {
  const { doc, selection } = editor;
  const action = selection.length === 1 ? find(doc, selection[0]) : null;
  return (
    <aside className={`panel-studio${action ? " panel-studio--open" : ""}`} aria-label={t("properties")} data-testid="properties"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.stopPropagation();
        goToSelected();
      }}>
      {action ? (
        <One key={action.id} action={action} editor={editor} specs={specs} names={names} mayEdit={mayEdit} helpAddress={helpAddress} contactsAddress={contactsAddress} onClose={onClose}
          findings={findings.filter((finding) => finding.action === action.id)} />
      ) : (
        <Several editor={editor} count={selection.length} mayEdit={mayEdit} />
      )}
    </aside>
  );
}

function One({ action, editor, specs, names, findings, mayEdit, helpAddress, contactsAddress, onClose }) {
  const spec = specs.get(action.type);
  const caption = useId();
  const variables = useMemo(
    () => variablesOf(editor.doc, specs).map(({ name, action: setter }) => ({ name, source: setter ? fullName(setter, specs) : "" })),
    [editor.doc, specs],
  );
  const general = findings.filter((finding) => !isBeside(finding, spec, action));
  return (
    <>
      <div className="panel-studio__head">
        <h2>
          {action.type} <span className="soft">{spec?.name}</span>
        </h2>
        <button type="button" className="btn btn-bare panel-studio__close" aria-label={t("close")} onClick={onClose} data-testid="properties-close">
          <Icon name="close" />
        </button>
      </div>
      <p className="soft">
        {spec ? spec.description : t("unknown-action.about", { type: action.type })}{" "}
        {spec && <a href={`${helpAddress}#${spec.type}`} target="_blank" rel="noopener" data-testid="action-help-link">{t("help")}</a>}
      </p>
      {general.map((finding) => (
        <Remark key={finding.code} finding={finding} />
      ))}
      <fieldset disabled={!mayEdit} className="panel-studio__fields">
        <div className="field">
          <label className="form-label" htmlFor={caption}>{t("caption")}</label>
          <input className="form-control" id={caption} value={action.label} maxLength={200} autoComplete="off" data-testid="caption"
            onChange={(event) => editor.setLabel(action.id, event.target.value)} />
          <p className="form-hint">{t("caption.help")}</p>
        </div>
        {spec?.properties.filter((property) => isShown(property, spec, action)).map((property) => (
          <Field key={property.name} property={property} value={action.properties[property.name]} names={names} variables={variables}
            findings={findings.filter((finding) => finding.property === property.name)}
            onChange={(value) => editor.setProperty(action.id, property.name, value)} />
        ))}
        <Branches action={action} editor={editor} specs={specs} findings={findings} />
        <button type="button" className="btn btn-danger-quiet btn-small" onClick={() => editor.remove([action.id])} data-testid="delete-action">
          {t("edit.delete")}
        </button>
      </fieldset>
      {contactsAddress && <Taken action={action} spec={spec} address={contactsAddress} />}
    </>
  );
}

/** Leads to the contacts that took each branch. */
function Taken({ action, spec, address }) {
  const exits = exitsOf(spec, action);
  if (exits.length === 0) return null;
  return (
    <section className="field" aria-label={t("taken")}>
      <h3 className="panel-studio__title">{t("taken")}</h3>
      <ul className="taken">
        {exits.map((exit) => (
          <li key={exit.name}>
            <a href={`${address}?${new URLSearchParams({ action: action.id, branch: exit.name })}`} data-testid="taken" data-branch={exit.name}>{exit.label}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function isBeside(finding, spec, action) {
  if (finding.property) return Boolean(spec?.properties.some((property) => property.name === finding.property));
  return Boolean(finding.branch) && exitsOf(spec, action).some((exit) => exit.name === finding.branch);
}

/** A property that has no effect with the present choice is hidden, unless it holds something. */
function isShown(property, spec, action) {
  if (!property.only_with || action.properties[property.name] !== undefined) return true;
  const other = spec.properties.find((one) => one.name === property.only_with.property);
  return (action.properties[other.name] ?? other.default) === property.only_with.value;
}

function Remark({ finding, id }) {
  return (
    <p className={`remark remark--${finding.severity}`} id={id} data-testid="remark">
      <Icon name={finding.severity} />
      <span>{finding.message}</span>
    </p>
  );
}

function Field({ property, value, names, variables, findings, onChange }) {
  const id = useId();
  const isWrong = findings.some((finding) => finding.severity === "error");
  const described = [property.help ? `${id}-help` : "", ...findings.map((_finding, index) => `${id}-${index}`)].filter(Boolean);
  const attributes = {
    id,
    className: `${property.kind === "choice" || property.kind === "skill" ? "form-select" : "form-control"}${isWrong ? " is-invalid" : ""}`,
    "aria-invalid": isWrong || undefined,
    "aria-describedby": described.join(" ") || undefined,
    "data-testid": "property",
    "data-name": property.name,
  };
  return (
    <div className="field">
      <label className="form-label" htmlFor={id}>
        {property.label}
        {property.required && <span className="field__required" aria-hidden="true"> *</span>}
      </label>
      <Input property={property} value={value} names={names} variables={variables} attributes={attributes} onChange={onChange} />
      {findings.map((finding, index) => (
        <Remark key={finding.code} finding={finding} id={`${id}-${index}`} />
      ))}
      {property.help && <p className="form-hint" id={`${id}-help`}>{property.help}</p>}
    </div>
  );
}

function Input({ property, value, names, variables, attributes, onChange }) {
  switch (property.kind) {
    case "choice":
      return (
        <select {...attributes} value={value ?? property.default ?? ""} onChange={(event) => onChange(event.target.value)}>
          {property.default === null && <option value="">{t("field.none")}</option>}
          {property.choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
        </select>
      );
    case "skill":
    case "tag":
    case "disposition":
    case "hours":
    case "script":
    case "secret":
      return <NamePicker kind={property.kind} value={value} choices={names[property.kind]} attributes={attributes} onChange={onChange} />;
    case "agent":
      return (
        <>
          <input {...attributes} value={value ?? ""} list={`${attributes.id}-list`} autoComplete="off" placeholder={t("field.any-agent")}
            onChange={(event) => onChange(event.target.value)} />
          <datalist id={`${attributes.id}-list`}>
            {names.agent.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
          </datalist>
        </>
      );
    case "number":
    case "integer":
      return (
        <input {...attributes} value={value ?? ""} inputMode="decimal" autoComplete="off" placeholder={String(property.default ?? "")}
          onChange={(event) => onChange(asNumber(event.target.value))} />
      );
    case "template":
    case "condition":
      return (
        <VariableField value={String(value ?? "")} onChange={onChange} attributes={attributes} variables={variables} isCondition={property.kind === "condition"}
          multiline={property.multiline} />
      );
    default:
      return property.multiline ? (
        <textarea {...attributes} rows={4} value={value ?? ""} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...attributes} value={value ?? ""} autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      );
  }
}

/** A number where it is one; what else was typed stays as it is, and the inspection says what is wrong with it. */
function asNumber(text) {
  return /^-?\d{1,12}(\.\d{1,12})?$/.test(text) && !/\.\d*0$/.test(text) ? Number(text) : text;
}

function NamePicker({ kind, value, choices, attributes, onChange }) {
  const isDefault = kind === "skill" && (value === undefined || String(value).toLowerCase() === "default");
  const shown = isDefault ? "" : (value ?? "");
  const isKnown = shown === "" || choices.some((choice) => choice.value.toLowerCase() === String(shown).toLowerCase());
  const spelling = choices.find((choice) => choice.value.toLowerCase() === String(shown).toLowerCase())?.value ?? shown;
  return (
    <select {...attributes} className={attributes.className.replace("form-control", "form-select")} value={spelling}
      onChange={(event) => onChange(event.target.value)}>
      <option value="">{kind === "skill" ? t("field.default-skill") : t("field.none")}</option>
      {!isKnown && <option value={shown}>{t("field.gone", { name: String(shown) })}</option>}
      {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
    </select>
  );
}

function Branches({ action, editor, specs, findings }) {
  const { doc } = editor;
  const exits = exitsOf(specs.get(action.type), action);
  const targets = doc.actions.filter((other) => canLeadTo(specs.get(other.type)));
  const stray = doc.branches.filter((branch) => branch.from === action.id && !exits.some((exit) => exit.name === branch.branch));
  if (exits.length === 0 && stray.length === 0) return null;
  return (
    <section className="field" aria-label={t("branches")}>
      <h3 className="panel-studio__title">{t("branches")}</h3>
      {[...exits, ...stray.map((branch) => ({ name: branch.branch, label: branch.branch, help: t("branch.stray") }))].map((exit) => (
        <BranchField key={exit.name} exit={exit} action={action} editor={editor} targets={targets} specs={specs}
          findings={findings.filter((finding) => finding.branch === exit.name)} />
      ))}
    </section>
  );
}

function BranchField({ exit, action, editor, targets, specs, findings }) {
  const id = useId();
  return (
    <div className="branch-field">
      <label htmlFor={id}>{exit.label}</label>
      <select id={id} className="form-select" value={targetOf(editor.doc, action.id, exit.name)} data-testid="branch" data-branch={exit.name}
        aria-describedby={exit.help ? `${id}-help` : undefined}
        onChange={(event) => editor.connect({ from: action.id, branch: exit.name, to: event.target.value })}>
        <option value="">{t("branch.nowhere")}</option>
        {targets.map((target) => <option key={target.id} value={target.id}>{fullName(target, specs)}</option>)}
      </select>
      {findings.map((finding) => <Remark key={finding.code} finding={finding} />)}
      {exit.help && <p className="form-hint" id={`${id}-help`}>{exit.help}</p>}
    </div>
  );
}

function Several({ editor, count, mayEdit }) {
  if (count === 0) return <p className="soft panel-studio__empty">{t("properties.none")}</p>;
  const ids = editor.selection;
  return (
    <>
      <h2>{plural("properties.selected", count)}</h2>
      <fieldset disabled={!mayEdit} className="panel-studio__fields panel-studio__buttons">
        <button type="button" className="btn btn-quiet btn-small" onClick={() => editor.align(ids, "left")}>{t("edit.align-left")}</button>
        <button type="button" className="btn btn-quiet btn-small" onClick={() => editor.align(ids, "top")}>{t("edit.align-top")}</button>
        <button type="button" className="btn btn-danger-quiet btn-small" onClick={() => editor.remove(ids)}>{t("edit.delete")}</button>
      </fieldset>
    </>
  );
}
