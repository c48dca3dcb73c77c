// The desk: one live feed for whoever is signed in. What HTTP answered is the start, the feed's
// snapshot and changes keep it true.

import * as api from "./api.js";
import { Lane } from "./lane.js";
import { hear, putPoint } from "./live.js";
import { announce } from "./dom.js";
import { t, term } from "./words.js";
import * as sound from "./sound.js";
import { state, changed, now, toast } from "./state.js";

let lane = null;
let refreshTimer = null;
let subscribed = new Set();

export const isClinic = () => state.person?.roles.includes("clinic");
export const isDoctor = () => state.person?.roles.includes("doctor");
export const isAdministrator = () => state.person?.roles.includes("administrator");
export const isObserver = () => state.person?.roles.includes("observer");
export const isAuditor = () => state.person?.roles.includes("auditor");
export const isInterpreter = () => state.person?.roles.includes("interpreter");
/** Whether there is anything live for the reader: an auditor reads records alone. */
export const hasFeed = () => state.person.roles.some((role) => role !== "auditor");
/** Whether the reader's lists and explanations may name a patient. */
export const seesPatients = () => isClinic() || isDoctor() || isInterpreter() || isAdministrator();
export const canAcknowledge = () => isClinic() || isDoctor();

/** Starts the desk of the person who has signed in. */
export function start() {
  lane = hasFeed() ? new Lane({
    ticket: () => api.post("/desk/ticket"),
    received,
    changed: linkChanged,
    stopsAt: (why) => why === "superseded" || why === "policy",
  }) : null;
  lane?.open();
  refresh();
  clearInterval(refreshTimer);
  refreshTimer = setInterval(() => { if (!document.hidden) refresh(); }, 20000);
}

export function stop() {
  clearInterval(refreshTimer);
  lane?.close();
  lane = null;
  subscribed = new Set();
  histories.clear();
  sound.want(null);
}

export const hurry = () => lane?.hurry();
export const takeOver = () => lane?.resume();

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && lane) { lane.hurry(); refresh(); }
});
window.addEventListener("online", hurry);
window.addEventListener("offline", () => lane?.probe());

function linkChanged(to, why) {
  const link = state.link;
  if (to === "live") state.link = { state: "live", since: null };
  else state.link = { state: to, since: link.since ?? (link.state === "live" ? Date.now() : null), why };
  if (to === "live" && link.since) {
    announce(t("link.back"));
    state.room?.hurry();
  }
  if (to === "lost" && link.state === "live") announce(t("link.lost"), true);
  if (to === "live") subscribed = new Set();
  // Values go by unnumbered: those of the meantime are read, and the newest asked for.
  if (to === "live" && why !== "fresh") { refresh(); subscribeAll(); }
  changed();
}

function received(type, body) {
  switch (type) {
    case "welcome":
      if (body.at) state.offset = Date.parse(body.at) - Date.now();
      break;
    case "snapshot":
      takeSnapshot(body);
      break;
    case "alarm": takeAlarm(body); break;
    case "request": takeRequest(body); break;
    case "booking": takeBooking(body); break;
    case "session": state.sessions.set(body.id, body); break;
    case "vitals": takeVitals(body); break;
    case "notice": takeNotice(body); break;
    case "queue": state.queue = body.waiting ?? []; break;
    default: return;
  }
  changed();
}

function takeSnapshot({ alarms = [], requests = [], bookings = [] }) {
  state.alarms = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  // What was live and is no longer in the snapshot has ended meanwhile; the refresh tells how.
  requests.forEach(takeRequest);
  const live = new Set(bookings.map((booking) => booking.id));
  for (const [id, booking] of state.bookings) {
    if (isLive(booking) && !live.has(id)) state.bookings.delete(id);
  }
  bookings.forEach(takeBooking);
  subscribeAll();
  refreshLists();
  soundAlarms();
}

/** Something that whoever runs the deployment should know at once. */
function takeNotice({ what, incident }) {
  if (what !== "broker" || !incident) return;
  state.incidents = [incident, ...state.incidents];
  announce(incidentText(incident), true);
}

/** What was lost at the broker, in words. */
export const incidentText = ({ kind, messages }) => t(`incident.${kind}`, { messages });

/** Takes an alarm's newest record, from the feed or from an answer. */
export function takeAlarm(alarm) {
  const before = state.alarms.get(alarm.id);
  if (before && Date.parse(before.changedAt) > Date.parse(alarm.changedAt)) return;
  if (alarm.closedAt) {
    state.alarms.delete(alarm.id);
  } else {
    state.alarms.set(alarm.id, alarm);
    const told = alarm.offers?.at(-1)?.number ?? 0;
    const goesOn = before && told > (before.offers?.at(-1)?.number ?? 0) && told > 1;
    const rose = goesOn || !before || rank(alarm.priority) > rank(before.priority);
    if (rose && alarm.signal !== "off") {
      announce(
        t("alarm.spoken", {
          priority: term("priority", alarm.priority), cause: causeName(alarm.cause),
          patient: alarm.patient,
        }),
        alarm.priority === "high",
      );
    }
  }
  if (isClinic()) refreshSoon();
  soundAlarms();
}

export function takeRequest(request) {
  const before = state.requests.get(request.id);
  if (before && Date.parse(before.changedAt) > Date.parse(request.changedAt)) return;
  // The feed's record leaves the free text out; what was read of it stays.
  state.requests.set(request.id, { ...request, reason: request.reason ?? before?.reason });
  // What the feed told of its booking may lack what only the request says.
  for (const booking of state.bookings.values()) {
    if (booking.request !== request.id) continue;
    booking.urgency ??= request.urgency;
    booking.specialty ??= request.specialty;
  }
  if (state.explanations.has(request.id)) explain(request.id);
  if (before && before.state !== request.state && isClinic()) {
    announce(t("request.spoken", { patient: request.patient, state: term("requestState", request.state) }));
  }
}

export function takeBooking(booking) {
  const before = state.bookings.get(booking.id);
  if (before && Date.parse(before.changedAt) > Date.parse(booking.changedAt)) return;
  // The feed's record may leave out what the request says.
  const request = state.requests.get(booking.request);
  state.bookings.set(booking.id, {
    ...booking,
    urgency: booking.urgency ?? before?.urgency ?? request?.urgency,
    specialty: booking.specialty ?? before?.specialty ?? request?.specialty,
  });
  // A doctor's feed has no requests: each turn of the booking reads its request again.
  if (isDoctor() && isLive(booking) && before?.state !== booking.state) {
    state.details.delete(booking.request);
    detail(booking.request);
  }
  if (booking.state === "offered" && isDoctor()) {
    if (!before) announce(t("offer.spoken", { site: booking.siteName }), true);
  }
  if (isDoctor() && before?.state === "offered" && booking.ring?.end === "taken") toast(t("offer.taken"));
  if (isClinic() && before?.state !== booking.state && booking.state === "confirmed") {
    toast(t("booking.confirmedToast", { doctor: booking.doctorName }), "good");
  }
  soundAlarms();
}

/** What should be heard now: a high alarm that nobody acknowledged before an offer. */
export function soundAlarms() {
  const high = [...state.alarms.values()].some(
    (alarm) => alarm.priority === "high" && (alarm.signal === "on" || alarm.signal === "latched")
      && !pausedUntil(alarm),
  );
  const offered = isDoctor() && offers().length > 0;
  sound.want(high && canAcknowledge() ? "high" : offered ? "offer" : null);
}

/** Until when an alarm's signal is paused; null when it is not. */
export function pausedUntil(alarm) {
  const last = alarm.pauses?.at(-1);
  return last && !last.endedAt ? last.until : null;
}

const rank = (priority) => ["low", "medium", "high"].indexOf(priority);
const signalRank = { on: 0, latched: 1, acknowledged: 2, off: 3 };

/** Open alarms, those that want an answer first. */
export function openAlarms(patient) {
  return [...state.alarms.values()]
    .filter((alarm) => !patient || alarm.patient === patient)
    .sort((a, b) =>
      (signalRank[a.signal] > 1) - (signalRank[b.signal] > 1)
      || rank(b.priority) - rank(a.priority)
      || Date.parse(b.raisedAt) - Date.parse(a.raisedAt));
}

/** "Heart rate high", "NEWS2 score" …. */
export function causeName(cause) {
  const [sign, side] = cause.split("-");
  if (!side) return term("cause", cause);
  return t(`cause.${side}`, { sign: term("sign", sign) });
}

const liveStates = new Set(["offered", "held", "confirmed", "checkedIn", "inSession"]);
export const isLive = (booking) => liveStates.has(booking.state);
/** Agreed and not over, for those who take part. */
export const isAgreed = (booking) => (isClinic() || isDoctor() || isInterpreter())
  && ["confirmed", "checkedIn", "inSession"].includes(booking.state);
/** Whether the room is to be entered: from an hour before the consult on. */
export const canJoin = (booking) => isAgreed(booking) && Date.parse(booking.start) - now() < 3600e3;

/** The reader's own part in a booking beside its doctor and site; undefined for those two. */
export const ownClaim = (booking) => booking.claims?.find(({ kind, id }) => state.person[kind] === id);

/** Whether the reader still has to say yes or no. */
export function wantsAnswer(booking) {
  const own = ownClaim(booking);
  if (own) return own.state === "invited" && isLive(booking) && own.kind !== "site";
  return isDoctor() && booking.state === "offered" && !booking.acceptedAt;
}

export function offers() {
  return [...state.bookings.values()]
    .filter((b) => b.state === "offered" && wantsAnswer(b) && (!b.answerBy || Date.parse(b.answerBy) > now()))
    .sort((a, b) => Date.parse(a.answerBy ?? a.start) - Date.parse(b.answerBy ?? b.start));
}

/** Consults that can be entered, the one that is on first. */
export function joinable() {
  const order = { inSession: 0, checkedIn: 1, confirmed: 2 };
  return [...state.bookings.values()].filter(canJoin)
    .sort((a, b) => order[a.state] - order[b.state] || Date.parse(a.start) - Date.parse(b.start));
}

/** Consults that are agreed and not yet to be entered, the next one first. */
export function upcoming() {
  return [...state.bookings.values()].filter((booking) => isAgreed(booking) && !canJoin(booking))
    .sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

/** Requests that nobody has taken yet, the most urgent first, then who has waited longest. */
export function unanswered() {
  const order = ["emergency", "urgent", "soon", "routine"];
  return [...state.requests.values()].filter((one) => ["open", "offered", "unmatched"].includes(one.state))
    .sort((a, b) => order.indexOf(a.urgency) - order.indexOf(b.urgency) || Date.parse(a.openedAt) - Date.parse(b.openedAt));
}

// Lists over HTTP

let refreshing = false;
let refreshSoonTimer = null;
function refreshSoon() {
  clearTimeout(refreshSoonTimer);
  refreshSoonTimer = setTimeout(refresh, 800);
}

/** Reads the patients with their scores again; the feed carries the values in between. */
export async function refresh() {
  if (refreshing || !state.person) return;
  refreshing = true;
  try {
    if (isClinic()) {
      const patients = await api.list("/patients", { site: state.person.site });
      const known = new Map();
      for (const patient of patients) {
        known.set(patient.id, withNewer(patient, state.patients.get(patient.id)));
      }
      state.patients = known;
      subscribeAll();
      loadHistories();
      state.site ??= await api.get(`/sites/${state.person.site}`).catch(() => null);
    }
    if (isDoctor() && !state.doctor) {
      state.doctor = await api.get(`/doctors/${state.person.doctor}`);
    }
    if (isInterpreter() && !state.interpreter) {
      state.interpreter = await api.get(`/interpreters/${state.person.interpreter}`);
    }
    if (isAdministrator()) {
      state.incidents = (await api.get("/broker").catch(() => state)).incidents;
    }
    if (!state.loaded) await refreshLists();
    state.loaded = true;
  } catch (problem) {
    state.loaded ||= problem.status >= 400;
  } finally {
    refreshing = false;
    changed();
  }
}

/** Requests and bookings, the finished ones too. */
export async function refreshLists() {
  if (!state.person) return;
  const site = isClinic() ? state.person.site : undefined;
  const doctor = isDoctor() ? state.person.doctor : undefined;
  const from = new Date(now() - 24 * 3600e3).toISOString();
  // Who may see no patient has what the feed tells, which names none.
  if (!seesPatients()) return;
  const [requests, bookings] = await Promise.all([
    isDoctor() || isInterpreter() ? [] : api.list("/requests", { site }, 100).catch(() => []),
    api.list("/bookings", { site, doctor, from, state: "all" }, 200).catch(() => []),
  ]);
  requests.forEach(takeRequest);
  bookings.forEach(takeBooking);
  changed();
}

/** A request's whole record, with the free text that the feed leaves out; read once. */
export async function detail(id) {
  if (state.details.has(id)) return;
  state.details.set(id, true);
  try {
    takeRequest(await api.get(`/requests/${id}`));
    changed();
  } catch { /* The card shows what the booking itself says. */ }
}

export async function explain(id) {
  if (!state.explanations.has(id)) state.explanations.set(id, { loading: true });
  changed();
  try {
    state.explanations.set(id, await api.get(`/requests/${id}/explanation`));
  } catch (problem) {
    state.explanations.set(id, { failed: problem.code });
  }
  changed();
}

// Live values

function withNewer(patient, before) {
  const latest = { ...patient.latest };
  for (const [sign, known] of Object.entries(before?.latest ?? {})) {
    if (!latest[sign] || Date.parse(known.at) > Date.parse(latest[sign].at)) latest[sign] = known;
  }
  return { ...patient, latest };
}

function takeVitals({ patient: id, device, signs, score }) {
  const patient = state.patients.get(id);
  if (patient) {
    patient.latest ??= {};
    for (const [sign, { value, at, validity }] of Object.entries(signs)) {
      const known = patient.latest[sign];
      if (known && Date.parse(known.at) > Date.parse(at)) continue;
      patient.latest[sign] = { value, at, device, validity };
    }
    if (score) patient.score = score;
  }
  addPoints(id, signs);
}

/** Puts live values behind the patient's history, from whichever socket they came. */
export function addPoints(id, signs) {
  const series = state.series.get(id);
  for (const [sign, { value, at, validity }] of Object.entries(signs)) {
    if (typeof value !== "number" || validity === "invalid") continue;
    const points = series?.[sign] ?? (series ? (series[sign] = []) : null);
    const ms = Date.parse(at);
    if (points) putPoint(points, [ms, value]);
    if (points?.length > 400) points.splice(0, points.length - 400);
  }
  hear(id, signs);
}

/** Asks for the live values of every patient, within the feed's rate limit. */
async function subscribeAll() {
  if (!isClinic()) return;
  for (const id of state.patients.keys()) {
    if (lane?.state !== "live") return;
    if (subscribed.has(id) || subscribed.size >= 200) continue;
    subscribed.add(id);
    lane.request("vitals.subscribe", { patient: id }).catch(() => subscribed.delete(id));
    if (subscribed.size > 30) await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

const histories = new Set();
/** Loads an hour of each patient, one after another, for arrows and spark lines. */
async function loadHistories() {
  for (const id of state.patients.keys()) {
    if (histories.has(id)) continue;
    histories.add(id);
    try {
      const to = new Date(now());
      const from = new Date(to - 3600e3);
      const answer = await api.get(api.query(`/patients/${id}/vitals`, {
        sign: "hr,pr,spo2,rr,sys,dia,temp", from: from.toISOString(), to: to.toISOString(),
        resolution: "1m",
      }));
      const series = {};
      for (const [sign, buckets] of Object.entries(answer.series)) {
        series[sign] = buckets.map((bucket) => [bucket[0], bucket.length > 2 ? bucket[2] : bucket[1]]);
      }
      state.series.set(id, series);
      changed();
    } catch {
      histories.delete(id);
      return;
    }
  }
}

// What a person does

export async function acknowledge(alarm) {
  takeAlarm(await api.post(`/alarms/${alarm.id}/acknowledge`));
  changed();
}

/** Silences an alarm for two minutes; then it sounds again. */
export async function pause(alarm) {
  takeAlarm(await api.post(`/alarms/${alarm.id}/pause`, { seconds: 120 }));
  changed();
}

/** Leaves an alarm to the next of its chain. */
export async function passOn(alarm) {
  takeAlarm(await api.post(`/alarms/${alarm.id}/reject`));
  changed();
}

/** Accepts, declines or cancels a booking, or says that the other side did not come. */
export async function answer(booking, verb) {
  takeBooking(await api.post(`/bookings/${booking.id}/${verb}`));
  changed();
}

export async function setPresence(presence) {
  state.doctor = await api.put(`/doctors/${state.person.doctor}/presence`, { state: presence });
  changed();
}

export async function cancelRequest(id) {
  takeRequest(await api.post(`/requests/${id}/cancel`));
  changed();
}
