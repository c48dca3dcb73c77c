// One link of a consult: a peer connection by perfect negotiation over the room's socket.
//
// Each offer carries a counter `n`. The server accepts an offer with a higher `n` than the last and
// answers `stale_negotiation` to whoever was slower. The polite end gives way on collision; the
// impolite end keeps the other's offer aside, for the case that the server took that one first.

import { hold, sampleOf } from "./line.js";
import { isStill } from "./stills.js";

const batchMilliseconds = 60;
const batchSize = 20;
const settleMilliseconds = 5000;

export class Link {
  /**
   * - id, to, polite, n: from the server; n is the highest negotiation that it has seen.
   * - send: (type, body) → promise of the reply.
   * - sending: `{audio, video}`, which of the stream's tracks go out; mayVideo: whether any picture
   *   may, by the patient's consent.
   * - changed: called when the stream or the state changes.
   * - isReached: whether the server is reached; what fails while it is not is mended by `hurry`.
   */
  constructor({
    id, to, polite, n = 0, iceServers, stream, sending = { audio: true, video: true }, mayVideo = true,
    send, changed, isReached = () => true, Peer = globalThis.RTCPeerConnection,
  }) {
    Object.assign(this, { id, to, polite, iceServers, stream, sending, mayVideo, send, changed, isReached, Peer });
    this.n = n;
    this.state = "new";
    this.build();
    // The one who was there first offers; the other waits a moment, to spare a collision.
    this.startTimer = setTimeout(() => this.begin(), polite ? 1500 : 0);
  }

  build() {
    this.connection?.close();
    const connection = new this.Peer({ iceServers: this.iceServers });
    this.connection = connection;
    this.remote = new MediaStream();
    this.making = false;
    this.began = false;
    this.aside = null;
    this.early = [];
    this.outgoing = [];
    this.offered = 0;
    for (const track of this.stream?.getTracks() ?? []) this.addTrack(track);
    this.channel = connection.createDataChannel("stills", { negotiated: true, id: 0 });
    this.channel.onopen = () => this.sayState();
    this.channel.onmessage = ({ data }) => this.heard(data);
    connection.onnegotiationneeded = () => { if (this.began) this.offer(); };
    connection.onicecandidate = ({ candidate }) => this.candidate(candidate);
    connection.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      track.onmute = track.onunmute = track.onended = () => this.changed();
      this.changed();
    };
    connection.onconnectionstatechange = () => this.watch();
    connection.oniceconnectionstatechange = () => this.watch();
  }

  /** A track goes out unless its kind is held back; its place in the description is kept either way. */
  addTrack(track) {
    if (track.kind === "video" && !this.mayVideo) return;
    const sender = this.connection.addTrack(track, this.stream);
    if (!this.sending[track.kind]) sender.replaceTrack(null);
  }

  begin() {
    if (this.closed || this.began) return;
    this.began = true;
    // Without a camera or microphone of our own we still want to see and hear.
    const kinds = this.connection.getTransceivers().map((one) => one.receiver.track.kind);
    for (const kind of ["audio", "video"]) {
      if (kind === "video" && !this.mayVideo) continue;
      if (!kinds.includes(kind)) this.connection.addTransceiver(kind, { direction: "recvonly" });
    }
    this.offer();
  }

  async offer() {
    const connection = this.connection;
    if (this.making || this.closed || connection.signalingState !== "stable") return;
    this.making = true;
    try {
      const offer = await connection.createOffer();
      if (connection !== this.connection || connection.signalingState !== "stable") return;
      this.offered = this.n + 1;
      this.outgoing = [];
      try {
        await connection.setLocalDescription(offer);
      } catch (error) {
        // The other end's offer came in between: it is answered instead.
        if (error.name === "InvalidStateError") return;
        throw error;
      }
      const n = this.offered;
      this.send("desc", {
        to: this.to, link: this.id, n, kind: "offer", sdp: connection.localDescription.sdp,
      }).catch((refusal) => this.refused(n, refusal));
    } finally {
      this.making = false;
    }
  }

  /** The server took somebody else's offer, or knows a later negotiation than we do. */
  async refused(n, { code }) {
    if (code === "consent_required" && this.mayVideo) return this.allowVideo(false);
    if (code !== "stale_negotiation" || this.closed || n !== this.offered) return;
    const connection = this.connection;
    // The offer that was taken instead may be here already: then ours is on its way out.
    if (this.accepting || connection.signalingState !== "have-local-offer") return;
    await connection.setLocalDescription({ type: "rollback" });
    this.n = Math.max(this.n, n);
    const aside = this.aside;
    this.aside = null;
    if (aside) {
      await this.accept(aside);
    } else {
      clearTimeout(this.startTimer);
      this.startTimer = setTimeout(() => this.offer(), 200 + Math.random() * 300);
    }
  }

  /** A description from the other end. */
  async described({ n, kind, sdp }) {
    clearTimeout(this.startTimer);
    const connection = this.connection;
    if (kind === "answer") {
      if (n !== this.offered || connection.signalingState !== "have-local-offer") return;
      this.n = n;
      this.aside = null;
      await connection.setRemoteDescription({ type: "answer", sdp });
      await this.addEarly(n);
      return;
    }
    if (n < this.n) return;
    const collision = this.making || connection.signalingState !== "stable";
    // A later round than ours means that ours is over: its answer will not come.
    const ours = this.making ? this.n + 1 : this.offered;
    if (collision && !this.polite && n <= ours) {
      this.aside = { n, sdp };
      return;
    }
    await this.accept({ n, sdp });
  }

  /** Answers an offer in the place of an own one. */
  async accept(offer) {
    this.accepting = true;
    try {
      await this.answer(offer);
    } finally {
      this.accepting = false;
    }
  }

  async answer({ n, sdp }, again = true) {
    this.began = true;
    const connection = this.connection;
    try {
      await connection.setRemoteDescription({ type: "offer", sdp });
    } catch (error) {
      // The other end began anew (a reloaded page): so do we.
      if (!again || this.closed) throw error;
      this.build();
      await this.answer({ n, sdp }, false);
      return;
    }
    this.n = n;
    this.offered = n;
    this.outgoing = [];
    await connection.setLocalDescription();
    this.send("desc", {
      to: this.to, link: this.id, n, kind: "answer", sdp: connection.localDescription.sdp,
    }).catch(() => {});
    await this.addEarly(n);
  }

  candidate(candidate) {
    if (candidate) {
      this.outgoing.push({
        candidate: candidate.candidate, sdpMid: candidate.sdpMid,
        sdpMLineIndex: candidate.sdpMLineIndex,
      });
    }
    if (!candidate || this.outgoing.length >= batchSize) this.flush(!candidate);
    else this.flushTimer ??= setTimeout(() => this.flush(false), batchMilliseconds);
  }

  flush(end) {
    clearTimeout(this.flushTimer);
    this.flushTimer = null;
    const candidates = this.outgoing.splice(0, batchSize);
    if (candidates.length === 0 && !end) return;
    this.send("cand", {
      to: this.to, link: this.id, n: this.offered, candidates, ...(end ? { end: true } : {}),
    }).catch(() => {});
  }

  /** Candidates from the other end; those that come before their description wait. */
  async candidates({ n, candidates = [] }) {
    if (n < this.n) return;
    if (n > this.n || !this.connection.remoteDescription) {
      this.early.push({ n, candidates });
      return;
    }
    for (const candidate of candidates) {
      if (!candidate.candidate) continue;
      await this.connection.addIceCandidate(candidate).catch(() => {});
    }
  }

  async addEarly(n) {
    const early = this.early.filter((batch) => batch.n === n);
    this.early = this.early.filter((batch) => batch.n > n);
    for (const batch of early) await this.candidates(batch);
  }

  watch() {
    const connection = this.connection;
    const before = this.state;
    const ice = connection.iceConnectionState;
    if (connection.connectionState === "connected" || ice === "connected" || ice === "completed") {
      this.state = "up";
    } else if (ice === "failed" || connection.connectionState === "failed") {
      this.state = "failing";
    } else if (ice === "disconnected") {
      this.state = "failing";
    } else {
      this.state = "negotiating";
    }
    if (this.state === "failing" && before !== "failing") {
      // A dropped path often heals by itself; the impolite end restarts first.
      const patience = (ice === "failed" ? 0 : 4000) + (this.polite ? 3000 : 0);
      this.restartTimer = setTimeout(() => this.retry(), patience);
    }
    if (this.state === "up") {
      clearTimeout(this.restartTimer);
      // What was lost with the network is counted a moment longer, and is not the line's.
      if (before !== "up") this.measuredFrom = this.wasUp ? Date.now() + settleMilliseconds : 0;
      this.wasUp = true;
    }
    if (this.state !== before) this.changed();
  }

  restart({ blames = true } = {}) {
    if (this.closed || this.state !== "failing") return;
    if (blames) this.send("link.fail", { link: this.id, why: "ice" }).catch(() => {});
    this.connection.restartIce();
    this.restartTimer = setTimeout(() => this.retry(), 8000);
  }

  /**
   * Without the server both ends would make an offer and both offers wait for it: one of them is taken back then, and after
   * that Chromium decodes what comes but shows no picture any more.
   */
  retry() { if (this.isReached()) this.restart(); }

  /** Restarts what a lost network broke, the impolite end first; the line is not to blame for that. */
  hurry() {
    clearTimeout(this.restartTimer);
    if (this.polite) this.restartTimer = setTimeout(() => this.restart({ blames: false }), 3000);
    else this.restart({ blames: false });
  }

  /** Takes fresh relay credentials. */
  setServers(iceServers) {
    this.iceServers = iceServers;
    this.connection.setConfiguration({ iceServers });
  }

  /** Sends another local stream, as after a camera was plugged in. */
  replaceStream(stream) {
    this.stream = stream;
    for (const track of stream.getTracks()) {
      if (track.kind === "video" && !this.mayVideo) continue;
      const place = this.places(track.kind)[0];
      if (!place) this.addTrack(track);
      else this.occupy(place, track);
    }
  }

  /** The transceivers of a kind, in use or free. */
  places(kind) {
    return this.connection.getTransceivers().filter((one) => one.receiver.track.kind === kind && !one.stopped);
  }

  occupy(place, track) {
    if (place.direction !== "sendrecv") place.direction = "sendrecv";
    place.sender.setStreams?.(this.stream);
    place.sender.replaceTrack(this.sending[track.kind] ? track : null).catch(() => {});
  }

  /** Holds a kind back or lets it go again. */
  setSending(sending) {
    this.sending = sending;
    hold(this.connection, this.stream, { ...sending, video: sending.video && this.mayVideo });
  }

  /** Whether pictures may go at all: a new negotiation takes them out of the link, or back in. */
  allowVideo(may) {
    if (this.mayVideo === may || this.closed) return;
    this.mayVideo = may;
    const track = this.stream.getVideoTracks()[0];
    for (const place of this.places("video")) {
      if (!may) {
        place.sender.replaceTrack(null).catch(() => {});
        place.direction = "inactive";
      } else if (track) this.occupy(place, track);
      else place.direction = "recvonly";
    }
    if (may && track && !this.places("video").length) this.addTrack(track);
    if (!this.accepting && this.connection.signalingState === "have-local-offer") {
      // The offer under way was refused: it is taken back, and one without pictures follows.
      this.connection.setLocalDescription({ type: "rollback" }).then(() => this.offer()).catch(() => {});
    }
    this.changed();
  }

  /** Tells the other end what goes out: a track without packets looks like a picture that stands still. */
  tellState(state) {
    this.ownState = JSON.stringify(state);
    this.sayState();
  }

  sayState() {
    if (this.ownState && this.channel.readyState === "open") this.channel.send(this.ownState);
  }

  /** A still, or what the other end sends: `{level, camera, microphone}`. */
  heard(data) {
    if (isStill(data)) {
      this.still = { url: data, at: Date.now() };
    } else if (typeof data === "string" && data.length < 300 && data.startsWith("{")) {
      try { this.theirs = JSON.parse(data); } catch { return; }
    } else return;
    this.changed();
  }

  /** Hands a still to the other end; one that finds the line still busy is left out. */
  sendStill(url) {
    if (this.channel.readyState === "open" && this.channel.bufferedAmount === 0) this.channel.send(url);
  }

  /** What the line does now; null when it is not up. */
  sample() {
    return this.state === "up" && Date.now() >= this.measuredFrom ? sampleOf(this.connection) : null;
  }

  close() {
    this.closed = true;
    this.state = "closed";
    clearTimeout(this.startTimer);
    clearTimeout(this.restartTimer);
    clearTimeout(this.flushTimer);
    this.connection.close();
  }
}
