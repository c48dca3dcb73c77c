// The consult room: its socket, who is there, and what may be done. The links to the others and what
// goes over them are in gathering.js.

import * as api from "./api.js";
import { Lane } from "./lane.js";
import { Gathering } from "./gathering.js";
import { Chat } from "./chat.js";
import { consentsOf, stepsOf } from "./consents.js";
import { announce, loadScript } from "./dom.js";
import { personName, t, term } from "./words.js";
import * as sound from "./sound.js";
import * as desk from "./desk.js";
import { reread } from "./trend.js";
import { state, changed, now, toast } from "./state.js";

/** Enters the room of a booking with the media and the answers of the device check. */
export async function enter(booking, media, { form, as } = {}) {
  if (state.room) leave();
  // Only browsers without today's perfect negotiation need the shim.
  if (!window.RTCPeerConnection?.prototype.restartIce) {
    await loadScript("/lib/webrtc-adapter/adapter.min.js").catch(() => {});
  }
  state.room = new Room(booking, media, form, as);
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
  constructor(booking, media, form, as) {
    this.booking = booking;
    this.as = as;
    this.patient = booking.patient;
    this.form = form;
    this.latest = {};
    this.alarms = new Map();
    this.consents = new Map();
    this.lacks = new Set();
    this.status = { state: "connecting", since: null, why: null };
    this.enteredAt = now();
    this.gathering = new Gathering({
      media, changed, isReached: () => this.lane.state === "live", send: (type, body) => this.lane.request(type, body, { keeps: !fleeting.has(type) }),
      supports: (type) => !this.lacks.has(type), lacks: (type) => this.lacks.add(type),
    });
    this.chat = new Chat({ send: (body) => this.ask("chat", body, true), changed });
    this.lane = new Lane({
      ticket: () => this.ticket(),
      received: (type, body) => this.received(type, body),
      changed: (to, why) => this.laneChanged(to, why),
      pulse: 5,
    });
    this.hurry = () => { this.lane.hurry(); desk.hurry(); };
    this.probe = () => this.lane.probe();
    window.addEventListener("online", this.hurry);
    window.addEventListener("offline", this.probe);
    this.lane.open();
  }

  async ticket() {
    const ticket = await api.post(`/bookings/${this.booking.id}/join`, this.as ? { as: this.as } : undefined);
    this.session = ticket.session;
    this.role = ticket.role;
    this.own = ticket.participant;
    if (ticket.iceServers) this.gathering.setServers(ticket.iceServers);
    return ticket;
  }

  laneChanged(to, why) {
    const before = this.status;
    if (to === "live") this.status = { state: "live", since: null };
    else this.status = { state: to, why, since: before.since ?? (before.state === "live" ? Date.now() : null) };
    if (to === "lost" && before.state === "live") announce(t("room.lost"), true);
    if (to === "live" && before.since) {
      announce(t("room.back"));
      // Where one socket gets through, the other need not wait.
      desk.hurry();
    }
    if (to === "stopped" && why !== "closed") this.over(why);
    changed();
  }

  received(type, body) {
    const act = this[handlers[type]];
    if (!act) return;
    act.call(this, body);
    changed();
  }

  welcome({ at, role, participant }) {
    this.tick({ at });
    this.role = role ?? this.role;
    this.own = participant ?? this.own;
    // The place is a new one: links of the old one lead nowhere.
    this.gathering.forgetAll();
    this.join();
    if (this.seesVitals) reread(this.patient);
  }

  resumed({ at }) {
    this.tick({ at });
    this.subscribe();
    this.gathering.hurry();
    if (this.seesVitals) reread(this.patient);
  }

  tick({ at }) {
    if (at) state.offset = Date.parse(at) - Date.now();
  }

  /** Says what this end brings, and what the start form recorded; asks for the patient's live values. */
  async join() {
    const media = { audio: this.gathering.has("audio"), video: this.gathering.has("video") };
    this.subscribe();
    try {
      await this.lane.request("join", { media, ...stepsOf(this.form) });
      this.stepsTold = this.form;
      this.chat.tryAgain();
    } catch (refusal) {
      if (refusal.code === "not_admitted") {
        this.lobby ??= {};
        this.lane.request("knock", { media }).catch(report);
        changed();
      } else report(refusal);
    }
  }

  /** Records the steps before the consult that were not recorded on the way in. */
  tellSteps(form) {
    this.form = form;
    return this.ask("join", stepsOf(form));
  }

  /** The whole state again, as after something changed that no message tells. */
  refresh() {
    if (this.refreshing || this.finished) return;
    this.refreshing = setTimeout(() => {
      this.refreshing = null;
      this.lane.request("join", {}).catch(report);
    }, 300);
  }

  /** Whoever interprets or listens in hears the consult, and sees no values. */
  get seesVitals() { return !["observer", "interpreter"].includes(this.role) && Boolean(this.patient); }

  subscribe() {
    if (!this.seesVitals) return;
    this.lane.request("vitals.subscribe", { patient: this.patient })
      .then(() => { this.vitalsRefused = null; }, ({ code }) => { if (code !== "disconnected") this.vitalsRefused = code; changed(); });
  }

  /**
   * Does what a person asked for. A server that does not know the message is remembered, and the
   * control goes; any other refusal is the caller's to show.
   */
  async ask(type, body, keeps = false) {
    try {
      return await this.lane.request(type, body, { keeps });
    } catch (refusal) {
      if (refusal.code !== "unknown_type") throw refusal;
      this.lacks.add(type);
      changed();
      throw refusal;
    }
  }

  can(type) { return !this.lacks.has(type) && !this.lobby; }

  snapshot({ session, participants = [], iceServers, consents, topology, chat }) {
    if (session) {
      this.record = session;
      this.session = session.id;
      this.patient = session.patient ?? this.patient;
    }
    if (consents) this.consents = consentsOf(consents);
    if (chat) this.chat.snapshot(chat, this.own);
    if (iceServers?.length) this.gathering.setServers(iceServers);
    if (topology) this.gathering.setTopology(topology);
    const own = participants.find((one) => one.self);
    // The server knows what this end's line carries, before anything was measured too.
    const level = own?.level ?? "video";
    if (own && level !== this.gathering.told) this.gathering.degrade(level, "link");
    this.gathering.snapshot(participants);
    if (!own) return;
    this.role = own.role ?? this.role;
    if (!waitingStates.has(own.state)) this.lobby = this.heldBack = null;
  }

  peerUp(peer) {
    if (peer.self || peer.participant === this.own) {
      if (!waitingStates.has(peer.state)) this.admitted();
      return;
    }
    if (this.gathering.up(peer)) announce(t("room.came", { who: personName(peer) }));
  }

  admitted() {
    if (!this.lobby) return;
    this.lobby = null;
    announce(t("lobby.in"), true);
    this.join();
  }

  peerState(body) {
    if (body.participant === this.own) {
      if (body.state === "lobby") this.lobby ??= {};
      else if (body.state && !waitingStates.has(body.state)) this.admitted();
      return;
    }
    const peer = this.gathering.state(body);
    if (peer && body.state === "away") announce(t("room.away", { who: personName(peer) }));
  }

  peerDown({ participant, why }) {
    const peer = this.gathering.participants.get(participant);
    // Somebody who enters again is back at once, under a new link.
    if (peer && why !== "rejoined") announce(t("room.went", { who: personName(peer) }));
    this.gathering.forget(participant);
    if (why === "ended") this.over("ended");
  }

  described(body) { this.gathering.links.get(body.link)?.described(body).catch(report); }
  candidates(body) { this.gathering.links.get(body.link)?.candidates(body).catch(report); }
  ice({ servers }) { if (servers) this.gathering.setServers(servers); }
  topology(body) { this.gathering.setTopology(body); }

  vitals({ patient, signs, device }) {
    if (patient !== this.patient) return;
    for (const [sign, value] of Object.entries(signs)) {
      const known = this.latest[sign];
      if (!known || Date.parse(known.at) <= Date.parse(value.at)) this.latest[sign] = { ...value, device };
    }
    desk.addPoints(patient, signs);
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

  written(body) {
    if (!this.chat.take(body, this.own)) return;
    announce(t("chat.spoken", { who: this.nameOf(body.from), text: body.text }));
  }

  waited(body) {
    this.place = body;
    // The clinic has a place in the doctor's queue, and is in its room all the same.
    if (this.lobby || this.role !== "clinic") this.lobby = body;
  }

  /** The consult is paused, or this end alone is put back: everybody but the hosts waits. */
  held({ participant }) {
    if (participant ? participant !== this.own : this.isHost) {
      this.refresh();
      return;
    }
    this.lobby = {};
    this.gathering.forgetAll();
    announce(t("lobby.held"), true);
  }

  queue({ waiting = [] }) { state.queue = waiting; }

  notice(body) {
    const { what } = body;
    const act = this[noticed[what]];
    if (what === "ended") this.over("ended");
    else if (act) act.call(this, body);
    else {
      const text = term("notice", what, "");
      if (text) toast(text);
      this.refresh();
    }
  }

  /** Somebody is asked to take over; whoever it is decides. */
  handoverAsked({ participant }) {
    this.handover = { to: participant, own: participant === this.own };
    announce(t(this.handover.own ? "handover.asked" : "handover.waits", { who: this.nameOf(participant) }), this.handover.own);
  }

  handedOver({ participant }) {
    this.handover = null;
    toast(t("handover.done", { who: this.nameOf(participant) }), "good");
    desk.refreshLists();
    this.refresh();
  }

  handoverRefused({ participant }) {
    this.handover = null;
    toast(t("handover.refused", { who: this.nameOf(participant) }));
  }

  /** The patient gave or revoked something; values stop or come again with it. */
  consented({ purpose, grant, granted = grant, by, basis, at }) {
    this.consents.set(purpose, { purpose, granted, by, basis, at });
    const text = t(granted ? "consent.gave" : "consent.revoked", { purpose: term("purpose", purpose) });
    announce(text, !granted);
    toast(text);
    if (purpose === "video") this.gathering.allowVideo(granted);
    if (purpose !== "vitals") return;
    if (granted) this.subscribe();
    else {
      this.vitalsRefused = "consent_required";
      this.latest = {};
    }
  }

  degraded({ level, participant, why }) {
    if (participant && participant !== this.own) this.gathering.state({ participant, level });
    else this.gathering.degrade(level, why);
  }

  muted({ what, participant, act = what }) {
    if (participant && participant !== this.own) {
      this.gathering.state({ participant, muted: act.startsWith("mute") });
      return;
    }
    const isMuted = act.startsWith("mute");
    if (this.gathering.muted !== isMuted && isMuted) this.gathering.toggleMicrophone();
    toast(t(isMuted ? "mod.mutedYou" : "mod.unmutedYou"));
  }

  /** Alarms of this consult's patient, from this socket and the desk's. */
  openAlarms() {
    const merged = new Map(this.alarms);
    for (const alarm of desk.openAlarms(this.patient)) merged.set(alarm.id, alarm);
    return [...merged.values()].filter((alarm) => !alarm.closedAt);
  }

  // Who may do what; the server decides, this only spares people a refusal.

  get sessionState() { return state.sessions.get(this.session)?.state ?? this.record?.state ?? "waiting"; }
  /** Which of the three steps before the consult stand only as the request had them, or not at all. */
  get openSteps() {
    const steps = this.record?.steps;
    if (!steps) return [];
    return ["identity", "consent", "urgency"].filter((kind) => !steps.some((one) => one.step === kind && one.basis !== "request"));
  }
  get lacksSteps() {
    const steps = this.record?.steps;
    return Boolean(steps) && ["identity", "consent", "urgency"].some((kind) => !steps.some((one) => one.step === kind));
  }
  get isLocked() { return this.record?.locked === true; }
  get isResponsible() {
    return this.role === "doctor" && (!this.record || this.record.doctor === state.person.doctor);
  }
  get isHost() { return this.role === "doctor" || this.role === "secretary"; }
  get canModerate() { return this.isResponsible || this.role === "secretary"; }
  get canConsent() { return this.role === "clinic" || this.role === "patient"; }

  /** Who waits to be let in: from the queue, and as far as the room itself shows them. */
  waiting() {
    const queued = state.queue?.find((one) => one.session === this.session)?.participants ?? [];
    const ids = new Set(queued.map((one) => one.participant));
    const shown = [...this.gathering.participants.values()].filter((one) => one.state === "lobby" && !ids.has(one.participant));
    return [...queued, ...shown].filter((one) => one.role !== "clinic" && one.role !== "doctor" && one.participant !== this.own);
  }

  nameOf(participant) {
    if (participant === this.own) return t("check.you");
    const peer = this.gathering.participants.get(participant);
    return peer ? personName(peer) : t("room.somebody");
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
    clearTimeout(this.refreshing);
    this.gathering.end();
    if (closeLane) this.lane.close();
  }
}

/** What is said of lines now; said after a lost network, it would be blamed on them. */
const fleeting = new Set(["link.fail", "quality"]);

/** Those who are not in the room yet. */
const waitingStates = new Set(["invited", "lobby", "denied", "expired", "removed"]);

/** What the room does at each message. */
const handlers = {
  welcome: "welcome", resumed: "resumed", heartbeat: "tick", snapshot: "snapshot",
  "peer.up": "peerUp", "peer.state": "peerState", "peer.down": "peerDown",
  desc: "described", cand: "candidates", ice: "ice", topology: "topology",
  vitals: "vitals", alarm: "alarm", chat: "written", lobby: "waited", queue: "queue", notice: "notice",
};

/** What it does at each notice. */
const noticed = {
  handover: "handoverAsked", handedOver: "handedOver", handoverRefused: "handoverRefused",
  consent: "consented", degrade: "degraded", held: "held",
  mute: "muted", muted: "muted", unmute: "muted", unmuted: "muted",
};

function report(refusal) {
  if (["disconnected", "stale_negotiation", "unknown_type"].includes(refusal?.code)) return;
  console.warn("room:", refusal?.code ?? refusal);
}
