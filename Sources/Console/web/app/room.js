// The consult room: its socket, the links to the others, this end's camera and microphone.

import * as api from "./api.js";
import { Lane } from "./lane.js";
import { Link } from "./link.js";
import { announce, loadScript } from "./dom.js";
import { t, term } from "./words.js";
import * as sound from "./sound.js";
import * as desk from "./desk.js";
import { state, changed, now, toast } from "./state.js";

/** Opens camera and microphone as far as there are any; says what is missing. */
export async function openMedia(wish = { audio: true, video: true }) {
  const constraints = {
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } },
  };
  if (!navigator.mediaDevices?.getUserMedia) {
    return { stream: new MediaStream(), audio: "insecure", video: "insecure" };
  }
  const missing = { audio: wish.audio ? "ok" : "off", video: wish.video ? "ok" : "off" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: wish.audio && constraints.audio, video: wish.video && constraints.video,
    });
    return { stream, ...missing };
  } catch {
    // One of the two may still be there.
    const stream = new MediaStream();
    for (const kind of ["audio", "video"]) {
      if (!wish[kind]) continue;
      try {
        const one = await navigator.mediaDevices.getUserMedia({ [kind]: constraints[kind] });
        one.getTracks().forEach((track) => stream.addTrack(track));
      } catch (error) {
        missing[kind] = error.name === "NotAllowedError" ? "denied" : "none";
      }
    }
    return { stream, ...missing };
  }
}

/** Enters the room of a booking with the media that the device check opened. */
export async function enter(booking, media) {
  if (state.room) leave();
  // Only browsers without today's perfect negotiation need the shim.
  if (!window.RTCPeerConnection?.prototype.restartIce) {
    await loadScript("/lib/webrtc-adapter/adapter.min.js").catch(() => {});
  }
  state.room = new Room(booking, media);
  sound.inRoom(true);
  changed();
}

/** Leaves the room; the consult itself goes on until it has an outcome. */
export function leave() {
  state.room?.end();
  state.room = null;
  sound.inRoom(false);
  changed();
}

class Room {
  constructor(booking, media) {
    this.booking = booking;
    this.patient = booking.patient;
    this.media = media;
    this.links = new Map();
    this.participants = new Map();
    this.latest = {};
    this.alarms = new Map();
    this.iceServers = [];
    this.status = { state: "connecting", since: null, why: null };
    this.muted = false;
    this.cameraOff = false;
    this.enteredAt = now();
    this.lane = new Lane({
      ticket: () => this.ticket(),
      received: (type, body) => this.received(type, body),
      changed: (to, why) => this.laneChanged(to, why),
      pulse: 5,
    });
    this.hurry = () => this.lane.hurry();
    this.probe = () => this.lane.probe();
    window.addEventListener("online", this.hurry);
    window.addEventListener("offline", this.probe);
    this.lane.open();
  }

  async ticket() {
    const ticket = await api.post(`/bookings/${this.booking.id}/join`);
    this.session = ticket.session;
    this.role = ticket.role;
    if (ticket.iceServers) this.iceServers = ticket.iceServers;
    return ticket;
  }

  laneChanged(to, why) {
    const before = this.status;
    if (to === "live") this.status = { state: "live", since: null };
    else this.status = { state: to, why, since: before.since ?? (before.state === "live" ? Date.now() : null) };
    if (to === "lost" && before.state === "live") announce(t("room.lost"), true);
    if (to === "live" && before.since) announce(t("room.back"));
    if (to === "stopped" && why !== "closed") this.over(why);
    changed();
  }

  received(type, body) {
    switch (type) {
      case "welcome":
        if (body.at) state.offset = Date.parse(body.at) - Date.now();
        this.role = body.role ?? this.role;
        this.own = body.participant;
        // The place is a new one: links of the old one lead nowhere.
        this.dropLinks();
        this.join();
        break;
      case "resumed":
        if (body.at) state.offset = Date.parse(body.at) - Date.now();
        this.subscribe();
        break;
      case "snapshot": this.snapshot(body); break;
      case "peer.up": this.peerUp(body); break;
      case "peer.state": this.peerState(body); break;
      case "peer.down": this.peerDown(body); break;
      case "desc": this.links.get(body.link)?.described(body).catch(report); break;
      case "cand": this.links.get(body.link)?.candidates(body).catch(report); break;
      case "ice":
        this.iceServers = body.servers ?? this.iceServers;
        for (const link of this.links.values()) link.setServers(this.iceServers);
        break;
      case "vitals": this.vitals(body); break;
      case "alarm": this.alarm(body); break;
      case "notice": this.notice(body); break;
      default: return;
    }
    changed();
  }

  /** Says what this end brings; asks for the patient's live values. */
  join() {
    const media = { audio: this.has("audio"), video: this.has("video") };
    this.lane.request("join", { media }).catch(report);
    this.subscribe();
  }

  subscribe() {
    this.lane.request("vitals.subscribe", { patient: this.patient })
      .catch(({ code }) => { this.vitalsRefused = code; changed(); });
  }

  has(kind) {
    return this.media.stream.getTracks().some((track) => track.kind === kind);
  }

  snapshot({ session, participants = [], iceServers }) {
    if (session) {
      this.record = session;
      this.session = session.id;
      this.patient = session.patient ?? this.patient;
    }
    if (iceServers?.length) this.iceServers = iceServers;
    const present = new Set();
    for (const one of participants) {
      present.add(one.participant);
      this.participants.set(one.participant, one);
      if (!one.self) this.meet(one);
    }
    for (const id of [...this.participants.keys()]) {
      if (!present.has(id)) this.forget(id);
    }
  }

  peerUp(peer) {
    const known = this.participants.get(peer.participant);
    this.participants.set(peer.participant, { state: "connected", ...known, ...peer });
    // Somebody who comes again has begun anew: the old connection leads nowhere.
    if (known) this.dropLink(known);
    this.meet(this.participants.get(peer.participant));
    if (!known) announce(t("room.came", { who: personName(peer) }));
  }

  peerState({ participant, state: to }) {
    const peer = this.participants.get(participant);
    if (!peer) return;
    peer.state = to;
    if (to === "away") announce(t("room.away", { who: personName(peer) }));
    this.meet(peer);
  }

  peerDown({ participant, why }) {
    const peer = this.participants.get(participant);
    // Somebody who enters again is back at once, under a new link.
    if (peer && why !== "rejoined") announce(t("room.went", { who: personName(peer) }));
    this.forget(participant);
    if (why === "ended") this.over("ended");
  }

  linkOf(peer) { return this.links.get(peer.link); }

  /** Links to somebody who is there; never before the server has shown them. */
  meet(peer) {
    if (peer.self || (peer.link ?? null) === null || this.links.has(peer.link)) return;
    if (["away", "left", "invited", "removed", "denied", "lobby"].includes(peer.state)) return;
    for (const [id, link] of this.links) {
      if (link.to === peer.participant) { link.close(); this.links.delete(id); }
    }
    this.links.set(peer.link, new Link({
      id: peer.link, to: peer.participant, polite: peer.polite === true,
      iceServers: this.iceServers, stream: this.media.stream,
      send: (type, body) => this.lane.request(type, body, { keeps: true }), changed,
    }));
  }

  dropLink(peer) {
    this.linkOf(peer)?.close();
    this.links.delete(peer.link);
  }

  dropLinks() {
    for (const link of this.links.values()) link.close();
    this.links.clear();
  }

  forget(id) {
    const peer = this.participants.get(id);
    if (peer) this.dropLink(peer);
    this.participants.delete(id);
  }

  vitals({ patient, signs, device }) {
    if (patient !== this.patient) return;
    for (const [sign, value] of Object.entries(signs)) {
      const known = this.latest[sign];
      if (!known || Date.parse(known.at) <= Date.parse(value.at)) this.latest[sign] = { ...value, device };
    }
    if (!desk.isClinic()) desk.addPoints(patient, signs);
    this.readScore();
  }

  /** The score is the server's to compute; it is read again at most every 5 s. */
  readScore() {
    if (this.scoreTimer) return;
    this.scoreTimer = setTimeout(async () => {
      try {
        this.score = await api.get(`/patients/${this.patient}/score`);
        changed();
      } catch { /* The values stay; the score shows as unknown. */ }
      this.scoreTimer = this.ended ? true : null;
    }, this.score ? 5000 : 0);
  }

  alarm(alarm) {
    if (alarm.closedAt) this.alarms.delete(alarm.id);
    else this.alarms.set(alarm.id, alarm);
    desk.takeAlarm(alarm);
  }

  notice({ what, why }) {
    const key = what ?? why;
    if (key === "ended") this.over("ended");
    else if (key) toast(term("notice", key));
  }

  /** Alarms of this consult's patient, from this socket and the desk's. */
  openAlarms() {
    const merged = new Map(this.alarms);
    for (const alarm of desk.openAlarms(this.patient)) merged.set(alarm.id, alarm);
    return [...merged.values()].filter((alarm) => !alarm.closedAt);
  }

  async acknowledge(alarm) {
    await this.lane.request("alarm.ack", { alarm: alarm.id });
    const at = new Date(now()).toISOString();
    this.alarm({ ...alarm, signal: "acknowledged", acknowledgedAt: at, changedAt: at });
    changed();
  }

  async giveOutcome(disposition, note) {
    try {
      await this.lane.request("outcome", { disposition, note });
    } catch (refusal) {
      if (refusal.code !== "disconnected" && refusal.code !== "timeout") throw refusal;
      await api.post(`/sessions/${this.session}/outcome`, { disposition, note });
    }
    this.over("ended");
  }

  toggleMicrophone() {
    this.muted = !this.muted;
    for (const track of this.media.stream.getAudioTracks()) track.enabled = !this.muted;
    changed();
  }

  toggleCamera() {
    this.cameraOff = !this.cameraOff;
    for (const track of this.media.stream.getVideoTracks()) track.enabled = !this.cameraOff;
    changed();
  }

  /** Looks for camera and microphone again, as after one was plugged in. */
  async retryMedia() {
    const media = await openMedia();
    this.media.stream.getTracks().forEach((track) => track.stop());
    this.media = media;
    for (const link of this.links.values()) link.replaceStream(media.stream);
    changed();
  }

  /** The server ended it, or us: the page shows what remains to be known. */
  over(why) {
    if (this.finished) return;
    this.finished = why;
    this.stopAll();
    announce(t("room.over"));
    if (this.session) {
      api.get(`/sessions/${this.session}`).then((record) => { this.summary = record; changed(); }, () => {});
    }
    desk.refreshLists();
    changed();
  }

  end() {
    if (!this.finished && this.lane.state === "live") {
      this.lane.request("leave", { reason: "left" }).catch(() => {});
    }
    const lane = this.lane;
    // The goodbye goes out before the socket closes.
    setTimeout(() => lane.close(), 150);
    this.stopAll(false);
  }

  stopAll(closeLane = true) {
    this.ended = true;
    window.removeEventListener("online", this.hurry);
    window.removeEventListener("offline", this.probe);
    clearTimeout(this.scoreTimer);
    this.dropLinks();
    this.media.stream.getTracks().forEach((track) => track.stop());
    if (closeLane) this.lane.close();
  }
}

/** Who somebody is, by name or by role. */
export function personName(peer) {
  return peer.name || term("role", peer.role);
}

function report(refusal) {
  if (refusal?.code === "disconnected" || refusal?.code === "stale_negotiation") return;
  console.warn("room:", refusal?.code ?? refusal);
}
