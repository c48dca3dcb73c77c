// How live values join a history: each moment once, in order, from whichever socket they came.
// Run: node --test Tests/Console
import { test } from "node:test";
import assert from "node:assert/strict";

const { hear, onVitals, putPoint, recentVitals } = await import("../../Sources/Console/web/app/live.js");

test("a point stands where its time belongs, and once", () => {
  const points = [];
  assert.equal(putPoint(points, [1_000, 80]), true);
  assert.equal(putPoint(points, [3_000, 82]), true);
  assert.equal(putPoint(points, [2_000, 81]), true, "the other socket left it out");
  assert.equal(putPoint(points, [3_000, 82]), false);
  assert.equal(putPoint(points, [1_000, 80]), false);
  assert.deepEqual(points, [[1_000, 80], [2_000, 81], [3_000, 82]]);
});

test("what is a minute late is left to the history", () => {
  const points = [[100_000, 80]];
  assert.equal(putPoint(points, [39_999, 70]), false);
  assert.equal(putPoint(points, [40_000, 71]), true);
});

test("what came live within half a minute is still known, and no longer", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const heard = [];
  const stop = onVitals((id, signs) => heard.push([id, signs.hr.value]));
  hear("p-1", { hr: { value: 101, at: "2026-11-20T02:00:00.000Z" } });
  context.mock.timers.setTime(1_020_000);
  hear("p-1", { hr: { value: 102, at: "2026-11-20T02:00:20.000Z" } });
  stop();
  const known = () => recentVitals("p-1").map(({ hr }) => hr.value);
  assert.deepEqual(heard, [["p-1", 101], ["p-1", 102]]);
  assert.deepEqual(known(), [101, 102]);
  context.mock.timers.setTime(1_030_000);
  assert.deepEqual(known(), [102]);
  assert.deepEqual(recentVitals("p-2"), []);
});
