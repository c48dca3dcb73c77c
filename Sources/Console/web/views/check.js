// Before the room: picture, microphone level, and the patient's consent; no camera is no obstacle.

import { h } from "../app/dom.js";
import { t, term, span } from "../app/words.js";
import * as desk from "../app/desk.js";
import { enter, openMedia } from "../app/room.js";
import { back, replace } from "../app/routes.js";
import { state, changed, now } from "../app/state.js";
import { button, heading, run, specialtyName } from "./parts.js";

let check = null;

/** Closes camera and microphone when the check is left without entering. */
export function endCheck() {
  if (!check) return;
  clearInterval(check.meter);
  check.context?.close();
  if (!check.handed) check.media?.stream.getTracks().forEach((track) => track.stop());
  check = null;
}

function begin(id) {
  endCheck();
  const mine = check = { booking: id, level: 0, media: null };
  openMedia().then((media) => {
    if (check !== mine) { media.stream.getTracks().forEach((track) => track.stop()); return; }
    mine.media = media;
    measure(mine);
    changed();
  });
}

/** The microphone's level, so that people see that they are heard. */
function measure(mine) {
  if (!mine.media.stream.getAudioTracks().length) return;
  mine.context = new AudioContext();
  const analyser = mine.context.createAnalyser();
  analyser.fftSize = 512;
  mine.context.createMediaStreamSource(mine.media.stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  mine.meter = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const level = Math.min(10, Math.round(Math.sqrt(power) * 60));
    if (level !== mine.level) { mine.level = level; changed(); }
  }, 150);
}

export function checkPage() {
  const id = state.route.booking;
  const booking = state.bookings.get(id);
  if (!booking) return h("main", { key: "check", class: "page narrow" }, h("p", { class: "empty" }, t("check.gone")), button(t("back"), back));
  if (check?.booking !== id) begin(id);
  const { media } = check;
  const picture = media?.stream.getVideoTracks().length > 0;
  const clinic = desk.isClinic();
  const ready = media !== null;
  return h("main", { key: "check", class: "page narrow" },
    h("div", { class: "section-head" }, heading(t("check.title")), button(t("cancel"), back, { kind: "quiet" })),
    h("p", { class: "hint" }, [span(booking.start, booking.end, now()), specialtyName(booking.specialty),
      clinic ? booking.doctorName : booking.siteName].join(" · ")),
    h("div", { class: "check-picture" },
      picture ? h("video", { class: "mirror", autoplay: true, playsinline: true, muted: true, srcObject: media.stream, "aria-label": t("check.you") })
        : h("p", {}, t(media === null ? "check.opening" : "check.noCamera"))),
    h("ul", { class: "check-list" },
      checkLine("camera", media?.video), checkLine("microphone", media?.audio),
      media?.audio === "ok" ? h("li", { class: "level", role: "img", "aria-label": t("check.level") },
        Array.from({ length: 10 }, (_, at) => h("span", { key: at, class: at < check.level ? "lit" : "" }))) : null),
    media && (media.video !== "ok" || media.audio !== "ok")
      ? h("p", { class: "note" }, t("check.anyway"), " ", button(t("check.retry"), () => begin(id), { kind: "small" })) : null,
    clinic ? h("p", { class: "note" }, t("check.before")) : null,
    h("div", { class: "step-foot" },
      button(t("check.enter"), () => run("enter", async () => {
        check.handed = true;
        await enter(booking, check.media);
        replace({ name: "room" });
      }), { kind: "primary large check-enter", disabled: !ready, glyph: "camera" })));
}

function checkLine(kind, found) {
  const good = found === "ok";
  return h("li", { class: good ? "good" : found ? "bad" : "" },
    h("strong", {}, t(`check.${kind}`)), " ", found ? term("device", found) : t("check.opening"));
}
