import assert from "node:assert/strict";
import test from "node:test";
import { PushSwitch } from "../../assets/js/desk/push.js";

const KEY = "BAEC_w"; // Bytes 4, 1, 2, 255.
const BYTES = [4, 1, 2, 255];

function makeSwitch({ permission = "granted", kept = null, key = KEY, fails = false } = {}) {
  const log = [];
  const subscription = (bytes) => ({
    endpoint: `of-${bytes}`,
    options: { applicationServerKey: new Uint8Array(bytes).buffer },
    toJSON: () => ({ endpoint: `of-${bytes}`, keys: { p256dh: "p", auth: "a" } }),
    unsubscribe: async () => log.push("unsubscribe"),
  });
  const manager = {
    getSubscription: async () => (kept ? subscription(kept) : null),
    subscribe: async ({ applicationServerKey, userVisibleOnly }) => {
      assert.equal(userVisibleOnly, true);
      if (fails) throw new DOMException("no push service", "AbortError");
      log.push("subscribe");
      return subscription([...applicationServerKey]);
    },
  };
  globalThis.window = { PushManager: class {} };
  globalThis.Notification = { permission, requestPermission: async () => permission };
  const api = {
    put: async (path, body) => log.push(`put ${path} ${body.endpoint}`),
    delete: async (path, { body }) => log.push(`delete ${path} ${body.endpoint}`),
  };
  const one = new PushSwitch({ key, api, registration: () => ({ pushManager: manager }), onChange: () => {} });
  return { one, log };
}

test("turning it on subscribes with the server's key and tells the server", async () => {
  const { one, log } = makeSwitch();
  await one.turn(true);
  assert.deepEqual(log, ["subscribe", `put me/push-subscription of-${BYTES}`]);
  assert.equal(one.isOn, true);
});

test("without the person's permission nothing is subscribed", async () => {
  const { one, log } = makeSwitch({ permission: "denied" });
  await one.turn(true);
  assert.deepEqual([log, one.isOn, one.failure], [[], false, ""]);
});

test("at the start the server is told anew of what is there, and of nothing that is not", async () => {
  const { one, log } = makeSwitch({ kept: BYTES });
  await one.start();
  assert.deepEqual(log, [`put me/push-subscription of-${BYTES}`]);
  const without = makeSwitch();
  await without.one.start();
  assert.deepEqual([without.log, without.one.isOn], [[], false]);
});

test("a subscription with the key of another installation is replaced", async () => {
  const { one, log } = makeSwitch({ kept: [9, 9, 9, 9] });
  await one.start();
  assert.deepEqual(log, ["unsubscribe", "subscribe", `put me/push-subscription of-${BYTES}`]);
});

test("turning it off tells the server and the push service", async () => {
  const { one, log } = makeSwitch({ kept: BYTES });
  await one.turn(false);
  assert.deepEqual(log, [`delete me/push-subscription of-${BYTES}`, "unsubscribe"]);
});

test("a push service that is out of reach is said and leaves it off", async (t) => {
  t.mock.method(console, "warn", () => {});
  const { one } = makeSwitch({ fails: true });
  await one.turn(true);
  assert.deepEqual([one.isOn, one.failure], [false, "AbortError"]);
});

test("a server without a key cannot", () => {
  assert.equal(makeSwitch({ key: "" }).one.isPossible, false);
});
