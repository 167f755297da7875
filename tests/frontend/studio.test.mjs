import assert from "node:assert/strict";
import test from "node:test";
import { completed, completionAt, variablesOf } from "../../assets/js/studio/completion.js";
import { drawnTogether } from "../../assets/js/studio/difference.js";
import { setLanguage } from "../../assets/js/lib/i18n.js";
import * as documents from "../../assets/js/studio/document.js";
import * as steps from "../../assets/js/studio/history.js";
import { align, arrange } from "../../assets/js/studio/layout.js";
import { summaryOf } from "../../assets/js/studio/summary.js";

setLanguage({ strings: { "summary.pair": "{label}: {value}" }, lang: "en" });

const DEFAULT = { name: "default", label: "Default" };
const SPECS = new Map([
  ["BEGIN", { type: "BEGIN", name: "Begin", is_begin: true, branches: [DEFAULT], properties: [] }],
  ["REQAGENT", { type: "REQAGENT", name: "Request", branches: [DEFAULT, { name: "error", label: "Error" }], properties: [] }],
  ["CASE", { type: "CASE", name: "Case", exits_from: "cases", branches: [DEFAULT], properties: [] }],
]);

function drawn() {
  let doc = { actions: [], branches: [] };
  for (const type of ["BEGIN", "REQAGENT", "REQAGENT"]) doc = documents.addAction(doc, { type, x: 0.4, y: 9.6 }).doc;
  doc = documents.connect(doc, { from: "begin", branch: "default", to: "reqagent" });
  return documents.connect(doc, { from: "reqagent", branch: "error", to: "reqagent2" });
}

test("each action gets an id of its own, and whole coordinates", () => {
  const doc = drawn();
  assert.deepEqual(doc.actions.map((action) => action.id), ["begin", "reqagent", "reqagent2"]);
  assert.deepEqual([doc.actions[0].x, doc.actions[0].y], [0, 10]);
});

test("a branch leads to one action, and removing an action takes its branches along", () => {
  const doc = documents.connect(drawn(), { from: "begin", branch: "default", to: "reqagent2" });
  assert.equal(documents.targetOf(doc, "begin", "default"), "reqagent2");
  assert.equal(doc.branches.length, 2);
  assert.deepEqual(documents.removeActions(doc, ["reqagent2"]).branches, []);
  assert.deepEqual(documents.connect(doc, { from: "begin", branch: "default", to: "" }).branches.length, 1);
});

test("what changes nothing returns the same document", () => {
  const doc = drawn();
  assert.equal(documents.connect(doc, { from: "begin", branch: "default", to: "reqagent" }), doc);
  assert.equal(documents.setLabel(doc, "begin", ""), doc);
  assert.equal(documents.moveActions(doc, new Map([["begin", { x: 0.2, y: 10.1 }]])), doc);
  assert.equal(documents.removeActions(doc, ["gone"]), doc);
});

test("an empty property is taken out", () => {
  const doc = documents.setProperty(drawn(), "reqagent", "skill", "Sales");
  assert.deepEqual(documents.find(doc, "reqagent").properties, { skill: "Sales" });
  assert.deepEqual(documents.find(documents.setProperty(doc, "reqagent", "skill", ""), "reqagent").properties, {});
});

test("a fragment is pasted under new ids with its inner branches", () => {
  const doc = drawn();
  const text = documents.fragmentText(documents.fragmentOf(doc, ["reqagent", "reqagent2"]));
  const pasted = documents.paste(doc, documents.readFragment(text));
  assert.deepEqual(pasted.ids, ["reqagent3", "reqagent4"]);
  assert.equal(documents.targetOf(pasted.doc, "reqagent3", "error"), "reqagent4");
  for (const other of ["", "{}", "hello", '{"format": "acdconfig.fragment"}', "[1]"]) assert.equal(documents.readFragment(other), null);
});

test("cases become branches before those of the action itself", () => {
  const action = { type: "CASE", properties: { cases: " one \n\ntwo\none\ndefault" } };
  assert.deepEqual(documents.exitsOf(SPECS.get("CASE"), action).map((exit) => exit.name), ["one", "two", "default"]);
});

test("the script is told from its beginning", () => {
  const doc = drawn();
  const shuffled = { ...doc, actions: doc.actions.toReversed() };
  assert.deepEqual(documents.inOrder(shuffled, SPECS).map((action) => action.id), ["begin", "reqagent", "reqagent2"]);
});

test("undo and redo go all the way; typing in one field is one step", () => {
  let history = steps.begin("a");
  for (const text of ["b", "bc", "bcd"]) history = steps.commit(history, text, "field");
  history = steps.commit(history, "e");
  assert.deepEqual(history.past, ["a", "bcd"]);
  history = steps.undo(steps.undo(steps.undo(history)));
  assert.equal(history.present, "a");
  history = steps.redo(steps.redo(steps.redo(history)));
  assert.equal(history.present, "e");
  assert.equal(steps.commit(history, "e"), history);
});

test("arranged, every action stands right of those that lead to it, none on another, circles included", () => {
  let doc = drawn();
  doc = documents.connect(doc, { from: "reqagent2", branch: "default", to: "reqagent" });
  doc = documents.addAction(doc, { type: "CASE", x: 0, y: 0 }).doc;
  const places = arrange(doc, SPECS, () => 2);
  assert.ok(places.get("begin").x < places.get("reqagent").x);
  assert.ok(places.get("reqagent").x < places.get("reqagent2").x);
  assert.notDeepEqual(places.get("case"), places.get("begin"));
});

test("a chain of two thousand is arranged without a deep stack", () => {
  const actions = Array.from({ length: 2000 }, (_none, index) => ({ id: `a${index}`, type: "REQAGENT", x: 0, y: 0, properties: {} }));
  const branches = actions.slice(1).map((action, index) => ({ from: `a${index}`, branch: "default", to: action.id }));
  assert.equal(arrange({ actions, branches }, SPECS, () => 2).get("a1999").x, 1999 * 300);
});

test("actions are put on one line", () => {
  const line = align([{ id: "a", x: 5, y: 1 }, { id: "b", x: 9, y: 2 }], "left");
  assert.deepEqual([...line.values()], [{ x: 5, y: 1 }, { x: 5, y: 2 }]);
});

test("a card says what was set, in one line", () => {
  const spec = {
    properties: [
      { name: "mode", kind: "choice", choices: [{ value: "a", label: "Mode A" }] },
      { name: "count", kind: "integer", label: "Count" },
      { name: "text", kind: "template", label: "Text" },
    ],
  };
  assert.equal(summaryOf(spec, { properties: { mode: "a", count: 3, text: "x" } }), "Mode A · Count: 3");
  assert.equal(summaryOf(spec, { properties: { text: "one\n two" } }), "one two");
  assert.equal(summaryOf(undefined, { properties: {} }), "");
});

test("variables are those that the actions of the script set, and those that every script has", () => {
  const specs = new Map([
    ["BEGIN", { type: "BEGIN", is_begin: true, properties: [], sets: ["text", "customer"] }],
    ["ASKCALLER", { type: "ASKCALLER", properties: [{ name: "result_var", kind: "variable", default: "answer" }], sets: ["text"] }],
    ["CALLAPI", { type: "CALLAPI", properties: [], sets: ["api_status"], sets_from: "results" }],
  ]);
  const action = (type, properties) => ({ id: type + JSON.stringify(properties), type, label: "", properties });
  const doc = {
    actions: [
      action("ASKCALLER", {}),
      action("ASKCALLER", { result_var: "grade" }),
      action("CALLAPI", { results: "status: order.status\nnot a name: x" }),
      action("GONE", {}),
    ],
    branches: [],
  };
  const found = variablesOf(doc, specs);
  assert.deepEqual(found.map(({ name }) => name), ["answer", "api_status", "customer", "grade", "status", "text"]);
  assert.equal(found.find(({ name }) => name === "text").action, null);
  assert.equal(found.find(({ name }) => name === "grade").action, doc.actions[1]);
});

test("a variable is completed between braces in a text, and by itself in a condition", () => {
  const variables = ["answer", "agent", "text"].map((name) => ({ name }));
  const offered = (marked, isCondition = false) => {
    const caret = marked.indexOf("|");
    const offer = completionAt(marked.replace("|", ""), caret, variables, isCondition);
    return offer && offer.variables.map(({ name }) => name).join(" ");
  };
  assert.equal(offered("Hello {{ a|"), "answer agent");
  assert.equal(offered("Hello {{|"), "answer agent text");
  assert.equal(offered("Hello {{ AN| }}"), "answer");
  assert.equal(offered("Hello a|"), null);
  assert.equal(offered("{{ answer }} t|"), null);
  assert.equal(offered("{{ text|"), null);
  assert.equal(offered("te| contains 'x'", true), "text");
  assert.equal(offered("text contains 'a|", true), null);
  assert.equal(offered("text contains 'a' and an|", true), "answer");

  const take = (marked, name, isCondition = false) => {
    const caret = marked.indexOf("|");
    const text = marked.replace("|", "");
    const next = completed(text, completionAt(text, caret, variables, isCondition), name, isCondition);
    return `${next.text.slice(0, next.caret)}|${next.text.slice(next.caret)}`;
  };
  assert.equal(take("Hello {{a|", "answer"), "Hello {{ answer }}|");
  assert.equal(take("Hello {{|!", "agent"), "Hello {{ agent }}|!");
  assert.equal(take("{{ a|ge }} x", "agent"), "{{ agent| }} x");
  assert.equal(take("an| > 2", "answer", true), "answer| > 2");
});

test("two versions are drawn as one", () => {
  const before = drawn();
  let after = documents.removeActions(before, ["reqagent2"]);
  after = documents.addAction(after, { type: "CASE", x: 0, y: 0 }).doc;
  after = documents.connect(after, { from: "begin", branch: "default", to: "case" });
  const changes = [
    { action: "begin", kind: "changed" },
    { action: "case", kind: "added" },
    { action: "reqagent2", kind: "removed" },
  ];
  const { doc, cards, edges } = drawnTogether(before, after, changes);
  assert.deepEqual(doc.actions.map((action) => action.id), ["begin", "reqagent", "case", "reqagent2"]);
  assert.deepEqual([...cards], [["begin", "changed"], ["case", "added"], ["reqagent2", "removed"]]);
  assert.deepEqual([...edges], [
    ["begin/default/case", "added"],
    ["begin/default/reqagent", "removed"],
    ["reqagent/error/reqagent2", "removed"],
  ]);
});
