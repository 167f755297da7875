// Keeps the draft on the server in step with the canvas, has it inspected, and holds the right to edit.

import { useCallback, useEffect, useRef, useState } from "react";
import { newKey } from "../lib/http.js";

const REST_MS = 700;
const AGAIN_MS = 5_000;
const RENEW_MS = 20_000;

/**
 * `status`: "saved", "changed" (not sent yet, or not a script of the server yet), "saving", "failed" (tried again by
 * itself), "stale" (somebody else saved: load again).
 */
export function useDraft({ api, script, definition, doc, draft, firstFindings, unitId, tab, mayEdit, onLost, onStored }) {
  // A script to begin with is nobody's yet: it is not saved until it has a name.
  const [status, setStatus] = useState(script || doc.actions.length === 0 ? "saved" : "changed");
  const [problem, setProblem] = useState("");
  const [findings, setFindings] = useState(firstFindings);
  const state = useRef({ revision: draft ?? 0, known: definition, wanted: definition, isBusy: false, timer: 0 });
  const tools = useRef({});
  tools.current = { api, script, unitId, tab, onLost, onStored };

  const flush = useCallback(async () => {
    const now = state.current;
    clearTimeout(now.timer);
    if (now.isBusy || now.wanted === now.known) return;
    const { api: server, script: target, unitId: unit, tab: mine, onLost: lost, onStored: stored } = tools.current;
    const sent = now.wanted;
    now.isBusy = true;
    setStatus("saving");
    try {
      if (target) {
        const answer = await server.put(`scripts/${target.id}/draft`, { definition: sent, revision: now.revision, tab: mine });
        now.revision = answer.revision;
        setFindings(answer.findings);
        stored(answer);
      } else {
        const answer = await server.post("scripts/inspect", { definition: sent, business_unit: unit });
        setFindings(answer.findings);
      }
      now.known = sent;
      setProblem("");
      setStatus(target ? "saved" : "changed");
    } catch (error) {
      setProblem(error.message);
      setStatus(error.code === "draft_changed" ? "stale" : "failed");
      if (error.code === "edited_by_other") lost(error);
      else if (error.status === 0 || error.status >= 500) now.timer = setTimeout(flush, AGAIN_MS);
    } finally {
      now.isBusy = false;
    }
    if (now.wanted !== sent) flush();
  }, []);

  useEffect(() => {
    const now = state.current;
    if (!mayEdit || doc === now.wanted) return;
    now.wanted = doc;
    setStatus((before) => (before === "stale" ? before : "changed"));
    clearTimeout(now.timer);
    now.timer = setTimeout(flush, REST_MS);
  }, [doc, flush, mayEdit]);

  /** The server holds this document already: after "Save as", a restored version, a publication. */
  const adopt = useCallback((known, revision) => {
    Object.assign(state.current, { known, revision });
    setStatus(state.current.wanted === known ? "saved" : "changed");
  }, []);

  return { status, problem, findings, setFindings, flush, adopt, revision: () => state.current.revision };
}

/** Holds the script while the page is open. `holder` is who has it instead: {name, since}. */
export function useEditing({ api, scriptId, mayEdit, tab }) {
  const [holder, setHolder] = useState(null);

  const lose = useCallback((error) => {
    setHolder({ name: error.fields.editor?.[0] ?? "", since: new Date(error.fields.since?.[0] ?? Date.now()) });
  }, []);

  const hold = useCallback(
    async (takeOver = false) => {
      try {
        await api.put(`scripts/${scriptId}/editing`, { tab, take_over: takeOver });
        setHolder(null);
        return true;
      } catch (error) {
        if (error.code === "edited_by_other") lose(error);
        return false;
      }
    },
    [api, lose, scriptId, tab],
  );

  useEffect(() => {
    if (!scriptId || !mayEdit) return undefined;
    hold();
    const timer = setInterval(() => hold(), RENEW_MS);
    const release = () => api.delete(`scripts/${scriptId}/editing?tab=${tab}`, { keepalive: true }).catch(() => {});
    window.addEventListener("pagehide", release);
    return () => {
      clearInterval(timer);
      window.removeEventListener("pagehide", release);
      release();
    };
  }, [api, hold, mayEdit, scriptId, tab]);

  return { holder, lose, takeOver: () => hold(true) };
}

/** Names this tab as long as it is open, also when it is loaded again. */
export function tabName() {
  try {
    const known = sessionStorage.getItem("acd.studio.tab") ?? newKey();
    sessionStorage.setItem("acd.studio.tab", known);
    return known;
  } catch {
    return newKey(); // Storage is forbidden: the name lasts until the page is loaded again.
  }
}
