// What is different in a version, in words beside the canvas that shows it.

import { t } from "../lib/i18n.js";
import { Icon } from "./parts.jsx";

export function Difference({ difference, number, onJump, onClose }) {
  return (
    <aside className="panel-studio panel-studio--open" aria-label={t("versions.difference")} data-testid="difference">
      <div className="panel-studio__head">
        <h2>{t("versions.difference")}</h2>
        <button type="button" className="btn btn-bare" aria-label={t("close")} onClick={onClose}><Icon name="close" /></button>
      </div>
      <p className="soft">
        {difference.number === null ? t("difference.first", { number }) : t("difference.about", { number, before: difference.number })}
      </p>
      {difference.changes.length === 0 && <p className="soft">{t("versions.same")}</p>}
      <ul className="changes">
        {difference.changes.map((change) => (
          <li key={`${change.kind} ${change.message}`} className={`changes__one changes__one--${change.kind}`}>
            <button type="button" className="changes__jump" onClick={() => onJump(change.action)} data-testid="change" data-kind={change.kind}>{change.message}</button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
