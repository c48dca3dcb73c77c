// One WebSocket with the reliable lane: what carries `q` is delivered once and in order, and is
// acknowledged at the latest every 8 messages or 1 s. A lost socket is opened again with jitter and
// resumed by its token: both sides repeat what the other has not acknowledged, and drop what they
// have seen. Only where that fails does a fresh ticket begin anew.

const stops = new Map([
  [1000, "done"], [1008, "policy"], [4401, "auth"], [4403, "forbidden"],
  [4404, "gone"], [4409, "superseded"], [4410, "ended"],
]);
/** Reasons of a close that say more than its code. */
const personal = new Set(["removed", "denied"]);
const crowded = new Set([1013, 4429]);
const resumeFailed = 4440;
/** The server did not understand us: saying the same again would not help. */
const misunderstood = new Set([1009, 4400]);

/** The most messages that wait for their acknowledgement. */
const keptLimit = 256;

/** How long an answer may take. */
const answerMilliseconds = 15000;

/** How often a place that the server moved us to is tried before the old address is again. */
const movedTries = 3;

export class Lane {
  /**
   * - ticket: asks the server for a single-use ticket, `{token, url}`.
   * - received: (type, body, message) for each message, once and in order.
   * - changed: (state, why), with "connecting", "live", "lost" or "stopped"; "live" says why:
   *   "fresh" after a hello, "resumed", or "gap" when messages were lost and a snapshot follows.
   * - stopsAt: whether a close code ends it for good, by name.
   * - pulse: after how many seconds of silence the server is asked whether it is there.
   * - Socket, wait, cancel, clock, random: the world, replaced by the tests.
   */
  constructor({
    ticket, received, changed, stopsAt = () => true, pulse = 10, Socket = globalThis.WebSocket,
    wait = (ms, action) => setTimeout(action, ms), cancel = (timer) => clearTimeout(timer),
    clock = () => Date.now(), random = () => Math.random(),
  }) {
    Object.assign(this, { ticket, received, changed, stopsAt, pulse, Socket, wait, cancel, clock, random });
    this.state = "off";
    this.attempt = 0;
    this.waiting = new Map();
    // The server keeps answers by id for ten minutes, so a reloaded page must not count from 1 again.
    this.name = Math.floor(random() * 2 ** 32).toString(36);
    this.nextID = 1;
    this.epoch = 0;
    this.notBefore = 0;
    this.begin();
  }

  /** A lane of which the other side knows nothing. */
  begin() {
    this.token = null;
    this.sent = 0;
    this.heard = 0;
    this.owed = 0;
    this.kept = [];
  }

  /** Whether the place can still be taken up again with its token. */
  get canResume() { return this.token !== null && this.clock() < (this.resumeUntil ?? Infinity); }

  async open() {
    if (this.state === "stopped") return;
    const epoch = ++this.epoch;
    this.become("connecting");
    if (this.canResume) {
      this.connect(this.address, () => ({ t: "resume", id: this.newID(), b: { token: this.token, last: this.heard, sent: this.sent } }));
      return;
    }
    let ticket;
    try {
      ticket = await this.ticket();
    } catch (problem) {
      if (epoch !== this.epoch || this.state === "stopped") return;
      if ([401, 403, 404, 409, 410].includes(problem.status)) this.stop(problem.code, problem);
      else this.retry("network");
      return;
    }
    if (epoch !== this.epoch || this.state === "stopped") return;
    this.restart();
    this.home = this.address = socketAddress(ticket.url);
    this.connect(this.address, () => ({ t: "hello", id: this.newID(), b: { ticket: ticket.token, device: "console", features: ["resume", "move"] } }));
  }

  connect(address, greeting) {
    let socket;
    try {
      socket = new this.Socket(address, "telehealth.v1");
    } catch {
      this.drop("address");
      return;
    }
    this.socket = socket;
    socket.onopen = () => this.raw(greeting());
    socket.onmessage = (event) => { if (socket === this.socket) this.take(event.data); };
    socket.onclose = (event) => { if (socket === this.socket) this.lost(event.code, event.reason); };
    // A socket that never welcomes us is as good as lost.
    this.welcomeTimer = this.wait(12000, () => {
      if (socket === this.socket && this.state === "connecting") this.drop("timeout");
    });
  }

  /** What was not answered before a fresh start never will be. */
  restart() {
    this.begin();
    this.failWaiting("disconnected");
  }

  /** Closes it for good. */
  close(code = 1000) {
    this.become("stopped", "closed");
    this.epoch++;
    this.endTimers();
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= 1) socket.close(code);
    this.restart();
  }

  /**
   * Sends in the reliable lane; resolves with the reply's body, rejects with `{code, retry}`.
   * `keeps`: while the socket is lost it waits for the lane to be resumed, instead of being refused.
   */
  request(t, b = {}, { keeps = false, id = this.newID() } = {}) {
    return new Promise((resolve, reject) => {
      const canWait = keeps && this.canResume && this.state !== "stopped";
      if (this.state !== "live" && !canWait) { reject({ code: "disconnected", retry: true }); return; }
      if (this.kept.length >= keptLimit) { reject({ code: "busy", retry: true }); return; }
      const message = { t, id, q: ++this.sent, b };
      this.waiting.set(id, { resolve, reject, keeps, message });
      this.kept.push(message);
      if (this.state !== "live") return;
      this.limit(id);
      this.say(message);
    });
  }

  /** An answer comes within 15 s of a live socket; what may wait for one is not late before. */
  limit(id) {
    const waiting = this.waiting.get(id);
    waiting.timer ??= this.wait(answerMilliseconds, () => {
      if (this.waiting.delete(id)) waiting.reject({ code: "timeout", retry: true });
    });
  }

  /** While there is no socket, what waits for one is neither late nor lost. */
  unlimit() {
    for (const waiting of this.waiting.values()) {
      if (!waiting.keeps) continue;
      this.cancel(waiting.timer);
      waiting.timer = null;
    }
  }

  newID() { return `${this.name}-${this.nextID++}`; }

  /** Sends a numbered message with the newest acknowledgement. */
  say(message) {
    this.owed = 0;
    this.raw({ ...message, a: this.heard });
  }

  raw(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  take(data) {
    let message;
    try { message = JSON.parse(data); } catch { this.drop("bad_message"); return; }
    this.unanswered = 0;
    this.lastHeard = this.clock();
    if (message.a !== undefined) this.acknowledged(message.a);
    if (message.q !== undefined) {
      if (message.q <= this.heard) { this.acknowledge(); return; }
      if (message.q !== this.heard + 1) { this.drop("out_of_order"); return; }
      this.heard = message.q;
      this.owe();
    }
    const { t, b = {} } = message;
    if (t === "welcome") this.welcome(b);
    else if (t === "resumed") this.resumed(b);
    else if (t === "move") this.move(b);
    else if (t === "ok" || t === "err") this.reply(message);
    this.received(t, b, message);
  }

  /** The server has everything up to `number`: it need not be repeated. */
  acknowledged(number) {
    while (this.kept.length && this.kept[0].q <= number) this.kept.shift();
  }

  welcome(b) {
    this.tokenOf(b);
    this.failures = 0;
    this.goLive(b, "fresh");
  }

  /** The place is ours again: what the server lacks is said once more. */
  resumed(b) {
    this.tokenOf(b);
    this.acknowledged(b.last ?? 0);
    for (const message of this.kept) this.say(message);
    if (b.gap) this.askAgain();
    for (const id of this.waiting.keys()) this.limit(id);
    this.goLive(b, b.gap ? "gap" : "resumed");
  }

  /** Answers may be among what was lost: the same ids get the same answers. */
  askAgain() {
    const unsent = new Set(this.kept.map((message) => message.id));
    for (const [id, waiting] of this.waiting) {
      if (unsent.has(id)) continue;
      waiting.message = { ...waiting.message, q: ++this.sent };
      this.kept.push(waiting.message);
      this.say(waiting.message);
    }
  }

  tokenOf({ token, tokenSeconds }) {
    this.token = token ?? null;
    this.life = (tokenSeconds ?? 0) * 1000;
    this.resumeUntil = Infinity;
  }

  goLive(b, why) {
    this.cancel(this.welcomeTimer);
    this.attempt = 0;
    this.movedFor = 0;
    this.notBefore = 0;
    this.seconds = Math.min(Math.max(b.heartbeatSeconds || this.seconds || 10, 1), 60, this.pulse);
    this.beatSoon();
    this.become("live", why);
  }

  /** A browser does not show pings: a server that answers no question is gone. */
  beatSoon() {
    this.cancel(this.beat);
    this.unanswered = 0;
    const pulse = () => {
      // Two questions, not a time: a page in the background has its timers held back.
      if (this.unanswered >= 2) { this.drop("silent"); return; }
      this.ask();
      this.unanswered += 1;
      this.beat = this.wait(this.seconds * 1000, pulse);
    };
    this.beat = this.wait(this.seconds * 1000, pulse);
  }

  /** Acknowledges, and asks for a sign of life: one id for all, so that the server keeps one answer. */
  ask() {
    this.owed = 0;
    this.raw({ t: "heartbeat", id: `${this.name}-pulse`, a: this.heard, b: { a: this.heard } });
  }

  /** Asks now whether the server is there, as when the browser believes that it is offline. */
  probe() {
    if (this.state !== "live") return;
    const { socket } = this;
    const asked = this.clock();
    this.ask();
    this.wait(4000, () => {
      if (socket === this.socket && this.state === "live" && this.lastHeard < asked) this.drop("silent");
    });
  }

  /** The server goes down: where to go on, and when. */
  move({ address, afterMs = 0 }) {
    this.notBefore = this.clock() + afterMs;
    if (address) {
      this.address = socketAddress(address);
      this.movedFor = movedTries;
    }
    const { socket } = this;
    this.wait(afterMs, () => { if (socket === this.socket) this.drop("moved", 1000); });
  }

  reply({ t, re, b = {} }) {
    // A refusal that answers nothing says why the socket is about to be closed.
    if (t === "err" && re === undefined && b.afterMs) this.notBefore = this.clock() + b.afterMs;
    const waiting = this.waiting.get(re);
    if (!waiting) return;
    this.waiting.delete(re);
    this.cancel(waiting.timer);
    if (t === "ok") waiting.resolve(b);
    else waiting.reject(b);
  }

  owe() {
    this.owed += 1;
    if (this.owed >= 8) this.acknowledge();
    else if (!this.ackTimer) {
      this.ackTimer = this.wait(700, () => {
        this.ackTimer = null;
        if (this.owed > 0) this.acknowledge();
      });
    }
  }

  acknowledge() {
    this.owed = 0;
    this.raw({ t: "heartbeat", a: this.heard, b: { a: this.heard } });
  }

  /** Leaves a socket that is no good. */
  drop(why, code = 4400) {
    const socket = this.socket;
    if (socket) { socket.onclose = null; socket.close(code); }
    this.parted();
    this.retry(why);
  }

  lost(code, reason) {
    this.parted();
    if (this.state === "stopped") return;
    if (code === resumeFailed) {
      // Resuming is over, not the consult: a fresh ticket, as soon as the server lets us.
      this.restart();
      this.retry("resume", { soon: true });
      return;
    }
    const stop = stops.get(code);
    // A ticket may have been too slow on its way; one more is asked for.
    const again = stop === "auth" && (this.failures = (this.failures ?? 0) + 1) < 2;
    if (stop || misunderstood.has(code)) this.restart();
    if (stop && !again && this.stopsAt(stop)) this.stop(personal.has(reason) ? reason : stop);
    else this.retry(stop ?? "lost", { slower: crowded.has(code) ? 4 : 1 });
  }

  /** The socket is gone; the place and its numbers stay, for as long as the token lives. */
  parted() {
    if (this.socket && this.state === "live") this.resumeUntil = this.clock() + this.life;
    this.socket = null;
    this.endTimers();
    if (this.canResume) this.unlimit();
    else this.failWaiting("disconnected");
    if (this.movedFor > 0 && --this.movedFor === 0) this.address = this.home;
  }

  stop(why, problem) {
    this.endTimers();
    this.failWaiting("disconnected");
    this.become("stopped", why, problem);
  }

  retry(why, { slower = 1, soon = false } = {}) {
    this.become("lost", why);
    const ceiling = Math.min(20000, 500 * 2 ** this.attempt) * slower;
    if (!soon) this.attempt = Math.min(this.attempt + 1, 6);
    const pause = soon ? 0 : ceiling * (0.5 + this.random() / 2);
    this.reopen(Math.max(pause, this.notBefore - this.clock()));
  }

  reopen(pause) {
    const { epoch } = this;
    this.cancel(this.retryTimer);
    this.retryTimer = this.wait(pause, () => {
      if (epoch === this.epoch && this.state === "lost") this.open();
    });
  }

  /** Tries again now, as when the network comes back; never before the server allows it. */
  hurry() {
    if (this.state !== "lost") return;
    this.attempt = 0;
    this.reopen(Math.max(0, this.notBefore - this.clock()));
  }

  /** Takes a stopped lane up again because the reader asks for it. */
  resume() {
    if (this.state !== "stopped") return;
    this.state = "off";
    this.attempt = 0;
    this.failures = 0;
    this.restart();
    this.open();
  }

  endTimers() {
    for (const timer of [this.welcomeTimer, this.retryTimer, this.ackTimer, this.beat]) this.cancel(timer);
    this.ackTimer = null;
  }

  failWaiting(code) {
    for (const { reject, timer } of this.waiting.values()) {
      this.cancel(timer);
      reject({ code, retry: true });
    }
    this.waiting.clear();
  }

  become(next, why, problem) {
    this.state = next;
    this.changed(next, why, problem);
  }
}

function socketAddress(url) {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}
