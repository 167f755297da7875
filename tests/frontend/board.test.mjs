import assert from "node:assert/strict";
import test from "node:test";
import {
  agentsInOrder,
  contactsInOrder,
  lowerLevel,
  placeBeside,
  priorityOf,
  queueNeighbour,
  readiness,
  skillLevels,
  upperLevel,
} from "../../assets/js/supervisor/levels.js";
import { applyFrame, emptyBoard } from "../../assets/js/supervisor/store.js";

const NOW = Date.UTC(2026, 10, 27, 12, 0, 0);
const ago = (seconds) => new Date(NOW - seconds * 1000).toISOString();

function skill(fields = {}) {
  return { waiting: 0, waiting_limit: null, oldest_at: null, wait_limit: 60, service_level: null, level_limit: 80, ...fields };
}

test("a value turns near its limit and beyond it", () => {
  assert.deepEqual([44, 45, 59, 60].map((value) => upperLevel(value, 60)), ["calm", "warn", "warn", "alarm"]);
  assert.equal(upperLevel(10_000, null), "calm");
  assert.equal(upperLevel(null, 60), "calm");
});

test("a percentage turns near its goal and below it", () => {
  assert.deepEqual([79.9, 80, 84.9, 85].map((value) => lowerLevel(value, 80)), ["alarm", "warn", "warn", "calm"]);
  assert.equal(lowerLevel(100, 100), "calm");
  assert.equal(lowerLevel(null, 80), "calm");
});

test("a tile is as bad as its worst figure", () => {
  assert.equal(skillLevels(skill(), NOW).tile, "calm");
  assert.equal(skillLevels(skill({ oldest_at: ago(50) }), NOW).tile, "warn");
  assert.equal(skillLevels(skill({ oldest_at: ago(50), service_level: 10 }), NOW).tile, "alarm");
  assert.equal(skillLevels(skill({ oldest_at: ago(-5) }), NOW).waited, 0);
});

test("offers come by what runs out first, queues in their order, then conversations", () => {
  const contacts = [
    { id: 1, state: "active", skill: 1 },
    { id: 2, state: "queued", skill: 1, place: 2 },
    { id: 3, state: "queued", skill: 2, place: 1 },
    { id: 4, state: "queued", skill: 1, place: 1 },
    { id: 5, state: "offered", skill: 1, expires_at: ago(-30) },
    { id: 6, state: "offered", skill: 1, expires_at: ago(-10) },
  ];
  assert.deepEqual(contactsInOrder(contacts).map(({ id }) => id), [6, 5, 4, 2, 3, 1]);
});

test("an agent is free when he could be offered a contact now", () => {
  const agent = { status: "available", load: 1, limit: 2, next_reason: "", is_cooling: false };
  assert.equal(readiness(agent), "free");
  for (const hindrance of [{ load: 2 }, { next_reason: "Break" }, { is_cooling: true }]) {
    assert.equal(readiness({ ...agent, ...hindrance }), "full");
  }
  assert.equal(readiness({ ...agent, status: "unavailable", is_cooling: true }), "away");
});

test("agents are found by name and team, the available ones first", () => {
  const agents = [
    { name: "Élodie", username: "e", team: "Front desk", status: "unavailable" },
    { name: "Bruno", username: "b", team: null, status: "unavailable" },
    { name: "Zoé", username: "z", team: "Front desk", status: "available" },
  ];
  assert.deepEqual(agentsInOrder(agents, "", "fr").map(({ name }) => name), ["Zoé", "Bruno", "Élodie"]);
  assert.deepEqual(agentsInOrder(agents, "front", "fr").map(({ name }) => name), ["Zoé", "Élodie"]);
});

test("a priority grows up to its maximum", () => {
  const queue = { priority_when_queued: 5, acceleration: 2, maximum: 10 };
  assert.deepEqual([0, 60, 600].map((seconds) => priorityOf(queue, ago(seconds), NOW)), [5, 7, 10]);
});

test("differences follow the snapshot; a hole asks for the whole, a repetition changes nothing", () => {
  const data = { unit: { id: 1 }, server_time: ago(0), skills: [{ id: 1, waiting: 0 }, { id: 2 }], agents: [], contacts: [], alerts: [] };
  let { board, outcome } = applyFrame(emptyBoard(), { type: "snapshot", seq: 7, data });
  assert.equal(outcome, "applied");
  const change = { type: "board.changed", seq: 8, data: { skills: { set: [{ id: 1, waiting: 3 }], gone: [2] } } };
  ({ board, outcome } = applyFrame(board, change));
  assert.deepEqual([outcome, board.skills, board.seq], ["applied", [{ id: 1, waiting: 3 }], 8]);
  assert.equal(applyFrame(board, change).outcome, "ignored");
  assert.equal(applyFrame(board, { ...change, seq: 10 }).outcome, "gap");
  assert.equal(applyFrame(emptyBoard(), change).outcome, "gap");
});

test("a contact that is dragged takes the place of the one it is dropped on, in its own queue", () => {
  const [one, two, three] = [1, 2, 3].map((id) => ({ id, state: "queued", skill: 7, place: id }));
  const elsewhere = { id: 4, state: "queued", skill: 8, place: 1 };
  const active = { id: 5, state: "active", skill: 7 };
  assert.deepEqual(placeBeside(three, one), { before: 1 });
  assert.deepEqual(placeBeside(one, three), { after: 3 });
  for (const target of [one, elsewhere, active, undefined]) assert.equal(placeBeside(one, target), null);
  const all = [one, two, three, elsewhere, active];
  assert.equal(queueNeighbour(all, two, -1), one);
  assert.equal(queueNeighbour(all, two, 1), three);
  assert.equal(queueNeighbour(all, three, 1), undefined);
});
