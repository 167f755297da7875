// The canvas. React Flow draws and moves; what is drawn is decided by the document.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { applyNodeChanges, Background, Controls, MarkerType, MiniMap, ReactFlow, useReactFlow } from "@xyflow/react";
import { plural, t } from "../lib/i18n.js";
import { ActionNode } from "./ActionNode.jsx";
import { canLeadTo } from "./document.js";
import { fullName } from "./parts.jsx";
import { edgeKey } from "./trial.js";

const NODE_TYPES = { action: ActionNode };
const NONE = new Set();
const ARROW = { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--acd-line-strong)" };
const FIT = { padding: 0.15, maxZoom: 1 };
const SNAP = [4, 4];
/** From so many cards on they are drawn plainer, so that dragging one stays smooth: pictures cost most. */
const MANY = 100;
const ADDING_KEYS = ["Meta", "Control"];
const mapClass = (node) => `map map--${node.data.spec?.group ?? "unknown"}`;
export const DRAGGED = "application/x-acd-action";

export function Canvas({ editor, specs, problems, mayEdit, colours, lit, compared, onOpen }) {
  const { doc, selection } = editor;
  const flow = useReactFlow();
  const [nodes, setNodes] = useState([]);
  const latest = useRef(null);
  // An empty canvas does not jump when the first action is put on it.
  const hadActions = useRef(doc.actions.length > 0);
  latest.current = { editor, selection, doc, onOpen };

  const connected = useMemo(() => exitsInUse(doc), [doc]);
  const chosen = useMemo(() => new Set(selection), [selection]);

  useEffect(() => {
    setNodes((before) => {
      const known = new Map(before.map((node) => [node.id, node]));
      return doc.actions.map((action) =>
        nodeOf(action, known.get(action.id), {
          spec: specs.get(action.type),
          problem: problems.get(action.id),
          connected: connected.get(action.id) ?? NONE,
          isSelected: chosen.has(action.id),
          name: fullName(action, specs),
          light: lightOf(action.id, lit),
          mark: compared?.cards.get(action.id),
        }),
      );
    });
  }, [doc, specs, problems, connected, chosen, lit, compared]);

  const edges = useMemo(
    () =>
      doc.branches.map(({ from, branch, to }) => ({
        id: `${from}/${branch}/${to}`,
        source: from,
        sourceHandle: branch,
        target: to,
        targetHandle: "in",
        type: "smoothstep",
        markerEnd: ARROW,
        className: classOf({ from, branch, to }, lit, compared),
        data: { from, branch },
      })),
    [doc.branches, lit, compared],
  );

  const onNodesChange = useCallback((changes) => {
    const { editor: now, selection: selected } = latest.current;
    const next = new Set(selected);
    const moved = new Map();
    for (const change of changes) {
      if (change.type === "select") (change.selected ? next.add(change.id) : next.delete(change.id));
      if (change.type === "position" && change.dragging === false && change.position) moved.set(change.id, change.position);
    }
    if (next.size !== selected.length || selected.some((id) => !next.has(id))) now.select([...next]);
    setNodes((before) => applyNodeChanges(changes.filter((change) => change.type !== "remove" && change.type !== "select"), before));
    if (moved.size > 0) now.move(moved, `move ${[...moved.keys()].join(" ")}`);
  }, []);

  // The same functions all along: a new one would make React Flow go through every card while one is dragged.
  const handlers = useMemo(
    () => ({
      connect: ({ source, sourceHandle, target }) =>
        latest.current.editor.connect({ from: source, branch: sourceHandle, to: target }),
      disconnect: (_event, edge) => latest.current.editor.connect({ ...edge.data, to: "" }),
      leave: () => latest.current.editor.select([]),
      open: () => latest.current.onOpen(),
      // Enter selects an action; on the one that is selected it leads on to the properties.
      enter: (event) => {
        const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
        if (event.key === "Enter" && isPlain && event.target.matches(".react-flow__node.selected")) latest.current.onOpen();
      },
    }),
    [],
  );
  const labels = useMemo(LABELS, []);

  const onDrop = (event) => {
    const type = event.dataTransfer.getData(DRAGGED);
    if (!type) return;
    event.preventDefault();
    const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    editor.add(type, { x: place.x - 60, y: place.y - 20 });
  };

  const isValidConnection = useCallback(
    ({ target }) => {
      const action = latest.current.doc.actions.find((one) => one.id === target);
      return Boolean(action) && canLeadTo(specs.get(action.type));
    },
    [specs],
  );

  return (
    <div className={`canvas${lit ? " canvas--lit" : ""}${compared ? " canvas--compared" : ""}${doc.actions.length > MANY ? " canvas--many" : ""}`} data-testid="canvas"
      onDrop={onDrop} onDragOver={(event) => event.preventDefault()} onKeyDown={handlers.enter}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={colours}
        fitView={hadActions.current}
        fitViewOptions={FIT}
        minZoom={0.05}
        maxZoom={2}
        nodesDraggable={mayEdit}
        nodesConnectable={mayEdit}
        edgesFocusable={false}
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={ADDING_KEYS}
        connectionRadius={28}
        snapToGrid
        snapGrid={SNAP}
        ariaLabelConfig={labels}
        onNodesChange={onNodesChange}
        isValidConnection={isValidConnection}
        onConnect={handlers.connect}
        onNodeDoubleClick={handlers.open}
        onEdgeDoubleClick={handlers.disconnect}
        onPaneClick={handlers.leave}
      >
        <Background gap={20} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
        <MiniMap pannable zoomable nodeClassName={mapClass} />
      </ReactFlow>
      {doc.actions.length === 0 && <Start editor={editor} mayEdit={mayEdit} />}
    </div>
  );
}

function Start({ editor, mayEdit }) {
  if (!mayEdit) return null;
  return (
    <div className="canvas__start">
      <h2>{t("start.title")}</h2>
      <p>{t("start.about")}</p>
      <button type="button" className="btn btn-quiet" data-testid="start-plain" onClick={() => editor.load(PLAIN)}>
        {t("start.plain")}
      </button>
    </div>
  );
}

const PLAIN = {
  actions: [
    { id: "begin", type: "BEGIN", label: "", properties: {}, x: 80, y: 120 },
    { id: "reqagent", type: "REQAGENT", label: "", properties: {}, x: 380, y: 120 },
  ],
  branches: [{ from: "begin", branch: "default", to: "reqagent" }],
};

/** The node as it was if nothing about it changed, so that only what changed is drawn again. */
function nodeOf(action, before, { spec, problem, connected, isSelected, name, light, mark }) {
  const data = before?.data;
  const isSame =
    data?.action === action && data.spec === spec && sameProblem(data.problem, problem) && sameSet(data.connected, connected) && sameLight(data.light, light) && data.mark === mark;
  const position = before && before.position.x === action.x && before.position.y === action.y ? before.position : { x: action.x, y: action.y };
  if (isSame && before.selected === isSelected && before.position === position) return before;
  return {
    ...before,
    id: action.id,
    type: "action",
    position,
    selected: isSelected,
    ariaLabel: [name, problem?.text, light && plural("steps.passed", light.count), mark && t(`difference.${mark}`)].filter(Boolean).join(". "),
    data: isSame ? data : { action, spec, problem, connected, light, mark },
  };
}

function classOf(edge, lit, compared) {
  const key = edgeKey(edge);
  const mark = compared?.edges.get(key);
  return ["branch", edge.branch === "error" && "branch--error", lit?.edges.has(key) && "branch--taken", mark && `branch--${mark}`].filter(Boolean).join(" ");
}

function sameProblem(one, other) {
  return one === other || (one?.text === other?.text && one?.severity === other?.severity);
}

/** How a card shows that a contact passed it: how often, and whether it stands there now. */
function lightOf(id, lit) {
  const count = lit?.cards.get(id);
  return count ? { count, isCurrent: lit.current === id } : null;
}

function sameLight(one, other) {
  return one === other || (one?.count === other?.count && one?.isCurrent === other?.isCurrent);
}

function sameSet(one, other) {
  return one === other || (one.size === other.size && [...one].every((name) => other.has(name)));
}

function exitsInUse(doc) {
  const found = new Map();
  for (const { from, branch } of doc.branches) {
    if (!found.has(from)) found.set(from, new Set());
    found.get(from).add(branch);
  }
  return found;
}

const LABELS = () => ({
  "node.a11yDescription.default": t("canvas.node"),
  "node.a11yDescription.keyboardDisabled": t("canvas.node"),
  "node.a11yDescription.ariaLiveMessage": ({ x, y }) => t("canvas.moved", { x, y }),
  "controls.ariaLabel": t("canvas.controls"),
  "controls.zoomIn.ariaLabel": t("view.zoom-in"),
  "controls.zoomOut.ariaLabel": t("view.zoom-out"),
  "controls.fitView.ariaLabel": t("view.fit"),
  "minimap.ariaLabel": t("canvas.map"),
  "handle.ariaLabel": t("handle.in"),
});
