// The way of a real contact through the version it ran.

import { t } from "../lib/i18n.js";
import { Icon } from "./parts.jsx";
import { Steps } from "./Steps.jsx";

export function Trace({ trace, doc, specs, onJump, onClose }) {
  return (
    <aside className="panel-studio panel-studio--open trial" aria-label={t("trace")} data-testid="trace">
      <div className="panel-studio__head">
        <h2>{t("trace")}</h2>
        <button type="button" className="btn btn-bare" aria-label={t("close")} onClick={onClose}><Icon name="close" /></button>
      </div>
      <p className="soft trial__about">{trace.standing}</p>
      {trace.failure && <p className="notice notice--danger">{trace.failure}</p>}
      {!trace.with_texts && <p className="soft trial__about">{t("trace.no-texts")}</p>}
      {trace.is_cut && <p className="soft trial__about">{t("trace.cut")}</p>}
      <div className="trial__scroll">
        <Steps entries={trace.entries} doc={doc} specs={specs} onJump={onJump} />
      </div>
    </aside>
  );
}
