// The consult room: the others in the picture, the patient's signs beside it.

import { h } from "../app/dom.js";
import { t, term, countdown } from "../app/words.js";
import { leave, personName } from "../app/room.js";
import { trendView } from "../app/trend.js";
import { restart } from "../app/routes.js";
import { state, changed, now } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { banner } from "./frame.js";
import { chosenSpan, provenance, spanSwitch } from "./patient.js";
import { button, explainProblem, heading, icon, run, scoreBadge, signRows, specialtyName, urgencyTag, whenText } from "./parts.js";

export function roomPage() {
  const room = state.room;
  if (!room) return h("main", { key: "room", class: "page narrow" }, h("p", { class: "empty" }, t("room.none")), button(t("back"), restart));
  if (room.finished) return afterPage(room);
  return h("main", { key: "room", class: "room" },
    h("div", { class: "room-head" },
      heading(t("room.title")),
      h("span", { class: "hint" }, [specialtyName(room.booking.specialty), t("patient.called", { patient: room.patient })].join(" · ")),
      urgencyTag(room.booking.urgency),
      h("span", { class: "room-clock", role: "timer" }, icon("clock"), countdown((now() - room.enteredAt) / 1000))),
    banner(room.status, "room-banner", room.hurry),
    stage(room),
    controls(room),
    side(room));
}

function stage(room) {
  const others = [...room.participants.values()].filter((one) => !one.self);
  return h("section", { class: `stage others-${Math.min(others.length, 4)}`, "aria-label": t("room.people") },
    others.length === 0 ? h("div", { class: "nobody" }, h("p", {}, t(room.status.state === "live" ? "room.waiting" : "room.connecting"))) : null,
    others.map((peer) => remote(room, peer)),
    local(room));
}

function remote(room, peer) {
  const link = room.links.get(peer.link);
  const stream = link?.remote;
  const picture = stream?.getVideoTracks().some((track) => !track.muted && track.readyState === "live");
  const away = peer.state === "away";
  const status = away ? t("room.isAway")
    : !link || link.state === "new" || link.state === "negotiating" ? t("room.linking")
      : link.state === "failing" ? t("room.healing") : picture ? "" : t("room.noPicture");
  return h("figure", { key: peer.participant, class: `person${picture && !away ? "" : " dim"}` },
    h("video", { autoplay: true, playsinline: true, srcObject: stream ?? null, update: play, mount: play, "aria-label": personName(peer) }),
    status ? h("p", { class: "person-status" }, status) : null,
    h("figcaption", {}, h("strong", {}, personName(peer)), h("span", {}, term("role", peer.role))));
}

/** Browsers may refuse to start sound by themselves; the next touch tries again. */
function play(el) {
  if (el.srcObject && el.paused) el.play().catch(() => {});
}

function local(room) {
  const picture = room.has("video") && !room.cameraOff;
  return h("figure", { key: "self", class: `person self${picture ? "" : " dim"}` },
    picture ? h("video", { class: "mirror", autoplay: true, playsinline: true, muted: true, srcObject: room.media.stream, "aria-label": t("check.you") })
      : h("p", { class: "person-status" }, t(room.has("video") ? "room.cameraOff" : "room.noCamera")),
    h("figcaption", {}, t("check.you"), room.muted ? h("span", { class: "muted-mark" }, icon("microphoneOff"), t("room.muted")) : null));
}

function controls(room) {
  const audio = room.has("audio");
  const video = room.has("video");
  return h("div", { class: "controls", role: "toolbar", "aria-label": t("room.controls") },
    audio ? control(room.muted ? "microphoneOff" : "microphone", t(room.muted ? "room.unmute" : "room.mute"), room.muted, () => room.toggleMicrophone()) : null,
    video ? control(room.cameraOff ? "cameraOff" : "camera", t(room.cameraOff ? "room.cameraOn" : "room.cameraStop"), room.cameraOff, () => room.toggleCamera()) : null,
    !audio || !video ? control("camera", t("check.retry"), false, () => run("media", () => room.retryMedia())) : null,
    h("button", { type: "button", class: "control leave", on: { click: () => { leave(); restart(); } } },
      icon("phone"), h("span", {}, t("room.leave"))));
}

function control(glyph, label, pressed, action) {
  return h("button", { type: "button", class: `control${pressed ? " pressed" : ""}`, "aria-pressed": String(pressed), on: { click: action } },
    icon(glyph), h("span", {}, label));
}

function side(room) {
  const known = state.patients.get(room.patient);
  const latest = known ? { ...known.latest, ...room.latest } : room.latest;
  const alarms = room.openAlarms();
  const score = room.score ?? known?.score;
  return h("section", { class: "room-side", "aria-label": t("room.vitals") },
    room.role === "doctor" ? outcomeForm(room) : null,
    alarms.length ? alarmList(alarms, { showPatient: false, acknowledge: (alarm) => room.acknowledge(alarm) }) : null,
    h("div", { class: "card" },
      h("div", { class: "section-head" }, h("h2", {}, t("room.vitals")), scoreBadge(score)),
      room.vitalsRefused ? h("p", { class: "problem" }, explainProblem({ code: room.vitalsRefused }))
        : h("div", { class: "signs wide" }, signRows(latest, state.series.get(room.patient), { sparks: false }))),
    h("div", { class: "card" },
      h("div", { class: "section-head" }, h("h3", {}, t("trend.title")), spanSwitch()),
      trendView({ patient: room.patient, span: chosenSpan(), only: ["hr", "spo2", "rr", "sys", "dia"], height: 66 })),
    room.score?.inputs ? h("details", { class: "card" }, h("summary", {}, t("score.made")), provenance(room.score)) : null);
}

const dispositions = ["treatLocally", "transfer", "followUp", "discharged"];

/** The receiving side decides and reports back: the consult ends with its outcome. */
function outcomeForm(room) {
  const form = room.outcome ??= { disposition: null, note: "" };
  if (!form.open) {
    return h("div", { class: "card outcome-closed" },
      h("span", {}, t("outcome.need")),
      button(t("outcome.open"), () => { form.open = true; changed(); }, { kind: "primary" }));
  }
  const ready = form.disposition && form.note.trim().length > 0;
  return h("form", { class: "card outcome", on: { submit: (event) => event.preventDefault() } },
    h("h2", {}, t("outcome.title")),
    h("fieldset", {}, h("legend", {}, t("outcome.disposition")),
      h("div", { class: "options" }, dispositions.map((key) => h("label", { key, class: "option" },
        h("input", { type: "radio", name: "disposition", value: key, checked: form.disposition === key, on: { change: () => { form.disposition = key; changed(); } } }),
        h("span", {}, term("disposition", key)))))),
    h("label", { for: "note" }, t("outcome.note")),
    h("textarea", {
      id: "note", rows: 4, maxlength: 4000, value: form.note, placeholder: t("outcome.noteHint"),
      on: { input: (event) => { form.note = event.target.value; changed(); } },
    }),
    h("div", { class: "step-foot" },
      button(t("outcome.later"), () => { form.open = false; changed(); }),
      button(t("outcome.end"), () => run("outcome", () => room.giveOutcome(form.disposition, form.note.trim())), { kind: "primary", disabled: !ready })));
}

/** What remains when the consult is over. */
function afterPage(room) {
  const { outcome } = room.summary ?? {};
  return h("main", { key: "after", class: "page narrow" },
    heading(t(room.finished === "ended" || room.finished === "done" ? "after.title" : "after.stopped")),
    room.finished !== "ended" && room.finished !== "done" ? h("p", { class: "note" }, term("after.why", room.finished, t("after.other"))) : null,
    h("p", { class: "hint" }, [specialtyName(room.booking.specialty), room.booking.doctorName, room.booking.siteName,
      t("patient.called", { patient: room.patient })].filter(Boolean).join(" · ")),
    outcome ? h("div", { class: "card" },
      h("h2", {}, t("outcome.title")),
      h("dl", { class: "review" },
        h("dt", {}, t("outcome.disposition")), h("dd", {}, h("strong", {}, term("disposition", outcome.disposition))),
        h("dt", {}, t("outcome.note")), h("dd", { class: "prewrap" }, outcome.note ?? ""),
        h("dt", {}, t("after.at")), h("dd", {}, whenText(outcome.at)))) : null,
    h("div", { class: "step-foot" }, button(t("after.back"), () => { leave(); restart(); }, { kind: "primary" })));
}
