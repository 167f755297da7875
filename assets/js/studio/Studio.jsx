// The editor as a whole: bar, palette, canvas or list, panel, problems.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useReactFlow } from "@xyflow/react";
import { formatTime, plural, t } from "../lib/i18n.js";
import { Bar, ToolButton } from "./Menu.jsx";
import { Canvas } from "./Canvas.jsx";
import { Findings, Publish, SaveAs } from "./dialogs.jsx";
import { openDialog } from "./dialogs.js";
import { drawnTogether } from "./difference.js";
import { Difference } from "./Difference.jsx";
import { find, fragmentOf } from "./document.js";
import { Outline } from "./Outline.jsx";
import { Palette } from "./Palette.jsx";
import { Icon, fullName } from "./parts.jsx";
import { goToProperties, goToRegion } from "./regions.js";
import { Properties } from "./Properties.jsx";
import { useClipboard } from "./useClipboard.js";
import { useEditor } from "./useEditor.js";
import { useKeys } from "./useKeys.js";
import { tabName, useDraft, useEditing } from "./useServer.js";
import { Trace } from "./Trace.jsx";
import { Trial } from "./Trial.jsx";
import { litBy, stepsOf } from "./trial.js";
import { useTrial } from "./useTrial.js";
import { Versions } from "./Versions.jsx";

const NARROW = window.matchMedia("(max-width: 899px)");
const TAB = tabName();
const CENTRE = { zoom: 1, duration: 200 };

export function Studio({ config, api }) {
  const [script, setScript] = useState(config.script);
  const [version, setVersion] = useState(config.version);
  const [published, setPublished] = useState(config.published);
  const [view, setView] = useState(NARROW.matches ? "list" : "canvas");
  const [dialog, setDialog] = useState(null);
  const [side, setSide] = useState(config.trace ? "trace" : config.difference ? "difference" : config.is_history ? "versions" : "properties");
  const [showsProblems, setShowsProblems] = useState(false);
  const [showsPalette, setShowsPalette] = useState(false);
  const [notice, setNotice] = useState("");
  const [reloaded, setReloaded] = useState(0);
  const [base, setBase] = useState(config.version?.status === "published" ? config.definition : null);
  const colours = useColours();
  const flow = useReactFlow();
  const compared = useMemo(
    () => config.difference && drawnTogether(config.difference.definition, config.definition, config.difference.changes),
    [config],
  );
  const specs = useMemo(() => new Map(config.actions.map((action) => [action.type, action])), [config.actions]);

  const editing = useEditing({ api, scriptId: script?.id, mayEdit: config.may_edit, tab: TAB });
  const mayEdit = config.may_edit && !editing.holder;
  const editor = useEditor(compared?.doc ?? config.definition, specs, mayEdit);
  const draft = useDraft({
    api,
    script,
    definition: config.definition,
    doc: editor.doc,
    draft: config.draft,
    firstFindings: config.findings,
    unitId: config.unit.id,
    tab: TAB,
    mayEdit,
    onLost: editing.lose,
    onStored: ({ number, status }) => setVersion((before) => (before?.number === number ? before : { number, status })),
  });
  const { findings } = draft;
  const problems = useMemo(() => problemsByAction(findings), [findings]);
  const hasChanges = draft.revision() > 0 || editor.doc !== base;
  const isUnsaved = script ? draft.status !== "saved" : editor.doc !== config.definition;
  useGuard(isUnsaved);
  const trial = useTrial({ api, doc: editor.doc, unitId: config.unit.id, isOpen: side === "trial" });
  const traced = useMemo(() => (config.trace ? litBy(stepsOf(config.trace.entries)) : null), [config.trace]);
  const lit = side === "trial" ? trial.lit : side === "trace" ? traced : null;
  useClipboard(editor);

  const jump = (id) => {
    setDialog(null);
    setSide("properties");
    show(id);
  };

  /** Puts an action into the middle and selects it; what stands beside the canvas stays. */
  const show = (id) => {
    editor.select([id]);
    const action = find(editor.doc, id);
    if (action && view === "canvas") flow.setCenter(action.x + 110, action.y + 60, { ...CENTRE, zoom: Math.max(flow.getZoom(), 0.7) });
  };

  const openProperties = () => {
    setSide("properties");
    // They are drawn first.
    requestAnimationFrame(goToProperties);
  };

  const nameOfAction = (id) => {
    const action = find(editor.doc, id);
    return action ? fullName(action, specs) : id;
  };

  const add = (type) => {
    const centre = document.querySelector(".canvas")?.getBoundingClientRect();
    const place = centre
      ? flow.screenToFlowPosition({ x: centre.x + centre.width / 2 - 90, y: centre.y + centre.height / 3 })
      : { x: 80, y: 80 };
    editor.add(type, free(place, editor.doc));
    setShowsPalette(false);
  };

  const saveAs = async (name) => {
    const created = await api.post("scripts/import", {
      document: { ...editor.doc, media_type: "sms" },
      name,
      business_unit: config.unit.id,
    });
    const address = `${config.addresses.list}scripts/${created.id}/`;
    if (script) {
      window.location.assign(address);
      return;
    }
    draft.adopt(editor.doc, 1);
    setScript({ id: created.id, name: created.name, address });
    setVersion({ number: created.version, status: "draft" });
    window.history.replaceState(null, "", address);
    document.title = `${created.name} · Studio`;
    setNotice(t("saved.notice"));
    setDialog(dialog === "save-then-publish" ? "publish" : null);
  };

  const save = () => {
    if (!mayEdit) return;
    if (!script) setDialog("save-as");
    else draft.flush().then(() => setNotice(t("saved.notice")));
  };

  const publish = async (note) => {
    const answer = await api.post(`scripts/${script.id}/publish`, { note, revision: draft.revision(), tab: TAB });
    draft.adopt(editor.doc, 0);
    setBase(editor.doc);
    setVersion({ number: answer.number, status: answer.status });
    setPublished(answer.number);
    setReloaded((count) => count + 1);
    setDialog(null);
    setNotice(t("published.notice", { number: answer.number }));
  };

  const startPublishing = async () => {
    if (!script) {
      setDialog("save-then-publish");
      return;
    }
    await draft.flush();
    setDialog("publish");
  };

  const readChanges = useCallback(async () => {
    if (published === null) return [];
    const stored = await api.get(`scripts/${script.id}/draft`);
    const answer = await api.get(`scripts/${script.id}/versions/${stored.number}/difference`);
    return answer.results;
  }, [api, published, script]);

  /** The tests that would fail, as warnings before the script is published. */
  const runTests = useCallback(async () => {
    if (!script) return [];
    const answer = await api.post(`scripts/${script.id}/tests/run`, { definition: editor.doc });
    return answer.results.filter((verdict) => !verdict.passed);
  }, [api, editor.doc, script]);

  const restore = async (number) => {
    try {
      const answer = await api.post(`scripts/${script.id}/versions/${number}/restore`, { tab: TAB });
      if (config.is_history) {
        window.location.assign(script.address);
        return;
      }
      editor.load(answer.definition);
      draft.adopt(answer.definition, answer.revision);
      draft.setFindings(answer.findings);
      setReloaded((count) => count + 1);
      setNotice(t("restored.notice", { number }));
    } catch (error) {
      setNotice(error.message || t("error.network"));
    }
  };

  const exportAddress = script ? `${config.api}scripts/${script.id}/export${version ? `?version=${version.number}` : ""}` : null;
  const commands = {
    "mod+s": save,
    "mod+z": editor.undo,
    "mod+y": editor.redo,
    "mod+shift+z": editor.redo,
    "mod+a": () => editor.select(editor.doc.actions.map((action) => action.id)),
    "mod+d": () => editor.put(fragmentOf(editor.doc, editor.selection)),
    delete: () => editor.remove(editor.selection),
    escape: () => editor.select([]),
    f6: () => goToRegion(1),
    "shift+f6": () => goToRegion(-1),
  };
  useKeys(commands);

  const menus = [
    {
      id: "file",
      label: t("file"),
      items: [
        { id: "file-new", label: t("file.new"), run: () => openDialog("dialog-new"), disabled: !config.may_create },
        { id: "file-open", label: t("file.open"), href: config.addresses.list },
        null,
        { id: "file-save", label: t("file.save"), keys: "Ctrl S", run: save, disabled: !mayEdit },
        { id: "file-save-as", label: t("file.save-as"), run: () => setDialog("save-as"), disabled: !config.may_create },
        null,
        { id: "file-import", label: t("file.import"), run: () => openDialog("dialog-import"), disabled: !config.may_create },
        { id: "file-export", label: t("file.export"), href: exportAddress, download: true, disabled: !exportAddress || draft.status !== "saved" },
      ],
    },
    {
      id: "edit",
      label: t("edit"),
      items: [
        { id: "edit-undo", label: t("edit.undo"), keys: "Ctrl Z", run: editor.undo, disabled: !editor.canUndo },
        { id: "edit-redo", label: t("edit.redo"), keys: "Ctrl Y", run: editor.redo, disabled: !editor.canRedo },
        null,
        { id: "edit-duplicate", label: t("edit.duplicate"), keys: "Ctrl D", run: commands["mod+d"], disabled: !mayEdit || editor.selection.length === 0 },
        { id: "edit-delete", label: t("edit.delete"), keys: t("key.delete"), run: commands.delete, disabled: !mayEdit || editor.selection.length === 0 },
        { id: "edit-select-all", label: t("edit.select-all"), keys: "Ctrl A", run: commands["mod+a"] },
        null,
        { id: "edit-align-left", label: t("edit.align-left"), run: () => editor.align(editor.selection, "left"), disabled: !mayEdit || editor.selection.length < 2 },
        { id: "edit-align-top", label: t("edit.align-top"), run: () => editor.align(editor.selection, "top"), disabled: !mayEdit || editor.selection.length < 2 },
        { id: "edit-arrange", label: t("edit.arrange"), run: () => { editor.arrange(); setTimeout(() => flow.fitView({ padding: 0.15, maxZoom: 1 }), 60); }, disabled: !mayEdit },
      ],
    },
    {
      id: "view",
      label: t("view"),
      items: [
        { id: "view-canvas", label: t("view.canvas"), run: () => setView("canvas") },
        { id: "view-list", label: t("view.list"), run: () => setView("list") },
        null,
        { id: "view-zoom-in", label: t("view.zoom-in"), run: () => flow.zoomIn(), disabled: view !== "canvas" },
        { id: "view-zoom-out", label: t("view.zoom-out"), run: () => flow.zoomOut(), disabled: view !== "canvas" },
        { id: "view-fit", label: t("view.fit"), run: () => flow.fitView({ padding: 0.15, maxZoom: 1 }), disabled: view !== "canvas" },
        null,
        { id: "view-trial", label: t("trial"), run: () => setSide("trial") },
        ...(config.trace ? [{ id: "view-trace", label: t("trace"), run: () => setSide("trace") }] : []),
        ...(config.difference ? [{ id: "view-difference", label: t("versions.difference"), run: () => setSide("difference") }] : []),
        { id: "view-versions", label: t("versions"), run: () => setSide("versions"), disabled: !script },
      ],
    },
  ];

  return (
    <>
      <Bar
        title={script?.name ?? t("new-script")}
        standing={<Standing script={script} version={version} published={published} draft={draft} hasChanges={hasChanges} config={config} />}
        menus={menus}
        tools={
          <>
            <ToolButton label={t("edit.undo")} icon="undo" onClick={editor.undo} disabled={!editor.canUndo} testId="undo" />
            <ToolButton label={t("edit.redo")} icon="redo" onClick={editor.redo} disabled={!editor.canRedo} testId="redo" />
            <ToolButton label={view === "canvas" ? t("view.list") : t("view.canvas")} icon={view === "canvas" ? "list" : "canvas"}
              onClick={() => setView(view === "canvas" ? "list" : "canvas")} testId="toggle-view" />
          </>
        }
      >
        {mayEdit && (
          <button type="button" className="btn btn-quiet studio-bar__add" aria-expanded={showsPalette} onClick={() => setShowsPalette(!showsPalette)} data-testid="toggle-palette">
            <Icon name="plus" /> {t("palette.add")}
          </button>
        )}
        {!config.trace && (
          <button type="button" className="btn btn-quiet" aria-pressed={side === "trial"} onClick={() => setSide(side === "trial" ? "properties" : "trial")} data-testid="try">
            {t("trial")}
          </button>
        )}
        {config.may_edit && (
          <button type="button" className="btn btn-primary" onClick={startPublishing} disabled={!mayEdit || (script !== null && !hasChanges)} data-testid="publish">
            {t("publish")}
          </button>
        )}
      </Bar>
      <Banners config={config} editing={editing} draft={draft} script={script} version={version} onRestore={restore} />
      <div className={`studio__body${showsPalette ? " studio__body--palette" : ""}${side === "trial" || side === "trace" ? " studio__body--wide" : ""}`}>
        {mayEdit && <Palette actions={config.actions} onAdd={add} />}
        {view === "canvas" ? (
          <Canvas editor={editor} specs={specs} problems={problems} mayEdit={mayEdit} colours={colours} lit={lit} compared={compared} onOpen={openProperties} />
        ) : (
          <Outline editor={editor} specs={specs} problems={problems} lit={lit} compared={compared} onOpen={openProperties} />
        )}
        {side === "trial" ? (
          <Trial api={api} trial={trial} doc={editor.doc} specs={specs} config={config} script={script} mayEdit={mayEdit} onJump={show} onClose={() => setSide("properties")} />
        ) : side === "trace" ? (
          <Trace trace={config.trace} doc={editor.doc} specs={specs} onJump={show} onClose={() => setSide("properties")} />
        ) : side === "difference" ? (
          <Difference difference={config.difference} number={version.number} onJump={show} onClose={() => setSide("properties")} />
        ) : side === "versions" && script ? (
          <Versions api={api} script={script} shown={version?.number} mayRestore={config.may_restore && !editing.holder} reloaded={reloaded}
            onRestore={restore} onClose={() => setSide("properties")} />
        ) : (
          <Properties editor={editor} specs={specs} names={config.names} findings={findings} mayEdit={mayEdit}
            helpAddress={config.addresses.actions}
            contactsAddress={script && published && config.may_see_contacts ? `${script.address}contacts/` : ""} onClose={() => editor.select([])} />
        )}
      </div>
      <Problems findings={findings} isOpen={showsProblems} isEmpty={editor.doc.actions.length === 0} onToggle={() => setShowsProblems(!showsProblems)} nameOfAction={nameOfAction} onJump={jump} />
      <p className="visually-hidden" role="status">{notice}</p>
      {notice && <Toast text={notice} onGone={() => setNotice("")} />}
      {(dialog === "save-as" || dialog === "save-then-publish") && (
        <SaveAs name={script ? t("save-as.copy", { name: script.name }) : ""} unit={config.unit} onSave={saveAs} onClose={() => setDialog(null)} />
      )}
      {dialog === "publish" && script && (
        <Publish findings={findings} nameOfAction={nameOfAction} readChanges={readChanges} runTests={runTests} onPublish={publish} onJump={jump} onClose={() => setDialog(null)} />
      )}
    </>
  );
}

function Standing({ script, version, published, draft, hasChanges, config }) {
  const words = {
    saved: t("saving.saved"),
    changed: script ? t("saving.changed") : t("saving.new"),
    saving: t("saving.saving"),
    failed: t("saving.failed"),
    stale: t("saving.stale"),
  };
  return (
    <p className="studio-bar__standing">
      {published && <span className="mark mark--ok">{t("published", { number: published })}</span>}
      {script && !config.is_history && hasChanges && <span className="mark mark--warn">{t("status.draft")}</span>}
      {config.is_history && version && <span className="mark mark--quiet">{t("version", { number: version.number })}</span>}
      {config.may_edit && (
        <span className={`standing standing--${draft.status}`} title={draft.problem} data-testid="standing" data-status={draft.status}>
          {words[draft.status]}
        </span>
      )}
    </p>
  );
}

function Banners({ config, editing, draft, script, version, onRestore }) {
  if (config.is_history) {
    return (
      <div className="banner notice--info" role="status">
        <span>{config.trace ? t("trace.about", { contact: config.trace.contact, number: version.number }) : t("history.about", { number: version.number })}</span>
        {config.trace?.address && <a className="btn btn-quiet btn-small" href={config.trace.address}>{t("trace.life")}</a>}
        <a className="btn btn-quiet btn-small" href={script.address}>{t("history.back")}</a>
        {config.may_restore && version.status !== "draft" && (
          <button type="button" className="btn btn-quiet btn-small" onClick={() => onRestore(version.number)}>{t("versions.restore")}</button>
        )}
      </div>
    );
  }
  if (editing.holder) {
    return (
      <div className="banner notice--warn" role="alert" data-testid="edited-by">
        <span>{t("editing.by", { name: editing.holder.name, time: formatTime(editing.holder.since) })}</span>
        {(config.may_take_over || editing.holder.name === config.user) && (
          <button type="button" className="btn btn-quiet btn-small" data-testid="take-over"
            onClick={async () => (await editing.takeOver()) && window.location.reload()}>
            {t("editing.take-over")}
          </button>
        )}
        <button type="button" className="btn btn-quiet btn-small" onClick={() => window.location.reload()}>{t("load-again")}</button>
      </div>
    );
  }
  if (draft.status === "stale") {
    return (
      <div className="banner notice--warn" role="alert">
        <span>{t("stale.about")}</span>
        <button type="button" className="btn btn-quiet btn-small" onClick={() => window.location.reload()}>{t("load-again")}</button>
      </div>
    );
  }
  if (draft.status === "failed") {
    return <div className="banner notice--danger" role="alert"><span>{draft.problem || t("error.network")}</span></div>;
  }
  if (!config.may_edit) return <div className="banner notice--info"><span>{t("read-only")}</span></div>;
  return null;
}

function Problems({ findings, isOpen, isEmpty, onToggle, nameOfAction, onJump }) {
  const errors = findings.filter((finding) => finding.severity === "error").length;
  const warnings = findings.length - errors;
  if (isEmpty) return null;
  return (
    <section className="problems" aria-label={t("problems")}>
      <button type="button" className="problems__bar" aria-expanded={isOpen} disabled={findings.length === 0} onClick={onToggle} data-testid="problems">
        {findings.length === 0 ? (
          <span className="problems__count problems__count--ok"><Icon name="check" /> {t("problems.none")}</span>
        ) : (
          <>
            {errors > 0 && <span className="problems__count problems__count--error"><Icon name="error" /> {plural("problems.errors", errors)}</span>}
            {warnings > 0 && <span className="problems__count problems__count--warning"><Icon name="warning" /> {plural("problems.warnings", warnings)}</span>}
          </>
        )}
      </button>
      {isOpen && findings.length > 0 && <Findings findings={findings} nameOfAction={nameOfAction} onJump={onJump} />}
    </section>
  );
}

const TOAST_MS = 5_000;

function Toast({ text, onGone }) {
  const gone = useRef(onGone);
  gone.current = onGone;
  useEffect(() => {
    const timer = setTimeout(() => gone.current(), TOAST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <div className="studio__toast notice notice--ok" aria-hidden="true" data-testid="toast">{text}</div>;
}

/** By action: the worst severity and all sentences in one text. */
function problemsByAction(findings) {
  const found = new Map();
  for (const finding of findings) {
    if (!finding.action) continue;
    const known = found.get(finding.action);
    const severity = known?.severity === "error" ? "error" : finding.severity;
    found.set(finding.action, { severity, text: known ? `${known.text} ${finding.message}` : finding.message });
  }
  return found;
}

/** A place where no card lies already. */
function free(place, doc) {
  const taken = (x, y) => doc.actions.some((action) => Math.abs(action.x - x) < 40 && Math.abs(action.y - y) < 40);
  let { x, y } = place;
  while (taken(x, y)) [x, y] = [x + 48, y + 48];
  return { x, y };
}

function useGuard(isUnsaved) {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    const ask = (event) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
}

function useColours() {
  const [colours, setColours] = useState(document.documentElement.dataset.bsTheme ?? "light");
  useEffect(() => {
    const observer = new MutationObserver(() => setColours(document.documentElement.dataset.bsTheme));
    observer.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    return () => observer.disconnect();
  }, []);
  return colours;
}
