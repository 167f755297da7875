import assert from "node:assert/strict";
import test from "node:test";
import { createApi } from "../../assets/js/lib/http.js";

const BUSY = [409, { code: "busy", message: "Somebody else is changing this at the moment. Try again." }];

// An API whose server gives these answers, one after the other; what it was asked is kept.
function apiBefore(...answers) {
  globalThis.document = { cookie: "csrf=c" };
  const asked = [];
  globalThis.fetch = async (url, { method, body, headers }) => {
    asked.push({ url, method, body, key: headers["Idempotency-Key"] });
    const [status, answer] = answers[asked.length - 1];
    return new Response(JSON.stringify(answer), { status });
  };
  return { api: createApi({ base: "/api/", csrfCookie: "csrf" }), asked };
}

test("what met another change is asked for again, the same, before anybody hears of it", async () => {
  const { api, asked } = apiBefore(BUSY, BUSY, [200, { id: 5 }]);
  assert.deepEqual(await api.post("offers/5/accept", { a: 1 }, { idempotencyKey: "k" }), { id: 5 });
  const request = { url: "/api/offers/5/accept", method: "POST", body: '{"a":1}', key: "k" };
  assert.deepEqual(asked, [request, request, request]);
});

test("who meets another change each time is told in the end", async () => {
  const { api, asked } = apiBefore(BUSY, BUSY, BUSY, [200, {}]);
  await assert.rejects(api.put("me/state", { state: "available" }), { status: 409, code: "busy" });
  assert.equal(asked.length, 3);
});

test("any other answer stands at once", async () => {
  for (const answer of [[409, { code: "offer_gone" }], [500, {}], [400, { code: "invalid" }]]) {
    const { api, asked } = apiBefore(answer, [200, {}]);
    await assert.rejects(api.post("offers/5/accept"), { status: answer[0] });
    assert.equal(asked.length, 1);
  }
});

test("a request that is lost is not repeated here: it may have worked", async () => {
  const { api } = apiBefore();
  let calls = 0;
  globalThis.fetch = async () => {
    calls += 1;
    throw new TypeError("fetch failed");
  };
  await assert.rejects(api.post("offers/5/accept"), { status: 0, code: "network" });
  assert.equal(calls, 1);
});
