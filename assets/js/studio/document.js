// The script that is drawn, as plain data that is never changed in place: every function returns a new document, or the
// same one if nothing changed. `{actions: [{id, type, label, properties, x, y}], branches: [{from, branch, to}]}`.

export const PASTE_OFFSET = 32;

export function find(doc, id) {
  return doc.actions.find((action) => action.id === id);
}

/** An id nobody has yet, made from the type: reqagent, reqagent2, reqagent3. */
export function freeId(taken, type) {
  const base = type.toLowerCase();
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}${number}`)) number += 1;
  return `${base}${number}`;
}

export function addAction(doc, { type, x, y }) {
  const id = freeId(new Set(doc.actions.map((action) => action.id)), type);
  const action = { id, type, label: "", properties: {}, x: Math.round(x), y: Math.round(y) };
  return { doc: { ...doc, actions: [...doc.actions, action] }, id };
}

/** Without these actions and without the branches that come from or lead to them. */
export function removeActions(doc, ids) {
  const gone = new Set(ids);
  if (!doc.actions.some((action) => gone.has(action.id))) return doc;
  return {
    actions: doc.actions.filter((action) => !gone.has(action.id)),
    branches: doc.branches.filter((branch) => !gone.has(branch.from) && !gone.has(branch.to)),
  };
}

/** `positions` is a Map of ids to {x, y}. */
export function moveActions(doc, positions) {
  let changed = false;
  const actions = doc.actions.map((action) => {
    const to = positions.get(action.id);
    if (!to) return action;
    const [x, y] = [Math.round(to.x), Math.round(to.y)];
    if (x === action.x && y === action.y) return action;
    changed = true;
    return { ...action, x, y };
  });
  return changed ? { ...doc, actions } : doc;
}

export function setLabel(doc, id, label) {
  return change(doc, id, (action) => (action.label === label ? action : { ...action, label }));
}

/** An empty value takes the property out: its default holds. */
export function setProperty(doc, id, name, value) {
  return change(doc, id, (action) => {
    if (action.properties[name] === value) return action;
    const properties = { ...action.properties };
    if (value === "" || value === null || value === undefined) delete properties[name];
    else properties[name] = value;
    return { ...action, properties };
  });
}

function change(doc, id, how) {
  let changed = false;
  const actions = doc.actions.map((action) => {
    if (action.id !== id) return action;
    const next = how(action);
    changed ||= next !== action;
    return next;
  });
  return changed ? { ...doc, actions } : doc;
}

/** A branch leads to one action: an earlier connection of it is replaced. Without `to` it leads nowhere. */
export function connect(doc, { from, branch, to }) {
  const present = doc.branches.filter((one) => one.from === from && one.branch === branch);
  if (to ? present.length === 1 && present[0].to === to : present.length === 0) return doc;
  const others = doc.branches.filter((one) => one.from !== from || one.branch !== branch);
  return { ...doc, branches: to ? [...others, { from, branch, to }] : others };
}

export function targetOf(doc, from, branch) {
  return doc.branches.find((one) => one.from === from && one.branch === branch)?.to ?? "";
}

/** The exits of an action: those of its specification, and before them those that the user names in a property. */
export function exitsOf(spec, action) {
  if (!spec) return [];
  const named = spec.exits_from ? linesOf(action.properties[spec.exits_from]) : [];
  const taken = new Set(spec.branches.map((branch) => branch.name));
  const own = named.filter((name) => !taken.has(name)).map((name) => ({ name, label: name, help: "", required: false }));
  return [...own, ...spec.branches];
}

export function linesOf(text) {
  const lines = String(text ?? "").split("\n").map((line) => line.trim());
  return [...new Set(lines.filter(Boolean))];
}

/** Nothing leads to where a script starts. */
export function canLeadTo(spec) {
  return !spec || !(spec.is_begin || spec.is_event);
}

/** The actions with these ids and the branches between them, to be pasted elsewhere. */
export function fragmentOf(doc, ids) {
  const taken = new Set(ids);
  return {
    actions: doc.actions.filter((action) => taken.has(action.id)),
    branches: doc.branches.filter((branch) => taken.has(branch.from) && taken.has(branch.to)),
  };
}

/** Put a fragment in under new ids, moved by `offset`. Returns the document and the new ids. */
export function paste(doc, fragment, offset = { x: PASTE_OFFSET, y: PASTE_OFFSET }) {
  const taken = new Set(doc.actions.map((action) => action.id));
  const renamed = new Map();
  const actions = fragment.actions.map((action) => {
    const id = freeId(taken, action.type);
    taken.add(id);
    renamed.set(action.id, id);
    return { ...action, id, x: action.x + offset.x, y: action.y + offset.y };
  });
  const branches = fragment.branches.map(({ from, branch, to }) => ({ from: renamed.get(from), branch, to: renamed.get(to) }));
  return {
    doc: { actions: [...doc.actions, ...actions], branches: [...doc.branches, ...branches] },
    ids: actions.map((action) => action.id),
  };
}

/** What came from a clipboard, if it is a fragment of a script; null otherwise. */
export function readFragment(text) {
  try {
    const value = JSON.parse(text);
    const sound =
      value?.format === "acdconfig.fragment" &&
      Array.isArray(value.actions) &&
      Array.isArray(value.branches) &&
      value.actions.every((one) => typeof one.id === "string" && typeof one.type === "string" && typeof one.properties === "object");
    return sound ? { actions: value.actions, branches: value.branches } : null;
  } catch {
    return null; // Some other text.
  }
}

export function fragmentText(fragment) {
  return JSON.stringify({ format: "acdconfig.fragment", ...fragment });
}

/** Actions in the order in which a script is told: from each start along its branches, then what nothing leads to. */
export function inOrder(doc, specs) {
  const byId = new Map(doc.actions.map((action) => [action.id, action]));
  const ahead = branchesByAction(doc);
  const told = new Set();
  const starts = doc.actions.filter((action) => !canLeadTo(specs.get(action.type)));
  starts.sort((one, other) => Number(specs.get(other.type).is_begin) - Number(specs.get(one.type).is_begin));
  for (const start of [...starts, ...doc.actions]) {
    const waiting = [start.id];
    while (waiting.length > 0) {
      const id = waiting.pop();
      const action = byId.get(id);
      if (!action || told.has(id)) continue;
      told.add(id);
      const exits = exitsOf(specs.get(action.type), action).map((exit) => exit.name);
      const onward = (ahead.get(id) ?? []).toSorted((a, b) => exits.indexOf(b.branch) - exits.indexOf(a.branch));
      waiting.push(...onward.map((branch) => branch.to));
    }
  }
  return [...told].map((id) => byId.get(id));
}

export function branchesByAction(doc) {
  const found = new Map();
  for (const branch of doc.branches) {
    if (!found.has(branch.from)) found.set(branch.from, []);
    found.get(branch.from).push(branch);
  }
  return found;
}
