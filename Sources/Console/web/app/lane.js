// One WebSocket with the reliable lane: what carries `q` is delivered once and in order, and is
// acknowledged at the latest every 8 messages or 1 s; a lost socket is opened again with jitter,
// and the server's snapshot then replaces what was known.

const stops = new Map([
  [1000, "done"], [1008, "policy"], [4401, "auth"], [4403, "forbidden"],
  [4404, "gone"], [4409, "superseded"], [4410, "ended"],
]);
const crowded = new Set([1013, 4408, 4429]);

export class Lane {
  /**
   * - ticket: asks the server for a single-use ticket, `{token, url}`.
   * - received: (type, body, message) for each message, once and in order.
   * - changed: (state, why), with "connecting", "live", "lost" or "stopped".
   * - stops: whether a close code ends it for good, by name.
   */
  constructor({ ticket, received, changed, stopsAt, Socket = globalThis.WebSocket, wait }) {
    Object.assign(this, { ticket, received, changed, Socket });
    this.stopsAt = stopsAt ?? (() => true);
    this.wait = wait ?? ((ms, action) => setTimeout(action, ms));
    this.state = "off";
    this.attempt = 0;
    this.waiting = new Map();
    this.nextID = 1;
    this.epoch = 0;
  }

  async open() {
    if (this.state === "stopped") return;
    const epoch = ++this.epoch;
    this.become("connecting");
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
    const address = new URL(ticket.url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new this.Socket(address.href, "telehealth.v1");
    this.socket = socket;
    this.sent = 0;
    this.heard = 0;
    this.owed = 0;
    this.heartbeats = false;
    socket.onopen = () => this.raw({
      t: "hello", id: this.newID(), b: { ticket: ticket.token, device: "console", features: [] },
    });
    socket.onmessage = (event) => { if (socket === this.socket) this.take(event.data); };
    socket.onclose = (event) => { if (socket === this.socket) this.lost(event.code); };
    // A socket that never welcomes us is as good as lost.
    this.welcomeTimer = this.wait(12000, () => {
      if (socket === this.socket && this.state === "connecting") this.drop("timeout");
    });
  }

  /** Closes it for good. */
  close(code = 1000) {
    this.become("stopped", "closed");
    this.epoch++;
    this.endTimers();
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= 1) socket.close(code);
    this.failWaiting("closed");
  }

  /** Sends in the reliable lane; resolves with the reply's body, rejects with `{code, retry}`. */
  request(t, b = {}) {
    return new Promise((resolve, reject) => {
      if (this.state !== "live") { reject({ code: "disconnected", retry: true }); return; }
      const id = this.newID();
      const timer = this.wait(15000, () => {
        if (this.waiting.delete(id)) reject({ code: "timeout", retry: true });
      });
      this.waiting.set(id, { resolve, reject, timer });
      this.raw({ t, id, q: ++this.sent, a: this.heard, b });
      this.owed = 0;
    });
  }

  newID() { return `c${this.nextID++}`; }

  raw(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  take(data) {
    let message;
    try { message = JSON.parse(data); } catch { this.drop("bad_message"); return; }
    this.lastHeard = Date.now();
    if (message.q !== undefined) {
      if (message.q <= this.heard) { this.acknowledge(); return; }
      if (message.q !== this.heard + 1) { this.drop("out_of_order"); return; }
      this.heard = message.q;
      this.owe();
    }
    const { t, b = {} } = message;
    if (t === "welcome") this.welcome(b);
    else if (t === "heartbeat") this.heartbeats = true;
    else if (t === "ok" || t === "err") this.reply(message);
    this.received(t, b, message);
  }

  welcome(b) {
    clearTimeout(this.welcomeTimer);
    this.attempt = 0;
    const seconds = Math.min(Math.max(b.heartbeatSeconds || 10, 1), 60);
    clearInterval(this.beat);
    this.beat = setInterval(() => {
      this.acknowledge();
      // A browser does not show pings; a server that used to beat and fell silent is gone.
      if (this.heartbeats && Date.now() - this.lastHeard > 3000 * seconds) this.drop("silent");
    }, seconds * 1000);
    this.become("live");
  }

  reply({ t, re, b = {} }) {
    const waiting = this.waiting.get(re);
    if (!waiting) return;
    this.waiting.delete(re);
    clearTimeout(waiting.timer);
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

  drop(why) {
    const socket = this.socket;
    this.socket = null;
    if (socket) { socket.onclose = null; socket.close(4400); }
    this.endTimers();
    this.failWaiting("disconnected");
    this.retry(why);
  }

  lost(code) {
    this.socket = null;
    this.endTimers();
    this.failWaiting("disconnected");
    if (this.state === "stopped") return;
    const stop = stops.get(code);
    if (stop && this.stopsAt(stop)) this.stop(stop);
    else this.retry(stop ?? "lost", crowded.has(code) ? 4 : 1);
  }

  stop(why, problem) {
    this.endTimers();
    this.become("stopped", why, problem);
  }

  retry(why, slower = 1) {
    this.become("lost", why);
    const ceiling = Math.min(20000, 500 * 2 ** this.attempt) * slower;
    this.attempt = Math.min(this.attempt + 1, 6);
    const epoch = this.epoch;
    this.retryTimer = this.wait(ceiling * (0.5 + Math.random() / 2), () => {
      if (epoch === this.epoch && this.state === "lost") this.open();
    });
  }

  /** Tries again now, as when the network comes back. */
  hurry() {
    if (this.state !== "lost") return;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.open();
  }

  /** Takes a stopped lane up again because the reader asks for it. */
  resume() {
    if (this.state !== "stopped") return;
    this.state = "off";
    this.attempt = 0;
    this.open();
  }

  endTimers() {
    clearTimeout(this.welcomeTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.ackTimer);
    clearInterval(this.beat);
    this.ackTimer = null;
  }

  failWaiting(code) {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject({ code, retry: true });
    }
    this.waiting.clear();
  }

  become(next, why, problem) {
    this.state = next;
    this.changed(next, why, problem);
  }
}
