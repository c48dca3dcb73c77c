// The reliable lane against a server that the test plays. Run: node --test Tests/Console
import { test } from "node:test";
import assert from "node:assert/strict";

globalThis.location = { href: "http://127.0.0.1/" };
const { Lane } = await import("../../Sources/Console/web/app/lane.js");

/** A socket whose other end is the test. */
class Socket {
  static last;
  readyState = 1;
  sent = [];
  constructor(address) { this.address = address; Socket.last = this; }
  send(text) { this.sent.push(JSON.parse(text)); }
  close(code) { this.readyState = 3; this.closed = code; }
  says(message) { this.onmessage({ data: JSON.stringify(message) }); }
  ends(code, reason = "") { this.readyState = 3; this.onclose({ code, reason }); }
  /** What was sent in the reliable lane. */
  get numbered() { return this.sent.filter((one) => one.q !== undefined); }
}

/** A clock that stands still until the test moves it. */
class Clock {
  now = 0;
  timers = new Map();
  next = 1;
  wait = (ms, action) => { this.timers.set(this.next, { at: this.now + ms, action }); return this.next++; };
  cancel = (id) => { this.timers.delete(id); };
  /** Lets time pass, timer by timer; what they start with `await` is done too. */
  async pass(ms) {
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].action();
      await settled();
    }
    this.now = until;
  }
}
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

const welcome = { t: "welcome", b: { token: "one", tokenSeconds: 120, heartbeatSeconds: 20 } };

async function liveLane(options = {}) {
  const clock = new Clock();
  const got = [];
  const states = [];
  let tickets = 0;
  const lane = new Lane({
    ticket: async () => ({ token: `k${++tickets}`, url: "/ws" }), Socket,
    received: (type, body) => got.push([type, body]), changed: (state, why) => states.push([state, why]),
    wait: clock.wait, cancel: clock.cancel, clock: () => clock.now, random: () => 0.5, ...options,
  });
  await lane.open();
  const socket = Socket.last;
  socket.onopen();
  socket.says(welcome);
  return { lane, socket, got, states, clock, types: () => got.map(([type]) => type), tickets: () => tickets };
}

/** The next socket, opened; its first message is the greeting. */
async function again(clock, ms = 1000) {
  const before = Socket.last;
  await clock.pass(ms);
  assert.notEqual(Socket.last, before, "no new socket was opened");
  Socket.last.onopen();
  return Socket.last;
}

test("the lane says hello first, with the ticket and without a number", async () => {
  const { lane, socket } = await liveLane();
  assert.equal(socket.sent[0].t, "hello");
  assert.equal(socket.sent[0].b.ticket, "k1");
  assert.equal(socket.sent[0].q, undefined);
  lane.close();
});

test("a repeated message is acknowledged again and not delivered twice", async () => {
  const { lane, socket, types } = await liveLane();
  socket.says({ t: "alarm", q: 1, b: {} });
  const before = socket.sent.length;
  socket.says({ t: "alarm", q: 1, b: {} });
  assert.deepEqual(types(), ["welcome", "alarm"]);
  assert.equal(socket.sent.length, before + 1);
  assert.equal(socket.sent.at(-1).a, 1);
  lane.close();
});

test("the eighth unacknowledged message is acknowledged at once, the seventh is not", async () => {
  const { lane, socket } = await liveLane();
  for (let q = 1; q <= 7; q++) socket.says({ t: "alarm", q, b: {} });
  assert.equal(socket.sent.filter((one) => one.t === "heartbeat").length, 0);
  socket.says({ t: "alarm", q: 8, b: {} });
  assert.equal(socket.sent.at(-1).a, 8);
  lane.close();
});

test("one message is acknowledged within a second", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.says({ t: "alarm", q: 1, b: {} });
  await clock.pass(999);
  assert.equal(socket.sent.at(-1).a, 1);
  lane.close();
});

test("a hole closes the socket with 4400 and is mended by resuming", async () => {
  const { lane, socket, types, clock } = await liveLane();
  socket.says({ t: "alarm", q: 2, b: {} });
  assert.equal(socket.closed, 4400);
  assert.deepEqual(types(), ["welcome"]);
  const next = await again(clock);
  assert.equal(next.sent[0].t, "resume");
  assert.equal(next.sent[0].b.last, 0);
  lane.close();
});

test("own messages are numbered from 1, and a reply settles its request", async () => {
  const { lane, socket } = await liveLane();
  const asked = lane.request("join", {});
  const refused = lane.request("desc", {});
  const [first, second] = socket.sent.slice(-2);
  assert.deepEqual([first.q, second.q], [1, 2]);
  socket.says({ t: "ok", q: 1, re: first.id, b: { fine: true } });
  socket.says({ t: "err", q: 2, re: second.id, b: { code: "stale_negotiation" } });
  assert.deepEqual(await asked, { fine: true });
  await assert.rejects(refused, { code: "stale_negotiation" });
  lane.close();
});

test("a lost socket is resumed by its token, and only what was not acknowledged is said again", async () => {
  const { lane, socket, clock, states, types, tickets } = await liveLane();
  lane.request("join", {}).catch(() => {});
  const second = lane.request("chat", { text: "a" });
  lane.request("chat", { text: "b" }).catch(() => {});
  socket.says({ t: "alarm", q: 1, a: 1, b: {} });
  socket.ends(1006);
  assert.deepEqual(states.at(-1), ["lost", "lost"]);
  const next = await again(clock);
  assert.equal(tickets(), 1, "no second ticket is asked for");
  assert.deepEqual(next.sent, [{ t: "resume", id: next.sent[0].id, b: { token: "one", last: 1, sent: 3 } }]);
  next.says({ t: "resumed", a: 2, b: { token: "two", tokenSeconds: 120, last: 2, gap: false } });
  assert.deepEqual(states.at(-1), ["live", "resumed"]);
  assert.deepEqual(next.numbered.map((one) => [one.q, one.b.text, one.a]), [[3, "b", 1]]);
  // The server repeats what we have and goes on with what we lack.
  next.says({ t: "alarm", q: 1, b: {} });
  next.says({ t: "ok", q: 2, re: socket.numbered[1].id, b: {} });
  assert.deepEqual(await second, {});
  assert.deepEqual(types(), ["welcome", "alarm", "resumed", "ok"]);
  lane.close();
});

test("the token rotates: the next loss is resumed with the newest one", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.ends(1006);
  let next = await again(clock);
  next.says({ t: "resumed", b: { token: "two", tokenSeconds: 120, last: 0, gap: false } });
  next.ends(1006);
  next = await again(clock);
  assert.equal(next.sent[0].b.token, "two");
  // The answer was lost: the token just used is still the right one.
  next.ends(1006);
  next = await again(clock, 3000);
  assert.equal(next.sent[0].b.token, "two");
  lane.close();
});

test("after a gap the numbering goes on, and what still waits for an answer is asked again", async () => {
  const { lane, socket, clock, states } = await liveLane();
  const asked = lane.request("outcome", {});
  socket.says({ t: "alarm", q: 1, a: 1, b: {} });
  const { id } = socket.numbered[0];
  socket.ends(4430);
  const next = await again(clock);
  next.says({ t: "resumed", a: 1, b: { token: "two", tokenSeconds: 120, last: 1, gap: true } });
  assert.deepEqual(states.at(-1), ["live", "gap"]);
  assert.deepEqual(next.numbered.map((one) => [one.id, one.q]), [[id, 2]]);
  next.says({ t: "snapshot", q: 2, b: {} });
  next.says({ t: "ok", q: 3, re: id, b: {} });
  assert.deepEqual(await asked, {});
  lane.close();
});

test("4440 begins anew with a fresh ticket and number 1, and fails what waited", async () => {
  const { lane, socket, clock, states, tickets } = await liveLane();
  const asked = lane.request("join", {});
  socket.ends(1006);
  const next = await again(clock);
  next.ends(4440);
  await assert.rejects(asked, { code: "disconnected" });
  const fresh = await again(clock, 10);
  assert.equal(tickets(), 2);
  assert.equal(fresh.sent[0].b.ticket, "k2");
  fresh.says(welcome);
  assert.deepEqual(states.at(-1), ["live", "fresh"]);
  lane.request("join", {}).catch(() => {});
  assert.equal(fresh.numbered[0].q, 1);
  lane.close();
});

test("a token is tried for 120 s after the loss, and not any more then", async () => {
  for (const [away, greeting] of [[119999, "resume"], [120000, "hello"]]) {
    const { lane, socket, clock } = await liveLane();
    socket.ends(1006);
    // The machine slept: the next try comes late.
    clock.now += away;
    const next = await again(clock, 0);
    assert.equal(next.sent[0].t, greeting);
    lane.close();
  }
});

test("tries grow further apart, with jitter, up to 20 s", async () => {
  const pauses = [];
  for (const random of [() => 0, () => 0.999]) {
    const { lane, socket, clock } = await liveLane({ random });
    socket.ends(1006);
    const opened = [];
    let last = Socket.last;
    for (let tenth = 0; tenth < 900; tenth++) {
      await clock.pass(100);
      if (Socket.last === last) continue;
      last = Socket.last;
      opened.push(clock.now);
      last.ends(1006);
    }
    pauses.push(opened.map((at, n) => at - (opened[n - 1] ?? 0)));
    lane.close();
  }
  const [short, long] = pauses;
  assert.ok(short[0] <= 400 && long[0] > 400, "the first try comes within half a second");
  for (const list of pauses) {
    assert.ok(list.slice(1, 5).every((pause, n) => pause > list[n]), `${list}`);
    assert.ok(Math.max(...list) <= 20100, `${list}`);
  }
  assert.ok(short.length > long.length, "jitter spreads the tries");
});

test("what the server asks us to wait is waited, whatever the reader presses", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.says({ t: "err", b: { code: "busy", message: "", retry: true, afterMs: 7000 } });
  socket.ends(1013);
  lane.hurry();
  await clock.pass(6900);
  assert.equal(Socket.last, socket);
  const next = await again(clock, 200);
  assert.equal(next.sent[0].t, "resume");
  lane.close();
});

test("hurry tries at once when nothing was asked", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.ends(1006);
  lane.hurry();
  const next = await again(clock, 0);
  assert.equal(next.sent[0].t, "resume");
  lane.close();
});

test("a move is followed to its address, not before its time, and resumes there", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.says({ t: "move", q: 1, b: { address: "ws://other.example/ws", afterMs: 3000, resume: true } });
  socket.ends(1001);
  await clock.pass(2900);
  assert.equal(Socket.last, socket);
  const next = await again(clock, 200);
  assert.equal(next.address, "ws://other.example/ws");
  assert.deepEqual(next.sent[0].b, { token: "one", last: 1, sent: 0 });
  lane.close();
});

test("where a moved server does not answer, the old address is tried again", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.says({ t: "move", q: 1, b: { address: "ws://other.example/ws", afterMs: 0, resume: true } });
  socket.ends(1001);
  const addresses = [];
  for (let n = 0; n < 4; n++) {
    const next = await again(clock, 4000);
    addresses.push(new URL(next.address).host);
    next.ends(1006);
  }
  assert.equal(addresses[0], "other.example");
  assert.equal(addresses.at(-1), "127.0.0.1");
  lane.close();
});

test("a socket that stays open after a move is left at its time", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.says({ t: "move", q: 1, b: { afterMs: 1000, resume: true } });
  await clock.pass(1000);
  assert.equal(socket.closed, 1000);
  const next = await again(clock);
  assert.equal(next.sent[0].t, "resume");
  lane.close();
});

test("a server that does not answer two questions is gone; one that answers is not", async () => {
  const { lane, socket, clock, states } = await liveLane({ pulse: 5 });
  await clock.pass(5000);
  assert.equal(socket.sent.at(-1).t, "heartbeat");
  socket.says({ t: "ok", re: socket.sent.at(-1).id });
  await clock.pass(10000);
  assert.equal(states.at(-1)[0], "live");
  await clock.pass(5000);
  assert.deepEqual(states.at(-1), ["lost", "silent"]);
  lane.close();
});

test("a page that believes itself offline asks, and is told by the answer or by silence", async () => {
  const { lane, socket, clock, states } = await liveLane();
  lane.probe();
  socket.says({ t: "ok", re: socket.sent.at(-1).id });
  await clock.pass(4100);
  assert.equal(states.at(-1)[0], "live");
  lane.probe();
  await clock.pass(4100);
  assert.deepEqual(states.at(-1), ["lost", "silent"]);
  lane.close();
});

test("what may wait is kept while the socket is lost, anything else is refused at once", async () => {
  const { lane, socket, clock } = await liveLane();
  socket.ends(1006);
  await assert.rejects(lane.request("outcome", {}), { code: "disconnected" });
  lane.request("cand", {}, { keeps: true }).catch(() => {});
  const next = await again(clock);
  next.says({ t: "resumed", b: { token: "two", tokenSeconds: 120, last: 0, gap: false } });
  assert.deepEqual(next.numbered.map((one) => one.t), ["cand"]);
  lane.close();
});

test("what waits for a socket is not late before there is one, and is late after that", async () => {
  const { lane, clock } = await liveLane();
  const settledAs = (asked, list) => asked.then(() => list.push("said"), ({ code }) => list.push(code));
  const before = [];
  settledAs(lane.request("chat", {}, { keeps: true }), before);
  settledAs(lane.request("quality", {}), before);
  Socket.last.ends(1006);
  const during = [];
  settledAs(lane.request("chat", {}, { keeps: true }), during);
  // The server stays away for longer than an answer may take.
  while (clock.now < 40000) {
    const last = Socket.last;
    while (Socket.last === last) await clock.pass(100);
    Socket.last.onopen();
    if (clock.now < 40000) Socket.last.ends(1006);
  }
  assert.deepEqual([before, during], [["timeout"], []], "only what does not wait is late");
  const next = Socket.last;
  next.says({ t: "resumed", b: { token: "two", tokenSeconds: 120, last: 0, gap: false } });
  const [first, , second] = next.numbered;
  next.says({ t: "ok", re: first.id });
  await clock.pass(14900);
  assert.deepEqual([before, during], [["timeout", "said"], []]);
  await clock.pass(200);
  assert.deepEqual(during, ["timeout"], `${second.id} was never answered`);
  lane.close();
});

test("no more than 256 messages wait for their acknowledgement", async () => {
  const { lane } = await liveLane();
  for (let n = 0; n < 256; n++) lane.request("cand", {}).catch(() => {});
  await assert.rejects(lane.request("cand", {}), { code: "busy" });
  lane.close();
});

test("a message that the server could not read is not repeated", async () => {
  const { lane, socket, clock } = await liveLane();
  const asked = lane.request("desc", {});
  socket.ends(4400);
  await assert.rejects(asked, { code: "disconnected" });
  const next = await again(clock);
  assert.equal(next.sent[0].t, "hello");
  lane.close();
});

test("a refused ticket is replaced once; a second refusal stops", async () => {
  const { lane, socket, clock, states, tickets } = await liveLane();
  socket.ends(4440);
  let next = await again(clock, 10);
  next.ends(4401);
  next = await again(clock);
  assert.equal(tickets(), 3);
  next.ends(4401);
  assert.deepEqual(states.at(-1), ["stopped", "auth"]);
  lane.close();
});

test("what ends for good is not tried again", async () => {
  for (const code of [1000, 1008, 4403, 4404, 4409, 4410]) {
    const { lane, socket, clock, states } = await liveLane();
    socket.ends(code);
    assert.equal(states.at(-1)[0], "stopped", String(code));
    await clock.pass(60000);
    assert.equal(Socket.last, socket, String(code));
    lane.close();
  }
});

test("who was sent out or not let in is told so, and not that the consult ended", async () => {
  for (const [code, reason, why] of [[4410, "removed", "removed"], [4410, "ended", "ended"], [4403, "denied", "denied"]]) {
    const { lane, socket, states } = await liveLane();
    socket.ends(code, reason);
    assert.deepEqual(states.at(-1), ["stopped", why]);
    lane.close();
  }
});

test("ids are not those of the page before", async () => {
  const names = [];
  for (const random of [() => 0.25, () => 0.75]) {
    const { lane, socket } = await liveLane({ random });
    names.push(socket.sent[0].id);
    lane.close();
  }
  assert.notEqual(names[0], names[1]);
});
