import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../assets/js/desk/drafts.js";

// Two browsers of one agent, each with a storage of its own, and the server between them.
function browser(server) {
  const storage = new Map();
  globalThis.window = { localStorage: {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => storage.set(key, value),
    removeItem: (key) => storage.delete(key),
  } };
  const clock = { now: 1_000_000 };
  const drafts = new Drafts(1, {
    save: async (contact, text) => {
      if (!server.isUp) return false;
      server.kept.set(contact, text);
      return true;
    },
    now: () => clock.now,
  });
  const look = () => drafts.adopt([5], [...server.kept].filter(([, text]) => text).map(([contact, text]) => ({ contact, text })));
  return { drafts, look, clock, text: () => drafts.get(5).text };
}

const fresh = () => ({ isUp: true, kept: new Map() });

test("what is typed in one browser is found in another", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hello" });
  await one.drafts.flush(5);
  const two = browser(server);
  two.look();
  assert.equal(two.text(), "Hello");
});

test("what was sent in one browser is gone in the other", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hello" });
  await one.drafts.flush(5);
  server.kept.delete(5);
  one.clock.now += 60_000;
  one.look();
  assert.equal(one.text(), "");
});

test("what the server does not have yet is not lost to an older draft of it", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hel" });
  await one.drafts.flush(5);
  server.isUp = false;
  one.drafts.change(5, { text: "Hello" });
  await one.drafts.flush(5);
  server.isUp = true;
  one.clock.now += 60_000;
  one.look();
  assert.equal(one.text(), "Hello");
  await one.drafts.flush(5);
  assert.equal(server.kept.get(5), "Hello");
});

test("while one types, nothing is put under his fingers", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hello" });
  await one.drafts.flush(5);
  server.kept.set(5, "Hel");
  one.look();
  assert.equal(one.text(), "Hello");
});

test("a text that was sent leaves no draft behind", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hello" });
  one.drafts.sent(5);
  await one.drafts.flush(5);
  assert.equal(one.text(), "");
  assert.equal(server.kept.size, 0);
});

test("a text that did not go out stays before the agent once: not as a draft too", async () => {
  const server = fresh();
  const one = browser(server);
  one.drafts.change(5, { text: "Hello" });
  await one.drafts.flush(5);
  one.drafts.sent(5);
  one.drafts.unsent(5);
  await one.drafts.flush(5);
  one.clock.now += 60_000;
  one.look();
  assert.equal(server.kept.get(5), "");
  assert.equal(one.text(), "");
});

// A browser whose save ends when the test says so.
function slowBrowser() {
  const one = browser(fresh());
  const saves = [];
  one.drafts.save = (contact, text) => new Promise((resolve) => saves.push({ contact, text, end: () => resolve(true) }));
  return { ...one, saves };
}

test("a draft that reaches the server after its text was sent is taken back there", async () => {
  const { drafts, saves, text } = slowBrowser();
  drafts.change(5, { text: "Hello" });
  const flushed = drafts.flush(5);
  drafts.sent(5);
  saves[0].end();
  await flushed;
  const again = drafts.flush(5);
  assert.deepEqual(saves.map((save) => save.text), ["Hello", ""]);
  saves[1].end();
  await again;
  await drafts.flush(5);
  assert.equal(saves.length, 2);
  assert.equal(text(), "");
});

test("a draft that is kept after its contact has left the desk leaves nothing behind", async () => {
  const { drafts, saves } = slowBrowser();
  drafts.change(5, { text: "Hello" });
  const flushed = drafts.flush(5);
  drafts.forget(5);
  saves[0].end();
  await flushed;
  await drafts.flush(5);
  assert.equal(saves.length, 1);
  assert.equal(window.localStorage.getItem("acd.draft.1.5"), null);
});
