// "Try it": a phone beside the canvas that texts the script as it is drawn. Nothing is stored, no text goes out.

import { useEffect, useId, useRef, useState } from "react";
import { clockText, formatMoment, formatTime, t } from "../lib/i18n.js";
import { SaveTest, Tests } from "./Tests.jsx";
import { Steps } from "./Steps.jsx";
import { Icon } from "./parts.jsx";
import { formOf, JUMPS, localMoment, untilDue } from "./trial.js";

const AGENTS = ["accept", "refuse", "expire", "busy", "unavailable", "logged_out"];
const TABS = ["phone", "steps", "tests"];
const MINE = "+447700900001";

export function Trial({ api, trial, doc, specs, config, script, mayEdit, onJump, onClose }) {
  const [tab, setTab] = useState("phone");
  const [isSaving, setSaving] = useState(false);
  const [saved, setSaved] = useState(0);
  const { played } = trial;
  return (
    <aside className="panel-studio panel-studio--open trial" aria-label={t("trial")} data-testid="trial">
      <div className="panel-studio__head">
        <h2>{t("trial")}</h2>
        <button type="button" className="btn btn-bare" aria-label={t("close")} onClick={onClose} data-testid="trial-close"><Icon name="close" /></button>
      </div>
      <div className="trial__tabs" role="tablist" aria-label={t("trial")}>
        {TABS.filter((name) => name !== "tests" || script).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} className={`trial__tab${tab === name ? " trial__tab--on" : ""}`}
            onClick={() => setTab(name)} data-testid={`trial-tab-${name}`}>
            {t(`trial.${name}`)}
            {name === "steps" && trial.steps.length > 0 && <span className="trial__count"> {trial.steps.length}</span>}
          </button>
        ))}
      </div>
      {tab === "phone" && <Phone trial={trial} config={config} script={script} />}
      {tab === "steps" && (
        <div className="trial__scroll">
          <Steps entries={played?.entries ?? []} doc={doc} specs={specs} onJump={onJump} />
          {played && <Variables variables={played.variables} />}
        </div>
      )}
      {tab === "tests" && script && (
        <Tests api={api} script={script} doc={doc} mayEdit={mayEdit} reloaded={saved}
          onLoad={(test) => { trial.load(test); setTab("phone"); }} />
      )}
      {tab !== "tests" && trial.setup && (
        <div className="trial__foot">
          <button type="button" className="btn btn-quiet btn-small" onClick={trial.takeBack} data-testid="trial-back">{t("trial.take-back")}</button>
          <button type="button" className="btn btn-quiet btn-small" onClick={trial.reset} data-testid="trial-again">{t("trial.again")}</button>
          {script && mayEdit && (
            <button type="button" className="btn btn-quiet btn-small" disabled={!played} onClick={() => setSaving(true)} data-testid="trial-save">
              {t("trial.save")}
            </button>
          )}
        </div>
      )}
      {isSaving && (
        <SaveTest api={api} script={script} doc={doc} trial={trial} onClose={() => setSaving(false)}
          onSaved={() => { setSaving(false); setSaved((count) => count + 1); setTab("tests"); }} />
      )}
    </aside>
  );
}

function Phone({ trial, config, script }) {
  const points = pointsOf(config, script);
  const [draft, setDraft] = useState("");
  const [place, setPlace] = useState(0);
  const [customer, setCustomer] = useState(MINE);
  const [moment, setMoment] = useState("");
  const [agents, setAgents] = useState("logged_out");
  const [waiting, setWaiting] = useState("0");
  const id = useId();
  const { played, problem } = trial;
  const point = points[Math.min(place, points.length - 1)];

  const send = (event) => {
    event.preventDefault();
    const text = draft.trim();
    if (text === "") return;
    if (trial.setup) trial.act({ do: "text", text });
    else {
      const at = moment ? new Date(moment) : new Date();
      at.setMilliseconds(0);
      const count = Number.parseInt(waiting, 10);
      trial.begin(
        {
          at: at.toISOString(),
          customer: customer.trim() || MINE,
          number: point.number,
          skill: point.skill,
          agents,
          agent: config.names.agent[0]?.value ?? "agent",
          waiting: Number.isFinite(count) && count > 0 ? Math.min(count, 100_000) : 0,
        },
        text,
      );
    }
    setDraft("");
  };
  const changeAgents = (to) => {
    setAgents(to);
    if (trial.setup) trial.act({ do: "agents", to });
  };

  return (
    <>
      {trial.setup === null ? (
        <fieldset className="trial__setup">
          <legend className="visually-hidden">{t("trial.setup")}</legend>
          <p className="soft trial__about">{t("trial.about")}</p>
          <label htmlFor={`${id}-to`}>{t("trial.to")}</label>
          <select id={`${id}-to`} className="form-select" value={place} onChange={(event) => setPlace(Number(event.target.value))} data-testid="trial-to">
            {points.map((one, index) => <option key={one.label} value={index}>{one.label}</option>)}
          </select>
          <label htmlFor={`${id}-from`}>{t("trial.from")}</label>
          <input id={`${id}-from`} className="form-control mono" type="tel" maxLength={32} autoComplete="off" value={customer}
            onChange={(event) => setCustomer(event.target.value)} data-testid="trial-from" />
          <label htmlFor={`${id}-at`}>{t("trial.at")}</label>
          <div className="trial__moment">
            <input id={`${id}-at`} className="form-control" type="datetime-local" value={moment} aria-describedby={`${id}-at-hint`}
              onChange={(event) => setMoment(event.target.value)} data-testid="trial-at" />
            <button type="button" className="btn btn-quiet btn-small" onClick={() => setMoment(localMoment(new Date()))}>{t("trial.now")}</button>
            <p className="form-hint" id={`${id}-at-hint`}>{t("trial.at.hint")}</p>
          </div>
          <AgentsField value={agents} onChange={changeAgents} />
          <label htmlFor={`${id}-waiting`}>{t("trial.waiting")}</label>
          <input id={`${id}-waiting`} className="form-control" inputMode="numeric" value={waiting} onChange={(event) => setWaiting(event.target.value)} />
        </fieldset>
      ) : (
        <div className="trial__setup">
          <AgentsField value={lastAgents(trial)} onChange={changeAgents} />
        </div>
      )}
      <Log entries={played?.entries ?? []} isCut={played?.is_cut} />
      {problem && <p className="form-error" role="alert">{problem === "error.network" ? t(problem) : problem}</p>}
      {played && <Doings key={trial.inputs.length} trial={trial} played={played} />}
      {played && <Clock played={played} onJump={(seconds) => trial.act({ do: "jump", seconds })} />}
      <form className="trial__write" onSubmit={send}>
        <label className="visually-hidden" htmlFor={`${id}-text`}>{t("trial.write")}</label>
        <input id={`${id}-text`} className="form-control" dir="auto" maxLength={1600} autoComplete="off" placeholder={t("trial.write")} value={draft}
          onChange={(event) => setDraft(event.target.value)} data-testid="trial-text" />
        <button className="btn btn-primary" disabled={draft.trim() === ""} data-testid="trial-send">{t("trial.send")}</button>
      </form>
    </>
  );
}

/** Those that use this script first; without any, the queues of the business unit. */
function pointsOf(config, script) {
  const ours = config.points.toSorted((one, other) => Number(other.script === script?.id) - Number(one.script === script?.id));
  const found = ours.map((point) => ({ label: `${point.number} · ${point.name}`, number: point.number, skill: point.skill }));
  if (found.length > 0) return found;
  const skills = config.names.skill.map((skill) => ({ label: skill.label, number: "12345", skill: skill.value }));
  return skills.length > 0 ? skills : [{ label: "–", number: "12345", skill: "" }];
}

function lastAgents(trial) {
  return trial.inputs.findLast((input) => input.do === "agents")?.to ?? trial.setup.agents;
}

function AgentsField({ value, onChange }) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{t("trial.agents")}</label>
      <select id={id} className="form-select" value={value} onChange={(event) => onChange(event.target.value)} data-testid="trial-agents">
        {AGENTS.map((name) => <option key={name} value={name}>{t(`trial.agents.${name}`)}</option>)}
      </select>
    </>
  );
}

function Log({ entries, isCut }) {
  const ref = useRef(null);
  useEffect(() => {
    ref.current.scrollTop = ref.current.scrollHeight;
  }, [entries]);
  const told = entries.filter((entry) => entry.kind !== "step");
  return (
    <div className="trial__log" role="log" tabIndex={0} aria-label={t("trial.texts")} ref={ref} data-testid="trial-log">
      {told.length === 0 && <p className="soft trial__empty">{t("trial.empty")}</p>}
      {/* What happened is only ever added to, or played anew from the beginning. */}
      {told.map((entry, index) => <Told key={`${index} ${entry.kind}`} entry={entry} />)}
      {isCut && <p className="trial__told trial__told--danger">{t("trial.cut")}</p>}
    </div>
  );
}

function Told({ entry }) {
  if (entry.kind === "text_in" || entry.kind === "text_out") {
    const isMine = entry.kind === "text_in";
    return (
      <div className={`message message--${isMine ? "out" : "in"}`} data-testid="trial-message" data-direction={isMine ? "sent" : "received"}>
        <div className="message__bubble">
          <span className="visually-hidden">{isMine ? t("trial.you") : t("trial.them")}</span>
          <p dir="auto">{entry.text}</p>
        </div>
        <div className="message__meta"><time dateTime={entry.at}>{formatTime(new Date(entry.at))}</time></div>
      </div>
    );
  }
  const isBad = entry.kind === "failed" || entry.kind === "text_held_back";
  return <p className={`trial__told${isBad ? " trial__told--danger" : ""}`} data-testid="trial-told" data-kind={entry.kind}>{sentence(entry)}</p>;
}

function sentence(entry) {
  switch (entry.kind) {
    case "clock":
      return t("told.clock", { time: clockText(entry.seconds) });
    case "agents":
      return t("summary.pair", { label: t("trial.agents"), value: t(`trial.agents.${entry.agents}`) });
    case "queued":
      return entry.target_agent ? t("told.queued-for", { skill: entry.skill, agent: entry.target_agent }) : t("told.queued", { skill: entry.skill });
    case "call":
      return t("told.call", { method: entry.method, url: entry.url });
    case "answer":
      return entry.failure ? t("told.no-answer") : t("told.answer", { status: entry.status });
    case "screen_pop":
      return t("told.screen_pop", { title: [entry.title, ...entry.fields.map(([label, value]) => `${label}: ${value}`)].filter(Boolean).join(" · ") });
    default:
      return t(`told.${entry.kind}`, entry);
  }
}

/** What the tester may do in the place of agents and other systems. */
function Doings({ trial, played }) {
  const form = formOf(played.entries);
  const [values, setValues] = useState({});
  const id = useId();
  if (played.waits.call) return <Answer onAnswer={(answer) => trial.act({ do: "answer", ...answer })} />;
  if (played.place !== "active") return null;
  return (
    <div className="trial__doings">
      {form.map(([name, label]) => (
        <div key={name} className="trial__field">
          <label htmlFor={`${id}-${name}`}>{label}</label>
          <input id={`${id}-${name}`} className="form-control" autoComplete="off" maxLength={1000} value={values[name] ?? String(played.variables[name] ?? "")}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })} />
        </div>
      ))}
      {form.length > 0 && (
        <button type="button" className="btn btn-quiet btn-small" disabled={Object.keys(values).length === 0} onClick={() => trial.act({ do: "fill", values })}
          data-testid="trial-fill">{t("trial.fill")}</button>
      )}
      <button type="button" className="btn btn-quiet btn-small" onClick={() => trial.act({ do: "transfer" })} data-testid="trial-transfer">{t("trial.transfer")}</button>
      <button type="button" className="btn btn-quiet btn-small" onClick={() => trial.act({ do: "release" })} data-testid="trial-release">{t("trial.release")}</button>
    </div>
  );
}

function Answer({ onAnswer }) {
  const [status, setStatus] = useState("200");
  const [body, setBody] = useState("{}");
  const id = useId();
  const number = Number.parseInt(status, 10);
  return (
    <div className="trial__doings">
      <p className="trial__doing-title">{t("trial.answer.about")}</p>
      <div className="trial__field">
        <label htmlFor={`${id}-status`}>{t("trial.answer.status")}</label>
        <input id={`${id}-status`} className="form-control" inputMode="numeric" maxLength={3} value={status} onChange={(event) => setStatus(event.target.value)} />
      </div>
      <div className="trial__field">
        <label htmlFor={`${id}-body`}>{t("trial.answer.body")}</label>
        <textarea id={`${id}-body`} className="form-control mono" rows={3} value={body} spellCheck={false} onChange={(event) => setBody(event.target.value)}
          data-testid="trial-answer-body" />
      </div>
      <button type="button" className="btn btn-quiet btn-small" disabled={!(number >= 100 && number <= 599)} data-testid="trial-answer"
        onClick={() => onAnswer({ status: number, body })}>{t("trial.answer")}</button>
      <button type="button" className="btn btn-quiet btn-small" onClick={() => onAnswer({ failure: "timeout" })}>{t("trial.answer.none")}</button>
    </div>
  );
}

function Clock({ played, onJump }) {
  const due = untilDue(played);
  return (
    <div className="trial__clock">
      <time dateTime={played.now} data-testid="trial-clock">{formatMoment(new Date(played.now))}</time>
      <span className="trial__jumps" role="group" aria-label={t("trial.clock")}>
        {JUMPS.map((seconds) => (
          <button key={seconds} type="button" className="btn btn-quiet btn-small" onClick={() => onJump(seconds)} data-testid="trial-jump" data-seconds={seconds}>
            +{t(`trial.jump.${seconds}`)}
          </button>
        ))}
        {due !== null && (
          <button type="button" className="btn btn-quiet btn-small" onClick={() => onJump(due)} data-testid="trial-jump-due">
            {t("trial.jump.due", { time: clockText(due) })}
          </button>
        )}
      </span>
    </div>
  );
}

function Variables({ variables }) {
  const names = Object.keys(variables).sort();
  if (names.length === 0) return null;
  return (
    <>
      <h3 className="panel-studio__title">{t("trial.variables")}</h3>
      <dl className="way__values way__values--all" data-testid="trial-variables">
        {names.map((name) => (
          <div key={name} className="way__value"><dt>{name}</dt><dd dir="auto">{variables[name] === null ? "–" : String(variables[name])}</dd></div>
        ))}
      </dl>
    </>
  );
}
