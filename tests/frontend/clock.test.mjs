import assert from "node:assert/strict";
import test from "node:test";
import { ServerClock } from "../../assets/js/desk/clock.js";

function clockAt(time) {
  const local = { time };
  return { local, clock: new ServerClock(() => local.time) };
}
const iso = (milliseconds) => new Date(milliseconds).toISOString();

test("a countdown follows the server although the local clock is an hour ahead", () => {
  const { clock, local } = clockAt(3_600_000);
  clock.sample(iso(50), 3_600_000, 3_600_100);
  local.time = 3_601_100;
  assert.equal(clock.now(), 1_100);
  assert.equal(clock.secondsUntil(iso(16_100)), 15);
  assert.equal(clock.secondsSince(iso(100)), 1);
});

test("a slow answer does not replace what a quick one said", () => {
  const { clock } = clockAt(0);
  clock.sample(iso(1_000), 0, 10);
  clock.sample(iso(2_900), 1_000, 3_000);
  assert.equal(clock.offset, 995);
});

test("when the local clock is set, the next answer wins at once", () => {
  const { clock } = clockAt(0);
  clock.sample(iso(1_000), 0, 10);
  clock.sample(iso(20_000), 80_000, 80_400);
  assert.equal(clock.offset, 20_000 - 80_200);
});

test("an old answer gives way to any newer one", () => {
  const { clock } = clockAt(0);
  clock.sample(iso(1_000), 0, 10);
  clock.sample(iso(702_400), 701_000, 702_000);
  assert.equal(clock.offset, 900);
});

test("elapsed time never runs backwards past zero", () => {
  const { clock } = clockAt(0);
  assert.equal(clock.secondsSince(iso(5_000)), 0);
});
