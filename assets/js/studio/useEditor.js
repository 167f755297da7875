// What is drawn, what is selected, and every change that can be made to it.

import { useCallback, useMemo, useState } from "react";
import * as documents from "./document.js";
import * as steps from "./history.js";
import { align, arrange } from "./layout.js";

const NOTHING = [];

export function useEditor(definition, specs, mayEdit) {
  const [history, setHistory] = useState(() => steps.begin(definition));
  const [selection, setSelection] = useState(NOTHING);
  const doc = history.present;

  const edit = useCallback(
    (how, mergeKey = null) => {
      if (mayEdit) setHistory((before) => steps.commit(before, how(before.present), mergeKey));
    },
    [mayEdit],
  );

  const actions = useMemo(() => {
    const add = (type, place) => {
      if (!mayEdit) return null;
      const added = documents.addAction(doc, { type, ...place });
      edit(() => added.doc);
      setSelection([added.id]);
      return added.id;
    };
    const put = (fragment) => {
      if (!mayEdit || fragment.actions.length === 0) return;
      const pasted = documents.paste(doc, fragment);
      edit(() => pasted.doc);
      setSelection(pasted.ids);
    };
    const remove = (ids) => {
      edit((before) => documents.removeActions(before, ids));
      setSelection(NOTHING);
    };
    const count = (action) => documents.exitsOf(specs.get(action.type), action).length;
    return {
      add,
      put,
      remove,
      load: (other) => {
        edit(() => other);
        setSelection(NOTHING);
      },
      move: (positions, mergeKey = null) => edit((before) => documents.moveActions(before, positions), mergeKey),
      connect: (branch) => edit((before) => documents.connect(before, branch)),
      setLabel: (id, label) => edit((before) => documents.setLabel(before, id, label), `label ${id}`),
      setProperty: (id, name, value) =>
        edit((before) => documents.setProperty(before, id, name, value), `property ${id} ${name}`),
      arrange: () => edit((before) => documents.moveActions(before, arrange(before, specs, count))),
      align: (ids, edge) =>
        edit((before) => documents.moveActions(before, align(before.actions.filter((one) => ids.includes(one.id)), edge))),
      undo: () => mayEdit && setHistory(steps.undo),
      redo: () => mayEdit && setHistory(steps.redo),
    };
  }, [doc, edit, mayEdit, specs]);

  const present = useMemo(() => {
    const known = new Set(doc.actions.map((action) => action.id));
    return selection.every((id) => known.has(id)) ? selection : selection.filter((id) => known.has(id));
  }, [doc, selection]);

  return {
    doc,
    selection: present,
    select: setSelection,
    canUndo: mayEdit && history.past.length > 0,
    canRedo: mayEdit && history.future.length > 0,
    ...actions,
  };
}
