// The consult room: pictures, controls, and beside them the patient, the people and what is written.

import { h } from "../app/dom.js";
import { personName, t, term, countdown, lasting, number, preciseTime } from "../app/words.js";
import { leave } from "../app/room.js";
import { soundFrom } from "../app/media.js";
import { restart } from "../app/routes.js";
import { state, changed, now } from "../app/state.js";
import { banner } from "./frame.js";
import { roomSide } from "./roomside.js";
import { button, heading, icon, run, specialtyName, urgencyTag, whenText } from "./parts.js";

export function roomPage() {
  const room = state.room;
  if (!room) return h("main", { key: "room", class: "page narrow" }, h("p", { class: "empty" }, t("room.none")), button(t("back"), restart));
  if (room.finished) return afterPage(room);
  return h("main", { key: "room", class: "room" },
    h("div", { class: "room-head" },
      heading(t("room.title")),
      h("span", { class: "hint" }, [specialtyName(room.booking.specialty), room.booking.patient ? t("patient.called", { patient: room.patient }) : room.booking.siteName].filter(Boolean).join(" · ")),
      urgencyTag(room.booking.urgency),
      h("span", { class: `tag session-${room.sessionState}` }, term("sessionState", room.sessionState)),
      h("span", { class: "room-clock", role: "timer" }, icon("clock"), countdown((now() - room.enteredAt) / 1000))),
    h("div", { class: "room-lines" }, lossBanner(room) ?? banner(room.status, "room-banner", room.hurry), lines(room)),
    room.lobby ? lobbyStage(room) : stage(room),
    controls(room),
    roomSide(room));
}

/** While the server is not reached: what goes on all the same, and what does not. */
function lossBanner({ status, gathering, hurry }) {
  if (!["lost", "connecting"].includes(status.state) || status.since === null || gathering.others.length === 0) return null;
  const goesOn = gathering.others.some((peer) => gathering.wayTo(peer) === "up");
  return h("div", { key: "room-loss", class: "banner bad", role: "alert" },
    h("strong", {}, t("room.lostSince", { time: preciseTime(status.since) })),
    h("span", {}, t(goesOn ? "room.mediaGoesOn" : "room.mediaStopped"), " ",
      t("room.trying", { age: lasting((Date.now() - status.since) / 1000) })),
    button(t("link.now"), hurry, { kind: "small" }));
}

/** What everybody in the room should know now, a line each. */
function lines(room) {
  const { gathering } = room;
  const { handover } = room;
  return [
    handover?.own ? h("div", { key: "handover", class: "banner on-air", role: "alert" },
      h("strong", {}, t("handover.asked")),
      button(t("handover.accept"), () => room.ask("handover", { accept: true }), { kind: "small", name: "handover-yes", glyph: "check" }),
      button(t("handover.refuse"), async () => { await room.ask("handover", { accept: false }); room.handover = null; }, { kind: "small", name: "handover-no" })) : null,
    handover && !handover.own ? h("p", { key: "handing", class: "note" }, t("handover.waits", { who: room.nameOf(handover.to) })) : null,
    room.sessionState === "held" && !room.lobby ? h("p", { key: "held", class: "note" }, t("room.held")) : null,
    room.sessionState === "waiting" && room.role === "clinic" && room.place?.position ? h("p", { key: "place", class: "note" }, placeText(room.place)) : null,
    room.sessionState === "waiting" && room.role === "clinic" && room.lacksSteps ? h("div", { key: "steps", class: "note level-note", role: "status" },
      h("span", {}, t("start.needed")),
      button(t("start.open"), () => { room.tab = "people"; changed(); }, { kind: "small" })) : null,
    gathering.level !== "video" ? h("div", { key: "level", class: "note level-note", role: "status" },
      h("span", {}, gathering.isPoor ? `${t("level.poor")} ` : "", t(`level.${gathering.level}Note`)),
      button(t("level.again"), () => gathering.choose("video"), { kind: "small" })) : null,
    !gathering.mayVideo ? h("p", { key: "noVideo", class: "note" }, t("consent.noVideo")) : null,
    gathering.mode === "sfu" ? h("p", { key: "sfu", class: "hint" }, t("room.conference")) : null,
  ];
}

const placeText = ({ position, expectedWaitSeconds }) => [t("lobby.place", { n: number(position) }),
  expectedWaitSeconds === undefined || expectedWaitSeconds === null ? "" : t("lobby.wait", { time: lasting(expectedWaitSeconds) })].filter(Boolean).join(" · ");

/** Waiting to be let in. */
function lobbyStage(room) {
  return h("section", { class: "stage", "aria-label": t("lobby.title") },
    h("div", { class: "nobody" },
      h("p", {}, t(room.sessionState === "held" ? "lobby.held" : "lobby.title")),
      room.lobby.position ? h("p", {}, placeText(room.lobby)) : null,
      button(t("lobby.knock"), () => room.ask("knock", {}), { name: "knock" })),
    local(room, true));
}

function stage(room) {
  const { others } = room.gathering;
  const present = others.filter((one) => one.state !== "lobby");
  return h("section", { class: `stage others-${Math.min(present.length, 9)}`, "aria-label": t("room.people") },
    present.length === 0 ? h("div", { class: "nobody" }, h("p", {}, t(room.status.state === "live" ? "room.waiting" : "room.connecting"))) : null,
    present.map((peer) => remote(room, peer)),
    local(room, present.length < 2));
}

function remote(room, peer) {
  const link = room.gathering.linkOf(peer);
  const stream = room.gathering.streamOf(peer);
  const way = room.gathering.wayTo(peer);
  const theirs = link?.theirs ?? {};
  const level = theirs.level ?? peer.level ?? "video";
  const away = peer.state === "away";
  // Who lost the server may still be seen and heard: the ways to people are not the way to it.
  const comes = way === "up" && stream?.getVideoTracks().some((track) => !track.muted && track.readyState === "live");
  const picture = comes && room.gathering.mayVideo && level === "video" && theirs.camera !== false;
  const still = level === "stills" && link?.still ? link.still : null;
  const status = away && !picture ? t("room.isAway")
    : way === "new" || way === "negotiating" ? t("room.linking")
      : way === "failing" ? t("room.healing")
        : still ? t("level.stillAge", { age: lasting((Date.now() - still.at) / 1000) })
          : picture ? "" : level !== "video" ? term("level", level)
            : t(theirs.camera === false && comes ? "room.cameraOff" : "room.noPicture");
  return h("figure", { key: peer.participant, class: `person${picture ? "" : still ? " still" : " dim"}${room.gathering.presenter === peer.participant ? " presenting" : ""}` },
    h("video", { autoplay: true, playsinline: true, srcObject: stream ?? null, update: play, mount: play, "aria-label": personName(peer) }),
    still ? h("img", { src: still.url, alt: t("level.stillOf", { who: personName(peer) }) }) : null,
    status ? h("p", { class: "person-status" }, status) : null,
    h("figcaption", {}, h("strong", {}, personName(peer)), h("span", {}, term("role", peer.role)),
      away && picture ? h("span", { class: "muted-mark" }, t("room.isAway")) : null,
      theirs.microphone === false || peer.muted ? h("span", { class: "muted-mark" }, icon("microphoneOff"), t("room.muted")) : null));
}

/** Browsers may refuse to start sound by themselves; the next touch tries again. */
function play(el) {
  soundFrom(el);
  if (el.srcObject && el.paused) el.play().catch(() => {});
}

function local(room, small) {
  const { gathering } = room;
  const picture = gathering.has("video") && !gathering.cameraOff;
  return h("figure", { key: "self", class: `person self${picture ? "" : " dim"}${small ? " small" : ""}` },
    picture ? h("video", { class: "mirror", autoplay: true, playsinline: true, muted: true, srcObject: gathering.media.stream, "aria-label": t("check.you") })
      : h("p", { class: "person-status" }, t(gathering.has("video") ? "room.cameraOff" : "room.noCamera")),
    h("figcaption", {}, t("check.you"),
      gathering.muted ? h("span", { class: "muted-mark" }, icon("microphoneOff"), t("room.muted")) : null,
      gathering.level !== "video" ? h("span", { class: "muted-mark" }, term("level", gathering.level)) : null));
}

function controls(room) {
  const { gathering } = room;
  const audio = gathering.has("audio");
  const video = gathering.has("video");
  const held = room.sessionState === "held";
  return h("div", { class: "controls", role: "toolbar", "aria-label": t("room.controls") },
    audio ? control(gathering.muted ? "microphoneOff" : "microphone", t(gathering.muted ? "room.unmute" : "room.mute"), gathering.muted, () => gathering.toggleMicrophone()) : null,
    video ? control(gathering.cameraOff ? "cameraOff" : "camera", t(gathering.cameraOff ? "room.cameraOn" : "room.cameraStop"), gathering.cameraOff, () => gathering.toggleCamera()) : null,
    !audio || !video ? control("camera", t("check.retry"), false, () => run("media", () => gathering.reopenMedia())) : null,
    room.isHost && !room.lobby && room.can("hold") && ["live", "held"].includes(room.sessionState)
      ? control("clock", t(held ? "room.recall" : "room.hold"), held, () => run("hold", async () => {
        await room.ask(held ? "recall" : "hold", {});
        room.refresh();
      })) : null,
    h("label", { class: "control choose-level" }, h("span", { class: "unseen" }, t("level.title")),
      h("select", { value: gathering.wish, on: { change: (event) => gathering.choose(event.target.value) } },
        ["video", "audio", "stills", "text"].map((one) => h("option", { key: one, value: one, selected: gathering.wish === one }, t(`level.wish.${one}`))))),
    h("button", { type: "button", class: "control leave", on: { click: () => { leave(); restart(); } } },
      icon("phone"), h("span", {}, t("room.leave"))));
}

function control(glyph, label, pressed, action) {
  return h("button", { type: "button", class: `control${pressed ? " pressed" : ""}`, "aria-pressed": String(pressed), on: { click: action } },
    icon(glyph), h("span", {}, label));
}

/** What remains when the consult is over. */
function afterPage(room) {
  const { outcome } = room.summary ?? {};
  return h("main", { key: "after", class: "page narrow" },
    heading(t(room.finished === "ended" || room.finished === "done" ? "after.title" : "after.stopped")),
    room.finished !== "ended" && room.finished !== "done" ? h("p", { class: "note" }, term("after.why", room.finished, t("after.other"))) : null,
    h("p", { class: "hint" }, [specialtyName(room.booking.specialty), room.booking.doctorName, room.booking.siteName,
      room.booking.patient ? t("patient.called", { patient: room.patient }) : null].filter(Boolean).join(" · ")),
    outcome ? h("div", { class: "card" },
      h("h2", {}, t("outcome.title")),
      h("dl", { class: "review" },
        h("dt", {}, t("outcome.disposition")), h("dd", {}, h("strong", {}, term("disposition", outcome.disposition))),
        h("dt", {}, t("outcome.note")), h("dd", { class: "prewrap" }, outcome.note ?? ""),
        h("dt", {}, t("after.at")), h("dd", {}, whenText(outcome.at)))) : null,
    h("div", { class: "step-foot" }, button(t("after.back"), () => { leave(); restart(); changed(); }, { kind: "primary" })));
}
