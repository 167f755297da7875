// The versions of a script: who published what and when, what was different, and back to one of them.

import { useEffect, useState } from "react";
import { formatMoment, t } from "../lib/i18n.js";
import { Changes } from "./dialogs.jsx";
import { Icon } from "./parts.jsx";

export function Versions({ api, script, shown, mayRestore, reloaded, onRestore, onClose }) {
  const [versions, setVersions] = useState(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    api.get(`scripts/${script.id}/versions?limit=200`).then(
      (answer) => setVersions(answer.results),
      (error) => setFailed(error.message || t("error.network")),
    );
  }, [api, script.id, reloaded]);
  return (
    <aside className="panel-studio panel-studio--open" aria-label={t("versions")} data-testid="versions">
      <div className="panel-studio__head">
        <h2>{t("versions")}</h2>
        <button type="button" className="btn btn-bare" aria-label={t("close")} onClick={onClose}><Icon name="close" /></button>
      </div>
      {failed && <p className="notice notice--danger">{failed}</p>}
      {versions?.length === 0 && <p className="soft">{t("versions.none")}</p>}
      <ol className="versions">
        {versions?.map((version) => (
          <Version key={version.number} version={version} api={api} script={script} isShown={version.number === shown}
            mayRestore={mayRestore} onRestore={onRestore} />
        ))}
      </ol>
    </aside>
  );
}

function Version({ version, api, script, isShown, mayRestore, onRestore }) {
  const [changes, setChanges] = useState(null);
  const isDraft = version.status === "draft";
  const moment = new Date(isDraft ? version.saved_at : version.published_at);
  const compare = () =>
    changes
      ? setChanges(null)
      : api.get(`scripts/${script.id}/versions/${version.number}/difference`).then((answer) => setChanges(answer.results));
  return (
    <li className={`version${isShown ? " version--shown" : ""}`} data-testid="version" data-number={version.number}>
      <div className="version__head">
        <strong>{t("version", { number: version.number })}</strong>
        <span className={`mark mark--${isDraft ? "warn" : version.status === "published" ? "ok" : "quiet"}`}>{t(`status.${version.status}`)}</span>
      </div>
      <div className="soft">
        {formatMoment(moment)} · {(isDraft ? version.created_by : version.published_by) ?? t("versions.system")}
      </div>
      {version.note && <p className="version__note">{version.note}</p>}
      <div className="version__buttons">
        <a className="btn btn-quiet btn-small" href={isDraft ? script.address : `${script.address}versions/${version.number}/`}>{t("versions.view")}</a>
        <button type="button" className="btn btn-quiet btn-small" aria-expanded={changes !== null} onClick={compare} data-testid="version-difference">
          {t("versions.difference")}
        </button>
        {mayRestore && !isDraft && (
          <button type="button" className="btn btn-quiet btn-small" onClick={() => onRestore(version.number)} data-testid="version-restore">
            {t("versions.restore")}
          </button>
        )}
      </div>
      {changes?.length > 0 && (
        <a className="btn btn-quiet btn-small version__drawn" href={`${script.address}versions/${version.number}/?difference`} data-testid="version-drawn">
          {t("difference.draw")}
        </a>
      )}
      {changes && (changes.length > 0 ? <Changes changes={changes} /> : <p className="soft">{t("versions.same")}</p>)}
    </li>
  );
}
