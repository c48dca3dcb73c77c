// The conference server's end of a consult: Janus' VideoRoom over its own WebSocket.
//
// One handle publishes this end's media, one more for each other end receives; feeds are named by
// participant, so what comes is known without asking. What the server forgets is not repaired here:
// `failed` is called, and the coordinator answers with another generation or another place.

const keepAliveMilliseconds = 25000;
const patienceMilliseconds = 15000;
/** Bits a second of video that is sent, by who is shown large. */
const bitrates = { presenter: 1_500_000, aside: 128_000, shared: 4_000_000 };

export class Conference {
  /**
   * - server: `topology.server`: url, token, room, feed.
   * - stream: this end's media.
   * - changed: called when a stream or the state changes.
   * - failed: called once with a reason when media cannot flow any more.
   */
  constructor({
    server, iceServers = [], stream, video = true, name = "", changed = () => {}, failed = () => {},
    Socket = globalThis.WebSocket, Peer = globalThis.RTCPeerConnection,
  }) {
    Object.assign(this, { server, iceServers, stream, video, name, changed, failed, Peer });
    this.state = "new";
    /** participant → the MediaStream that comes from it. */
    this.streams = new Map();
    this.handles = new Map();
    this.waiting = new Map();
    this.count = 0;
    this.presenter = null;
    this.socket = new Socket(server.url, "janus-protocol");
    this.socket.onopen = () => this.begin().catch((error) => this.fail(error.message));
    this.socket.onmessage = ({ data }) => this.received(JSON.parse(data));
    this.socket.onclose = () => this.fail("closed");
  }

  remotes() { return this.streams; }

  async begin() {
    this.session = (await this.request({ janus: "create" })).data.id;
    this.timer = setInterval(() => {
      this.request({ janus: "keepalive" }).catch(() => this.fail("keepalive"));
    }, keepAliveMilliseconds);
    this.publisher = await this.attach(null);
    const joined = await this.publisher.ask({
      request: "join", ptype: "publisher", room: this.server.room, id: this.server.feed,
      token: this.server.token, display: this.name,
    });
    await this.publish();
    this.follow(joined.data.publishers);
  }

  // Calls to Janus

  /** Sends a request; the promise is kept by the answer that settles it. */
  request(body, final = ["success", "ack", "error"]) {
    const transaction = `t${++this.count}`;
    return new Promise((done, refused) => {
      const timer = setTimeout(() => {
        this.waiting.delete(transaction);
        refused(new Error("timeout"));
      }, patienceMilliseconds);
      this.waiting.set(transaction, { done, refused, timer, final });
      if (this.socket.readyState !== 1) return refused(new Error("closed"));
      this.socket.send(JSON.stringify({
        ...body, transaction, token: this.server.token,
        ...(this.session ? { session_id: this.session } : {}),
      }));
    });
  }

  received(message) {
    const { janus, transaction } = message;
    const waiting = this.waiting.get(transaction);
    const fault = message.error?.reason ?? message.plugindata?.data?.error;
    // A message to the plugin is acknowledged first and answered by an event.
    const isLast = Boolean(waiting && (waiting.final.includes(janus) || fault));
    if (isLast) {
      this.waiting.delete(transaction);
      clearTimeout(waiting.timer);
      if (fault) waiting.refused(new Error(fault));
      else waiting.done({ ...message, data: message.data ?? message.plugindata?.data });
      if (janus !== "event") return;
    }
    const handle = this.handles.get(message.sender);
    if (janus === "event") this.event(handle, message.plugindata?.data ?? {}, message.jsep, isLast);
    else if (janus === "hangup" || janus === "detached") this.hungUp(handle, message.reason ?? janus);
    else if (janus === "timeout") this.fail("timeout");
  }

  event(handle, data, jsep, isAnswer) {
    if (data.videoroom === "destroyed") return this.fail("destroyed");
    if (handle === this.publisher) {
      if (data.leaving === "ok" || data.kicked === this.server.feed) return this.fail("removed");
      if (!isAnswer) this.follow(data.publishers);
      for (const gone of [data.unpublished, data.leaving, data.kicked]) if (gone) this.drop(gone);
    } else if (handle && jsep?.type === "offer" && !isAnswer) {
      this.answer(handle, jsep).catch((error) => this.hungUp(handle, error.message));
    }
    return undefined;
  }

  async attach(feed) {
    const id = (await this.request({ janus: "attach", plugin: "janus.plugin.videoroom" })).data.id;
    const connection = new this.Peer({ iceServers: this.iceServers });
    const handle = {
      id, feed, connection,
      ask: (body, jsep) => this.request(
        { janus: "message", handle_id: id, body, ...(jsep ? { jsep } : {}) }, ["event", "error"],
      ),
    };
    this.handles.set(id, handle);
    connection.onicecandidate = ({ candidate }) => this.request({
      janus: "trickle", handle_id: id,
      candidate: candidate ? candidate.toJSON() : { completed: true },
    }).catch(() => {});
    connection.onconnectionstatechange = () => this.watch(handle);
    return handle;
  }

  // Sending

  async publish() {
    const { connection } = this.publisher;
    for (const track of this.stream?.getTracks() ?? []) {
      if (track.kind === "video" && !this.video) continue;
      connection.addTransceiver(track, { direction: "sendonly", streams: [this.stream] });
    }
    // Who has neither camera nor microphone listens, and has nothing to publish.
    if (connection.getTransceivers().length === 0) return this.move("up");
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const answer = await this.publisher.ask(
      { request: "configure", ...this.share() }, { type: "offer", sdp: offer.sdp },
    );
    await connection.setRemoteDescription(answer.jsep);
    return undefined;
  }

  /** How much video this end sends: most when it presents, least when another does. */
  share() {
    const ends = Math.max(2, this.streams.size + 1);
    const bitrate = this.presenter === this.server.feed ? bitrates.presenter
      : this.presenter ? bitrates.aside : Math.round(bitrates.shared / ends);
    return { bitrate: Math.min(bitrate, bitrates.presenter) };
  }

  /** Somebody is shown large, or nobody in particular. */
  present(participant) {
    if (participant === this.presenter) return;
    this.presenter = participant ?? null;
    this.reshare();
  }

  reshare() {
    if (this.state !== "up") return;
    this.publisher?.ask({ request: "configure", ...this.share() }).catch(() => {});
  }

  /** Sends another local stream, as after a camera was plugged in. */
  replaceStream(stream) {
    this.stream = stream;
    for (const sender of this.publisher?.connection.getSenders() ?? []) {
      const track = stream.getTracks().find((one) => one.kind === sender.track?.kind);
      if (track) sender.replaceTrack(track);
    }
  }

  // Receiving

  follow(publishers = []) {
    for (const { id } of publishers) {
      if (id === this.server.feed || [...this.handles.values()].some((one) => one.feed === id)) continue;
      this.receive(id).catch(() => this.drop(id));
    }
  }

  async receive(feed) {
    const handle = await this.attach(feed);
    const stream = new MediaStream();
    this.streams.set(feed, stream);
    handle.connection.ontrack = ({ track }) => {
      stream.addTrack(track);
      track.onmute = track.onunmute = track.onended = () => this.changed();
      this.changed();
    };
    const offer = await handle.ask({
      request: "join", ptype: "subscriber", room: this.server.room, streams: [{ feed }],
      token: this.server.token,
    });
    await this.answer(handle, offer.jsep);
    this.reshare();
  }

  async answer(handle, jsep) {
    const { connection } = handle;
    await connection.setRemoteDescription(jsep);
    await connection.setLocalDescription();
    const { type, sdp } = connection.localDescription;
    await handle.ask({ request: "start", room: this.server.room }, { type, sdp });
  }

  drop(feed) {
    for (const handle of this.handles.values()) {
      if (handle.feed === feed) this.forget(handle);
    }
    this.streams.delete(feed);
    this.changed();
  }

  forget(handle) {
    this.handles.delete(handle.id);
    handle.connection.close();
    if (this.socket.readyState === 1) {
      this.request({ janus: "detach", handle_id: handle.id }).catch(() => {});
    }
  }

  // What becomes of it

  watch(handle) {
    const { connectionState } = handle.connection;
    if (connectionState === "failed") return this.hungUp(handle, "ice");
    if (handle === this.publisher && connectionState === "connected") this.move("up");
    return undefined;
  }

  hungUp(handle, reason) {
    if (!handle || this.closed) return;
    if (handle === this.publisher) this.fail(reason);
    else this.drop(handle.feed);
  }

  move(to) {
    if (this.state === to || this.closed) return;
    this.state = to;
    this.changed();
  }

  fail(reason) {
    if (this.closed) return;
    this.close();
    this.state = "failing";
    this.changed();
    this.failed(reason);
  }

  /** Fresh servers for the connections that are made from now on, and for those that restart. */
  setServers(iceServers) {
    this.iceServers = iceServers;
    for (const { connection } of this.handles.values()) connection.setConfiguration({ iceServers });
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.state = "closed";
    clearInterval(this.timer);
    for (const { timer, refused } of this.waiting.values()) {
      clearTimeout(timer);
      refused(new Error("closed"));
    }
    this.waiting.clear();
    for (const { connection } of this.handles.values()) connection.close();
    this.handles.clear();
    this.streams.clear();
    if (this.socket.readyState === 1 && this.session) {
      this.socket.send(JSON.stringify({
        janus: "destroy", session_id: this.session, token: this.server.token, transaction: "bye",
      }));
    }
    this.socket.onclose = null;
    this.socket.close();
  }
}
