import assert from "node:assert/strict";
import test from "node:test";
import { cardOf, formOf, lasted, litBy, localMoment, stepsOf, untilDue } from "../../assets/js/studio/trial.js";

const AT = "2026-03-02T10:00:00+00:00";
const step = (action, edge, at = AT) => ({ kind: "step", action, edge, at });
const EDGE = { from: "begin", branch: "default", to: "ask" };

test("cards and branches light up, a called script at the action that calls it", () => {
  const steps = stepsOf([{ kind: "text_in" }, step("begin", EDGE), step("ask", null), step("ask/inner", null), step("ask", null)]);
  const lit = litBy(steps);
  assert.deepEqual([...lit.cards], [["begin", 1], ["ask", 3]]);
  assert.deepEqual([...lit.edges], ["begin/default/ask"]);
  assert.equal(lit.current, "ask");
  assert.equal(litBy([]).current, null);
  assert.equal(cardOf({ action: "a/b/c" }), "a");
});

test("the time until something is due by itself", () => {
  const played = (status, until, queueUntil) => ({ status, now: AT, waits: { until, queue_until: queueUntil } });
  assert.equal(untilDue(played("ended", null, null)), null);
  assert.equal(untilDue(played("ended", "2026-03-02T10:01:00+00:00", null)), null);
  assert.equal(untilDue(played("waiting", "2026-03-02T10:01:00+00:00", "2026-03-02T10:00:30+00:00")), 30);
  assert.equal(untilDue(played("waiting", "2027-03-02T10:00:00+00:00", null)), 31 * 86_400);
});

test("each step lasts until the next begins, and the last one is not over", () => {
  assert.deepEqual(lasted([step("a", null), step("b", null, "2026-03-02T10:00:02.500+00:00")]), [2.5, null]);
});

test("the last form counts, and a moment is written for the field of date and time", () => {
  const pop = (form) => ({ kind: "screen_pop", form });
  assert.deepEqual(formOf([pop([["a", "A"]]), pop([]), { kind: "text_in" }]), [["a", "A"]]);
  assert.deepEqual(formOf([]), []);
  assert.equal(localMoment(new Date(2026, 2, 2, 9, 5)), "2026-03-02T09:05");
});
