// What a room decides by itself: how much a line carries, what was written, what was agreed to.
// Run: node --test Tests/Console
import { test } from "node:test";
import assert from "node:assert/strict";

const app = "../../Sources/Console/web/app/";
const { levels, lower, startLadder, step, worst } = await import(`${app}ladder.js`);
const { Chat } = await import(`${app}chat.js`);
const { answered, consentsOf, startForm, stepsOf } = await import(`${app}consents.js`);
const { isStill, stillLimit } = await import(`${app}stills.js`);

const good = { rate: 1e6, loss: 0, trip: 0.05 };
const poor = { rate: 30e3, loss: 0.2, trip: 0.4 };
const dreadful = { rate: 4e3, loss: 0.9, trip: 12 };

/** The ladder after so many samples of a kind. */
const after = (ladder, sample, times) => Array.from({ length: times }).reduce((now) => step(now, sample), ladder);

test("three poor samples in a row lead one step down, two do not", () => {
  assert.equal(after(startLadder(), poor, 2).level, "video");
  assert.equal(after(startLadder(), poor, 3).level, "audio");
  const between = step(after(startLadder(), poor, 2), good);
  assert.equal(after(between, poor, 2).level, "video");
});

test("a line that bears nothing leads down to text, and no further", () => {
  let ladder = startLadder();
  const seen = [];
  for (let n = 0; n < 12; n++) {
    ladder = step(ladder, dreadful);
    if (seen.at(-1) !== ladder.level) seen.push(ladder.level);
  }
  assert.deepEqual(seen, levels);
});

test("a line that only bears sound keeps it", () => {
  assert.equal(after(startLadder(), poor, 30).level, "audio");
});

test("six good samples lead one step up; what did not hold waits twice as long the next time", () => {
  let ladder = after(startLadder(), poor, 3);
  assert.equal(after(ladder, good, 5).level, "audio");
  ladder = after(ladder, good, 6);
  assert.equal(ladder.level, "video");
  ladder = after(ladder, poor, 3);
  assert.equal(after(ladder, good, 11).level, "audio");
  assert.equal(after(ladder, good, 12).level, "video");
});

test("what is not known speaks for the line", () => {
  assert.equal(after(startLadder(), {}, 20).level, "video");
  assert.equal(after(startLadder(), { rate: undefined, loss: 0.5 }, 3).level, "audio");
});

test("of several links the worst counts, and of several wishes the lowest", () => {
  assert.deepEqual(worst([good, { rate: 5e4 }, { loss: 0.3 }]), { rate: 5e4, loss: 0.3, trip: 0.05 });
  assert.equal(lower("audio", "stills"), "stills");
  assert.equal(lower("video", "video"), "video");
});

function chat(send = async () => ({})) {
  const sent = [];
  return { sent, chat: new Chat({ send: (body) => { sent.push(body); return send(body); }, changed: () => {} }) };
}

test("a message that was not sent is sent again under its own id", async () => {
  let works = false;
  const { chat: one, sent } = chat(async () => { if (!works) throw { code: "disconnected" }; });
  await one.say("xin chào", "2026-11-28T10:00:00Z");
  assert.equal(one.messages[0].state, "failed");
  works = true;
  await one.try(one.messages[0]);
  assert.equal(one.messages[0].state, "sent");
  assert.equal(sent[0].message, sent[1].message);
  assert.equal(one.messages.length, 1);
});

test("a message of one's own that comes back stands there once", async () => {
  const { chat: one, sent } = chat();
  await one.say("xin chào", "2026-11-28T10:00:00Z");
  assert.equal(one.take({ from: "me", message: sent[0].message, text: "xin chào", at: "2026-11-28T10:00:01Z" }, "me"), false);
  assert.equal(one.messages.length, 1);
});

test("what others wrote counts as unread until it is opened, and once only", () => {
  const { chat: one } = chat();
  const body = { from: "p-2", message: "m1", text: "a", at: "2026-11-28T10:00:00Z" };
  assert.equal(one.take(body, "me"), true);
  assert.equal(one.take({ ...body }, "me"), false);
  assert.equal(one.unread, 1);
  one.open(true);
  assert.equal(one.unread, 0);
  one.take({ ...body, message: "m2" }, "me");
  assert.equal(one.unread, 0);
});

test("a snapshot brings what was written before, in order, and loses nothing unsent", async () => {
  const { chat: one } = chat(async () => { throw { code: "disconnected" }; });
  await one.say("unsent", "2026-11-28T10:05:00Z");
  one.snapshot([
    { from: "p-2", message: "m1", text: "first", at: "2026-11-28T10:00:00Z" },
    { from: "me", message: "m2", text: "second", at: "2026-11-28T10:01:00Z" },
  ], "me");
  assert.deepEqual(one.messages.map(({ text, own, state }) => [text, own, state]),
    [["first", false, "sent"], ["second", true, "sent"], ["unsent", true, "failed"]]);
});

test("of each purpose the newest word counts", () => {
  const all = consentsOf([
    { purpose: "video", granted: true, at: "2026-11-28T10:00:00Z" },
    { purpose: "video", granted: false, at: "2026-11-28T10:01:00Z" },
    { purpose: "vitals", granted: true, at: "2026-11-28T10:00:00Z" },
  ]);
  assert.equal(all.get("video").granted, false);
  assert.equal(all.get("vitals").granted, true);
  assert.equal(all.get("recording"), undefined);
});

test("an unanswered start says nothing, so that nothing is recorded that nobody said", () => {
  const form = startForm();
  assert.deepEqual(stepsOf(form), {});
  assert.equal(answered(form), 0);
  form.consents.video = false;
  form.identified = true;
  assert.deepEqual(stepsOf(form), { identified: true, consents: { video: false } });
  form.urgency = "urgent";
  assert.equal(answered(form), 3);
});

test("only a small JPEG is taken for a still", () => {
  assert.ok(isStill("data:image/jpeg;base64,/9j/4AAQ=="));
  assert.ok(!isStill("data:image/svg+xml;base64,PHN2Zz4="));
  assert.ok(!isStill("javascript:alert(1)"));
  assert.ok(!isStill(`data:image/jpeg;base64,${"A".repeat(stillLimit)}`));
  assert.ok(!isStill(new ArrayBuffer(3)));
});
