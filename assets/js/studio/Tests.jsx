// The tests of a script: tries that were kept, run on the script as it is drawn.

import { useCallback, useEffect, useId, useState } from "react";
import { formatMoment, plural, t } from "../lib/i18n.js";
import { Dialog, Icon } from "./parts.jsx";

export function Tests({ api, script, doc, mayEdit, reloaded, onLoad }) {
  const [tests, setTests] = useState(null);
  const [verdicts, setVerdicts] = useState(new Map());
  const [failed, setFailed] = useState("");
  const [isBusy, setBusy] = useState(false);
  const fail = (error) => setFailed(error.message || t("error.network"));

  const read = useCallback(
    () => api.get(`scripts/${script.id}/tests?limit=200`).then((answer) => setTests(answer.results), fail),
    [api, script.id],
  );
  useEffect(() => {
    read();
  }, [read, reloaded]);

  const run = async () => {
    setBusy(true);
    try {
      const answer = await api.post(`scripts/${script.id}/tests/run`, { definition: doc });
      setVerdicts(new Map(answer.results.map((verdict) => [verdict.id, verdict])));
      setFailed("");
    } catch (error) {
      fail(error);
    }
    setBusy(false);
  };
  const remove = (test) => api.delete(`scripts/${script.id}/tests/${test.id}`).then(read, fail);

  const passed = [...verdicts.values()].filter((verdict) => verdict.passed).length;
  return (
    <div className="trial__scroll" data-testid="tests">
      {failed && <p className="notice notice--danger">{failed}</p>}
      {tests?.length === 0 && <p className="soft">{t("tests.none")}</p>}
      {tests?.length > 0 && (
        <div className="tests__run">
          <button type="button" className="btn btn-primary btn-small" disabled={isBusy} onClick={run} data-testid="tests-run">{t("tests.run")}</button>
          {verdicts.size > 0 && <span role="status">{plural("tests.passed", passed, { all: verdicts.size })}</span>}
        </div>
      )}
      <ul className="versions">
        {tests?.map((test) => {
          const verdict = verdicts.get(test.id);
          return (
            <li key={test.id} className={`version${verdict ? ` test--${verdict.passed ? "passed" : "failed"}` : ""}`} data-testid="test"
              data-passed={verdict ? String(verdict.passed) : ""}>
              <div className="version__head">
                <strong>{test.name}</strong>
                {verdict && (
                  <span className={`mark mark--${verdict.passed ? "ok" : "danger"}`}>
                    <Icon name={verdict.passed ? "check" : "error"} /> {verdict.passed ? t("tests.ok") : t("tests.failed")}
                  </span>
                )}
              </div>
              <div className="soft">{formatMoment(new Date(test.saved_at))} · {test.created_by ?? t("versions.system")}</div>
              {verdict?.differences.map((sentence) => <p key={sentence} className="remark remark--error">{sentence}</p>)}
              <div className="version__buttons">
                <button type="button" className="btn btn-quiet btn-small" onClick={() => onLoad(test)} data-testid="test-play">{t("tests.play")}</button>
                {mayEdit && <button type="button" className="btn btn-danger-quiet btn-small" onClick={() => remove(test)}>{t("edit.delete")}</button>}
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

export function SaveTest({ api, script, doc, trial, onSaved, onClose }) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const id = useId();
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api.post(`scripts/${script.id}/tests`, { name: name.trim(), definition: doc, setup: trial.setup, inputs: trial.inputs });
      onSaved();
    } catch (refusal) {
      setError(refusal.message || t("error.network"));
    }
  };
  return (
    <Dialog title={t("trial.save")} onClose={onClose} testId="dialog-save-test">
      <form onSubmit={submit} noValidate>
        <label className="form-label" htmlFor={id}>{t("save-as.name")}</label>
        <input className={`form-control${error ? " is-invalid" : ""}`} id={id} value={name} maxLength={100} autoComplete="off"
          aria-invalid={error ? true : undefined} aria-describedby={`${id}-hint`} onChange={(event) => setName(event.target.value)} data-testid="save-test-name" />
        {error && <p className="form-error" role="alert">{error}</p>}
        <p className="form-hint" id={`${id}-hint`}>{t("tests.about")}</p>
        <div className="dialog__buttons">
          <button className="btn btn-primary" disabled={name.trim() === ""} data-testid="save-test-save">{t("save-as.save")}</button>
          <button type="button" className="btn btn-quiet" onClick={onClose}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
