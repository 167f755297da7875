// A try of the script as it is drawn: what was done so far is played again whenever it or the script changes.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { litBy, stepsOf } from "./trial.js";

const REST_MS = 400;
const STEP_MS = 140;
const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
const NOTHING = [];

/** `setup` is null before the customer has written. `lit` is what the canvas shows. */
export function useTrial({ api, doc, unitId, isOpen }) {
  const [attempt, setAttempt] = useState({ setup: null, inputs: NOTHING });
  const [played, setPlayed] = useState(null);
  const [problem, setProblem] = useState("");
  const [shown, setShown] = useState(0);
  const asked = useRef(0);
  const playedDoc = useRef(null);

  useEffect(() => {
    if (!isOpen || attempt.setup === null) return undefined;
    asked.current += 1;
    const mine = asked.current;
    const ask = async () => {
      try {
        const answer = await api.post("scripts/try", { definition: doc, business_unit: unitId, ...attempt });
        if (mine !== asked.current) return;
        setPlayed(answer);
        setProblem("");
      } catch (error) {
        if (mine === asked.current) setProblem(error.message || "error.network");
      }
    };
    // Each stroke changes the script; what the tester does is answered at once.
    const isDrawing = playedDoc.current !== null && playedDoc.current !== doc;
    playedDoc.current = doc;
    const timer = setTimeout(ask, isDrawing ? REST_MS : 0);
    return () => clearTimeout(timer);
  }, [api, attempt, doc, isOpen, unitId]);

  const entries = played?.entries ?? NOTHING;
  const steps = useMemo(() => stepsOf(entries), [entries]);

  // Step by step: what is new lights up one after the other.
  useEffect(() => {
    if (shown >= steps.length) {
      if (shown > steps.length) setShown(steps.length);
      return undefined;
    }
    if (CALM.matches || steps.length - shown > 40) {
      setShown(steps.length);
      return undefined;
    }
    const timer = setTimeout(() => setShown(shown + 1), STEP_MS);
    return () => clearTimeout(timer);
  }, [shown, steps]);

  const lit = useMemo(() => (isOpen && steps.length > 0 ? litBy(steps.slice(0, shown)) : null), [isOpen, shown, steps]);

  const act = useCallback((input) => setAttempt((before) => ({ ...before, inputs: [...before.inputs, input] })), []);
  const begin = useCallback((setup, text) => {
    playedDoc.current = null;
    setShown(0);
    setAttempt({ setup, inputs: [{ do: "text", text }] });
  }, []);
  const reset = useCallback(() => {
    asked.current += 1;
    setAttempt({ setup: null, inputs: NOTHING });
    setPlayed(null);
    setShown(0);
    setProblem("");
  }, []);
  const takeBack = useCallback(() => {
    if (attempt.inputs.length <= 1) reset();
    else setAttempt((before) => ({ ...before, inputs: before.inputs.slice(0, -1) }));
  }, [attempt.inputs.length, reset]);
  /** Plays a test that was kept. */
  const load = useCallback(({ setup, inputs }) => {
    playedDoc.current = null;
    setShown(0);
    setAttempt({ setup, inputs });
  }, []);

  return { ...attempt, played, problem, steps, lit, act, begin, reset, takeBack, load };
}
