import assert from "node:assert/strict";
import test from "node:test";
import { backoffDelay, WorkspaceLink } from "../../assets/js/desk/socket.js";

class FakeSocket {
  static opened = [];
  constructor(url) {
    this.url = url;
    this.readyState = 1;
    this.sent = [];
    FakeSocket.opened.push(this);
  }
  send(text) { this.sent.push(JSON.parse(text).type); }
  close() { this.readyState = 3; }
  hear(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
}

function makeLink(t, { outcome = () => "applied", seq = () => 5, poll } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  FakeSocket.opened = [];
  const seen = { statuses: [], frames: [], polls: 0 };
  const link = new WorkspaceLink({
    url: () => "ws://x/ws/workspace",
    poll: poll ?? (async () => { seen.polls += 1; }),
    onFrame: (frame) => { seen.frames.push(frame.type); return outcome(frame); },
    lastSeq: seq,
    onStatus: (status) => seen.statuses.push(status),
    WebSocketClass: FakeSocket,
    random: () => 0,
  });
  return { link, seen, tick: (ms) => t.mock.timers.tick(ms), socket: () => FakeSocket.opened.at(-1) };
}

const SNAPSHOT = { type: "snapshot", seq: 5, data: {} };

test("waits 0.3 s to 5 s, longer after each failure", () => {
  assert.equal(backoffDelay(0, () => 0), 300);
  assert.equal(backoffDelay(0, () => 1), 600);
  assert.equal(backoffDelay(2, () => 1), 2_400);
  assert.equal(backoffDelay(20, () => 1), 5_000);
});

test("is live once the first snapshot is there", async (t) => {
  const { link, seen, socket } = makeLink(t);
  await link.start();
  assert.deepEqual([seen.polls, seen.statuses], [1, []]);
  socket().hear(SNAPSHOT);
  assert.deepEqual([seen.statuses, seen.frames], [["live"], ["snapshot"]]);
});

test("a gap asks once for everything and hears nothing but the snapshot until it comes", async (t) => {
  const { link, seen, socket } = makeLink(t, { outcome: (frame) => (frame.type === "state.changed" ? "gap" : "applied") });
  await link.start();
  socket().hear(SNAPSHOT);
  for (const seq of [7, 8, 9]) socket().hear({ type: "state.changed", seq, data: {} });
  assert.deepEqual(socket().sent, ["resync"]);
  socket().hear(SNAPSHOT);
  assert.deepEqual(seen.frames, ["snapshot", "state.changed", "snapshot"]);
});

test("a pong with another number than ours shows that a push was lost", async (t) => {
  const { link, socket, tick } = makeLink(t);
  await link.start();
  socket().hear(SNAPSHOT);
  tick(10_000);
  socket().hear({ type: "pong", seq: 6 });
  assert.deepEqual(socket().sent, ["ping", "resync"]);
});

test("a line that answers no ping is given up and dialled again", async (t) => {
  const { link, seen, socket, tick } = makeLink(t);
  await link.start();
  const first = socket();
  first.hear(SNAPSHOT);
  tick(10_000);
  tick(5_000);
  assert.deepEqual([seen.statuses, first.readyState], [["live", "reconnecting"], 3]);
  tick(300);
  assert.notEqual(socket(), first);
  socket().hear(SNAPSHOT);
  assert.equal(link.status, "live");
});

test("while the line is down it polls, and stops when it is back", async (t) => {
  const { link, seen, socket, tick } = makeLink(t);
  await link.start();
  socket().hear(SNAPSHOT);
  socket().onclose();
  tick(300);
  assert.equal(seen.polls, 2);
  tick(5_000);
  assert.equal(seen.polls, 3);
  socket().hear(SNAPSHOT);
  tick(60_000 - 40_000);
  assert.equal(seen.polls, 3);
});

test("a snapshot that does not come after a resync means a new line", async (t) => {
  const { link, socket, tick } = makeLink(t);
  await link.start();
  socket().hear(SNAPSHOT);
  link.resync();
  const first = socket();
  tick(5_000);
  assert.equal(link.status, "reconnecting");
  assert.equal(first.readyState, 3);
});

test("signed out: no more dialling, no more polling", async (t) => {
  const refused = Object.assign(new Error("no session"), { isSignedOut: true });
  const { link, seen, tick } = makeLink(t, { poll: async () => { throw refused; } });
  await link.start();
  tick(60_000);
  assert.deepEqual([seen.statuses, FakeSocket.opened], [["signed-out"], []]);
});
