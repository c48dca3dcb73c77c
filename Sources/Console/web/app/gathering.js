// Who is in a room, the links to them, and what of this end's sound and picture goes over them.

import { Link } from "./link.js";
import { Stills } from "./stills.js";
import { hold, sampleOf } from "./line.js";
import { lower, startLadder, step, worst } from "./ladder.js";
import { endStream, openMedia } from "./media.js";
import { announce } from "./dom.js";
import { t, term } from "./words.js";

const sampleSeconds = 5;

/** Links go only to those who are there. */
const absent = new Set(["away", "left", "invited", "removed", "denied", "expired", "lobby"]);

export class Gathering {
  /** - media: `{stream}` of the device check; send, supports, lacks: the room's; changed: at each change. */
  constructor({ media, send, isReached, supports, lacks, changed }) {
    Object.assign(this, { media, send, isReached, supports, lacks, changed });
    this.participants = new Map();
    this.links = new Map();
    this.iceServers = [];
    this.muted = false;
    this.cameraOff = false;
    this.mayVideo = true;
    this.generation = 0;
    this.mode = "p2p";
    // The reader's wish, the server's word, and what the lines bear: the lowest counts.
    this.wish = "video";
    this.told = "video";
    this.ladder = startLadder();
    this.timer = setInterval(() => this.measure(), sampleSeconds * 1000);
  }

  has(kind) { return this.media.stream.getTracks().some((track) => track.kind === kind); }

  get others() { return [...this.participants.values()].filter((one) => !one.self); }

  snapshot(participants) {
    const present = new Set();
    for (const one of participants) {
      present.add(one.participant);
      this.participants.set(one.participant, { ...this.participants.get(one.participant), ...one });
      if (!one.self) this.meet(one);
    }
    for (const id of [...this.participants.keys()]) if (!present.has(id)) this.forget(id);
  }

  /** Somebody comes; true when they were not here before. */
  up(peer) {
    const known = this.participants.get(peer.participant);
    this.participants.set(peer.participant, { state: "connected", ...known, ...peer });
    // Somebody who comes again has begun anew: the old connection leads nowhere.
    if (known) this.dropLink(known);
    this.meet(this.participants.get(peer.participant));
    return !known;
  }

  /** Something about somebody changed; who it is. A link that fails concerns its two ends alone. */
  state({ participant, link: _, linkState: __, why: ___, ...news }) {
    const peer = this.participants.get(participant);
    if (!peer) return null;
    Object.assign(peer, news);
    this.meet(peer);
    return peer;
  }

  /** Links to somebody who is there; never before the server has shown them. */
  meet(peer) {
    if (peer.self || (peer.link ?? null) === null || this.links.has(peer.link)) return;
    if (absent.has(peer.state) || this.mode === "sfu") return;
    for (const [id, link] of this.links) {
      if (link.to === peer.participant) { link.close(); this.links.delete(id); }
    }
    const link = new Link({
      id: peer.link, to: peer.participant, polite: peer.polite === true,
      n: peer.n, iceServers: this.iceServers, stream: this.media.stream, sending: this.sending, mayVideo: this.mayVideo,
      send: this.send, changed: this.changed, isReached: this.isReached,
    });
    link.tellState(this.ownState);
    this.links.set(peer.link, link);
  }

  linkOf(peer) { return this.links.get(peer.link); }

  dropLink(peer) {
    this.linkOf(peer)?.close();
    this.links.delete(peer.link);
  }

  dropLinks() {
    for (const link of this.links.values()) link.close();
    this.links.clear();
  }

  /** The network is back: what failed with it is mended at once. */
  hurry() {
    for (const link of this.links.values()) link.hurry();
    this.returnToConference();
  }

  forget(id) {
    const peer = this.participants.get(id);
    if (peer) this.dropLink(peer);
    this.participants.delete(id);
  }

  forgetAll() {
    this.dropLinks();
    this.leaveConference();
    this.participants.clear();
    this.generation = 0;
  }

  /** Fresh credentials of the relay. */
  setServers(iceServers) {
    this.iceServers = iceServers;
    for (const link of this.links.values()) link.setServers(iceServers);
    this.conference?.setServers(iceServers);
  }

  /** Whether a poor line, and not the reader, holds something back. */
  get isPoor() { return this.level !== this.wish; }

  /** How media flow from now on; a generation that was left is not gone back to. */
  setTopology({ mode = "p2p", generation = 1, video, server, presenter = null }) {
    if (generation < this.generation) return;
    // All links begin anew with a generation; those of the earlier one lead nowhere.
    if (generation > this.generation && this.generation > 0) {
      this.dropLinks();
      this.leaveConference();
    }
    this.generation = generation;
    this.mode = mode;
    this.presenter = presenter;
    if (video !== undefined) this.allowVideo(video);
    if (mode === "sfu") this.enterConference(server);
    else this.leaveConference();
    this.conference?.present(presenter);
    for (const peer of this.others) this.meet(peer);
  }

  // The conference server

  /** Everybody's media over the conference server; without a way in, it follows in a message of its own. */
  async enterConference(server) {
    this.dropLinks();
    if (!server || (this.server?.token === server.token && !this.conference?.closed)) return;
    this.leaveConference();
    this.server = server;
    try {
      const { Conference } = await import("./conference.js");
      if (this.server !== server || this.ended) return;
      this.conference = new Conference({
        server, iceServers: this.iceServers, stream: this.media.stream, video: this.mayVideo,
        changed: () => { this.holdConference(); this.changed(); },
        failed: (why) => this.conferenceFailed(server, String(why).slice(0, 60)),
      });
      this.conference.present(this.presenter);
    } catch {
      this.send("link.fail", { link: server.link, why: "client" }).catch(() => {});
    }
    this.changed();
  }

  /** The coordinator looks at the server, and tells another way; where it finds none, the line was at fault. */
  conferenceFailed(server, why) {
    this.send("link.fail", { link: server.link, why }).catch(() => {});
    clearTimeout(this.returning);
    this.returning = setTimeout(() => this.returnToConference(), 5000);
  }

  returnToConference() {
    if (this.mode === "sfu" && this.conference?.closed && !this.ended) this.enterConference(this.server);
  }

  leaveConference() {
    this.server = null;
    this.conference?.close();
    this.conference = null;
  }

  holdConference() {
    const connection = this.conference?.publisher?.connection;
    if (connection) hold(connection, this.media.stream, this.sending);
  }

  /** The stream that comes from somebody, whichever way. */
  streamOf(peer) {
    return this.mode === "sfu" ? this.conference?.streams.get(peer.participant) : this.linkOf(peer)?.remote;
  }

  /** How the way to somebody is: as of a link. */
  wayTo(peer) {
    if (this.mode !== "sfu") return this.linkOf(peer)?.state ?? "new";
    return this.streamOf(peer) ? "up" : this.conference?.state === "failing" ? "failing" : "new";
  }

  /** By the patient's consent. */
  allowVideo(may) {
    this.mayVideo = may;
    for (const link of this.links.values()) link.allowVideo(may);
    this.apply();
  }

  // How much goes out

  get level() { return lower(lower(this.wish, this.told), this.ladder.level); }

  get sending() {
    const { level } = this;
    return { audio: level === "video" || level === "audio", video: level === "video" && this.mayVideo };
  }

  /** What the others should know of this end. */
  get ownState() {
    return { level: this.level, camera: this.has("video") && !this.cameraOff, microphone: this.has("audio") && !this.muted };
  }

  tellOthers() {
    for (const link of this.links.values()) link.tellState(this.ownState);
  }

  /** The reader's own choice of how much to send. */
  choose(level) {
    this.wish = level;
    if (level === "video") this.ladder = startLadder();
    // Where the server keeps the ladder it decides when more goes; it hears the wish.
    if (!this.supports("quality")) this.told = "video";
    this.line ??= {};
    this.apply();
    this.tell();
  }

  /** The server knows the line better, or has to spare. */
  degrade(level, why) {
    this.told = level;
    this.why = why;
    this.apply();
  }

  /** Sends what the level allows, and stills where there is no more. */
  apply() {
    const { level } = this;
    for (const link of this.links.values()) link.setSending(this.sending);
    this.holdConference();
    this.tellOthers();
    const wantsStills = level === "stills" && this.mayVideo && this.has("video") && !this.cameraOff;
    if (wantsStills && !this.stills) this.stills = new Stills(this.media.stream, (url) => this.links.forEach((link) => link.sendStill(url)));
    if (!wantsStills) this.endStills();
    if (level !== this.shown) {
      if (this.shown) announce(t("level.now", { level: term("level", level) }));
      this.shown = level;
    }
    this.changed();
  }

  endStills() {
    this.stills?.end();
    this.stills = null;
  }

  async measure() {
    const way = this.conference?.state === "up" ? [sampleOf(this.conference.publisher.connection)] : [];
    const found = await Promise.all([...[...this.links.values()].map((link) => link.sample()), ...way]);
    const samples = found.filter(Boolean);
    if (samples.length === 0) {
      // A line that is down is not a poor one.
      this.ladder.poor = 0;
      return;
    }
    this.line = worst(samples);
    const before = this.ladder.level;
    this.ladder = step(this.ladder, this.line);
    if (this.ladder.level !== before) this.apply();
    this.tell();
  }

  /** Tells the server how the lines are, and the most that the reader wants. */
  tell() {
    if (!this.line || !this.supports("quality")) return;
    const { loss = 0, trip = 0 } = this.line;
    this.send("quality", { level: this.wish, rttMs: Math.round(trip * 1000), lossPercent: Math.round(loss * 100) })
      .catch(({ code }) => { if (code === "unknown_type") this.lacks("quality"); });
  }

  toggleMicrophone() {
    this.muted = !this.muted;
    for (const track of this.media.stream.getAudioTracks()) track.enabled = !this.muted;
    this.tellOthers();
    this.changed();
  }

  toggleCamera() {
    this.cameraOff = !this.cameraOff;
    for (const track of this.media.stream.getVideoTracks()) track.enabled = !this.cameraOff;
    this.apply();
  }

  /** Looks for camera and microphone again, as after one was plugged in or another chosen. */
  async reopenMedia() {
    const media = await openMedia();
    endStream(this.media.stream);
    this.media = media;
    for (const track of media.stream.getAudioTracks()) track.enabled = !this.muted;
    for (const track of media.stream.getVideoTracks()) track.enabled = !this.cameraOff;
    for (const link of this.links.values()) link.replaceStream(media.stream);
    this.conference?.replaceStream(media.stream);
    this.endStills();
    this.apply();
  }

  end() {
    this.ended = true;
    clearInterval(this.timer);
    clearTimeout(this.returning);
    this.endStills();
    this.dropLinks();
    this.leaveConference();
    endStream(this.media.stream);
  }
}
