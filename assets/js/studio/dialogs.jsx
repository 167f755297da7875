// "Save script as…" and "Publish".

import { useEffect, useId, useState } from "react";
import { t } from "../lib/i18n.js";
import { Dialog, Icon } from "./parts.jsx";

export function SaveAs({ name, unit, onSave, onClose }) {
  const [text, setText] = useState(name);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event) => {
    event.preventDefault();
    if (text.trim() === "") {
      setError(t("save-as.empty"));
      return;
    }
    setBusy(true);
    try {
      await onSave(text.trim());
    } catch (refusal) {
      setError(refusal.fields?.name?.join(" ") || refusal.message || t("error.network"));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("save-as.title")} onClose={onClose} testId="dialog-save-as">
      <form onSubmit={submit} noValidate>
        <label className="form-label" htmlFor={id}>{t("save-as.name")}</label>
        <input className={`form-control${error ? " is-invalid" : ""}`} id={id} value={text} maxLength={100} autoComplete="off"
          aria-invalid={error ? true : undefined} aria-describedby={`${id}-hint`} data-testid="save-as-name"
          onChange={(event) => setText(event.target.value)} />
        {error && <p className="form-error" role="alert">{error}</p>}
        <p className="form-hint" id={`${id}-hint`}>{t("save-as.unit", { unit: unit.name })}</p>
        <div className="dialog__buttons">
          <button className="btn btn-primary" disabled={isBusy} data-testid="save-as-save">{t("save-as.save")}</button>
          <button type="button" className="btn btn-quiet" onClick={onClose}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function Publish({ findings, nameOfAction, readChanges, runTests, onPublish, onJump, onClose }) {
  const [changes, setChanges] = useState(null);
  const [failing, setFailing] = useState([]);
  const [note, setNote] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  const errors = findings.filter((finding) => finding.severity === "error");
  const warnings = findings.filter((finding) => finding.severity === "warning");
  useEffect(() => {
    let isShown = true;
    readChanges()
      .then((found) => isShown && setChanges(found))
      .catch(() => isShown && setChanges([]));
    runTests()
      .then((found) => isShown && setFailing(found))
      // A script that cannot be read has errors, which are shown.
      .catch(() => isShown && setFailing([]));
    return () => {
      isShown = false;
    };
  }, [readChanges, runTests]);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await onPublish(note);
    } catch (refusal) {
      setError(refusal.message || t("error.network"));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("publish.title")} onClose={onClose} testId="dialog-publish" wide>
      <form onSubmit={submit}>
        {errors.length > 0 ? (
          <>
            <p className="notice notice--danger">{t("publish.errors")}</p>
            <Findings findings={errors} nameOfAction={nameOfAction} onJump={onJump} />
          </>
        ) : (
          <p>{t("publish.about")}</p>
        )}
        {warnings.length > 0 && errors.length === 0 && (
          <>
            <h3>{t("publish.warnings")}</h3>
            <Findings findings={warnings} nameOfAction={nameOfAction} onJump={onJump} />
          </>
        )}
        {failing.length > 0 && (
          <>
            <h3>{t("publish.tests")}</h3>
            <ul className="findings" data-testid="failing-tests">
              {failing.map((verdict) => (
                <li key={verdict.id} className="finding finding--warning">
                  <Icon name="warning" />
                  <span><strong>{t("findings.named", { name: verdict.name })}</strong> {verdict.differences.join(" ")}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        {changes?.length > 0 && (
          <>
            <h3>{t("publish.changes")}</h3>
            <Changes changes={changes} />
          </>
        )}
        {errors.length === 0 && (
          <>
            <label className="form-label" htmlFor={id}>{t("publish.note")}</label>
            <input className="form-control" id={id} value={note} maxLength={500} autoComplete="off" placeholder={t("publish.note-example")}
              data-testid="publish-note" onChange={(event) => setNote(event.target.value)} />
          </>
        )}
        {error && <p className="form-error" role="alert">{error}</p>}
        <div className="dialog__buttons">
          <button className="btn btn-primary" disabled={isBusy || errors.length > 0} data-testid="publish-confirm">{t("publish")}</button>
          <button type="button" className="btn btn-quiet" onClick={onClose}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function Findings({ findings, nameOfAction, onJump }) {
  return (
    <ul className="findings" data-testid="findings">
      {findings.map((finding) => (
        <li key={`${finding.code} ${finding.action} ${finding.property} ${finding.branch} ${finding.path}`}>
          <button type="button" className={`finding finding--${finding.severity}`} disabled={!finding.action} data-testid="finding"
            onClick={() => onJump(finding.action)}>
            <Icon name={finding.severity} />
            <span>
              {finding.action && <strong>{t("findings.named", { name: nameOfAction(finding.action) })}</strong>}{" "}
              {finding.message}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Changes({ changes }) {
  return (
    <ul className="changes" data-testid="changes">
      {changes.map((change) => (
        <li key={`${change.kind} ${change.message}`} className={`changes__one changes__one--${change.kind}`}>{change.message}</li>
      ))}
    </ul>
  );
}
