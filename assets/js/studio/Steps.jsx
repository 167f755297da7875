// The steps that a contact took, of a try or of a real one: each with what it kept, its branch and how long it lasted.
// Between them stand the texts, where there are any among the entries.

import { useMemo } from "react";
import { clockText, formatMoment, formatTime, t } from "../lib/i18n.js";
import { exitsOf, find } from "./document.js";
import { cardOf, lasted, stepsOf } from "./trial.js";

export function Steps({ entries, doc, specs, onJump }) {
  const times = useMemo(() => lastedByStep(entries), [entries]);
  if (times.size === 0) return <p className="soft">{t("steps.none")}</p>;
  return (
    <ol className="way" data-testid="steps">
      {/* What happened is only ever added to. */}
      {entries.map((entry, index) => {
        if (entry.kind === "step") return <Step key={`step ${entry.position}`} step={entry} seconds={times.get(entry)} doc={doc} specs={specs} onJump={onJump} />;
        if (entry.kind === "text_in" || entry.kind === "text_out") return <Text key={`text ${index}`} entry={entry} />;
        return null;
      })}
    </ol>
  );
}

function lastedByStep(entries) {
  const steps = stepsOf(entries);
  const times = lasted(steps);
  return new Map(steps.map((step, index) => [step, times[index]]));
}

function Text({ entry }) {
  const isIn = entry.kind === "text_in";
  return (
    <li className={`way__text way__text--${isIn ? "in" : "out"}`} data-testid="step-text">
      <span className="soft">{isIn ? t("steps.customer") : t("steps.sent")} · {formatTime(new Date(entry.at))}</span>
      <p dir="auto">{entry.text}</p>
    </li>
  );
}

function Step({ step, seconds, doc, specs, onJump }) {
  const id = cardOf(step);
  const isCalled = step.action.includes("/");
  const kept = Object.entries(step.changed ?? {});
  const values = Object.entries(step.values ?? {}).filter(([name]) => !(name in (step.changed ?? {})));
  return (
    <li className={`way__step${isCalled ? " way__step--called" : ""}`} data-testid="step" data-action={step.action} data-branch={step.branch}>
      <button type="button" className="way__head" onClick={() => onJump(id)}>
        <span className="way__number num">{step.position}</span>
        <span className="way__name">
          <strong>{step.type}</strong> {step.label || specs.get(step.type)?.name}
          {step.branch && <span className="way__branch"> → {branchLabel(step, doc, specs)}</span>}
          {!step.branch && seconds !== null && <span className="way__branch"> · {t("steps.waits")}</span>}
        </span>
        <span className="way__time">
          <time dateTime={step.at} title={formatMoment(new Date(step.at))}>{formatMoment(new Date(step.at))}</time>
          {seconds >= 1 && <span className="way__lasted"> · {t("steps.lasted", { time: clockText(seconds) })}</span>}
        </span>
      </button>
      {kept.length + values.length > 0 && (
        <dl className="way__values">
          {kept.map(([name, value]) => <Value key={name} name={name} value={value} isNew />)}
          {values.map(([name, value]) => <Value key={name} name={name} value={value} />)}
        </dl>
      )}
    </li>
  );
}

function Value({ name, value, isNew = false }) {
  return (
    <div className={isNew ? "way__value way__value--new" : "way__value"}>
      <dt>{name}</dt>
      <dd dir="auto">{value === null || value === "" ? "–" : String(value)}</dd>
    </div>
  );
}

function branchLabel(step, doc, specs) {
  const action = step.action.includes("/") ? null : find(doc, step.action);
  const exit = action && exitsOf(specs.get(action.type), action).find((one) => one.name === step.branch);
  return exit?.label ?? specs.get(step.type)?.branches.find((one) => one.name === step.branch)?.label ?? step.branch;
}
