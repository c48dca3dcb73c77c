// Before the room: picture, microphone, speaker, and the start of the consult; no camera is no obstacle.

import { h } from "../app/dom.js";
import { t, term, span } from "../app/words.js";
import * as desk from "../app/desk.js";
import { enter } from "../app/room.js";
import { canChooseSpeaker, chosen, devices, endStream, inUse, meter, openMedia, playTest } from "../app/media.js";
import { answered, startForm } from "../app/consents.js";
import { back, replace } from "../app/routes.js";
import { state, changed, now } from "../app/state.js";
import { startChecklist } from "./checklist.js";
import { button, heading, icon, run, specialtyName } from "./parts.js";

let check = null;

/** Closes camera and microphone when the check is left without entering. */
export function endCheck() {
  if (!check) return;
  check.endMeter?.();
  navigator.mediaDevices?.removeEventListener?.("devicechange", check.list);
  if (!check.handed) endStream(check.media?.stream);
  check = null;
}

function begin(id) {
  endCheck();
  const mine = check = { booking: id, level: 0, media: null, devices: { audio: [], video: [], speaker: [] }, form: startForm() };
  mine.list = async () => {
    mine.devices = await devices();
    changed();
  };
  navigator.mediaDevices?.addEventListener?.("devicechange", mine.list);
  open(mine);
}

/** Opens what is chosen, and closes what was open before. */
async function open(mine) {
  mine.endMeter?.();
  const before = mine.media;
  mine.media = null;
  const media = await openMedia();
  endStream(before?.stream);
  if (check !== mine) { endStream(media.stream); return; }
  mine.media = media;
  mine.endMeter = meter(media.stream, (level) => { mine.level = level; changed(); });
  mine.list();
}

export function checkPage() {
  const id = state.route.booking;
  const booking = state.bookings.get(id);
  if (!booking) return h("main", { key: "check", class: "page narrow" }, h("p", { class: "empty" }, t("check.gone")), button(t("back"), back));
  if (check?.booking !== id) begin(id);
  const { media, form } = check;
  const clinic = desk.isClinic() && booking.site === state.person.site;
  return h("main", { key: "check", class: "page check" },
    h("div", { class: "section-head" }, heading(t("check.title")), button(t("cancel"), back, { kind: "quiet" })),
    h("p", { class: "hint" }, [span(booking.start, booking.end, now()), specialtyName(booking.specialty),
      desk.isDoctor() ? booking.siteName : booking.doctorName].filter(Boolean).join(" · ")),
    h("div", { class: "check-columns" },
      h("div", { class: "block" }, picture(media), deviceList(check)),
      h("div", { class: "block" },
        media && (media.video !== "ok" || media.audio !== "ok")
          ? h("p", { class: "note" }, t("check.anyway"), " ", button(t("check.retry"), () => open(check), { kind: "small" })) : null,
        enterAs(check, clinic),
        clinic && !check.as ? startChecklist(form, booking.urgency) : h("p", { class: "note" }, t("check.others")))),
    h("div", { class: "step-foot" },
      clinic && !check.as && answered(form) < 3 ? h("span", { class: "hint" }, t("start.later")) : null,
      button(t("check.enter"), () => run("enter", async () => {
        check.handed = true;
        await enter(booking, check.media, { form: clinic && !check.as ? form : undefined, as: check.as || undefined });
        replace({ name: "room" });
      }), { kind: "primary large check-enter", disabled: media === null, glyph: "camera" })));
}

/** As what: a clinic may bring the patient's own device, both sides somebody who keeps order. */
function enterAs(mine, clinic) {
  const roles = clinic ? ["clinic", "patient", "secretary"] : desk.isDoctor() ? ["doctor", "secretary", "observer"] : [];
  if (!roles.length) return null;
  return h("div", { class: "check-as" }, h("label", { for: "enter-as" }, t("check.as")),
    h("select", { id: "enter-as", value: mine.as ?? "", on: { change: (event) => { mine.as = event.target.value; changed(); } } },
      roles.map((role, at) => h("option", { key: role, value: at === 0 ? "" : role, selected: (mine.as ?? "") === (at === 0 ? "" : role) }, term("role", role)))));
}

function picture(media) {
  const shown = media?.stream.getVideoTracks().length > 0;
  return h("div", { class: "check-picture" },
    shown ? h("video", { class: "mirror", autoplay: true, playsinline: true, muted: true, srcObject: media.stream, "aria-label": t("check.you") })
      : h("p", {}, t(media === null ? "check.opening" : "check.noCamera")));
}

function deviceList(mine) {
  const { media } = mine;
  return h("ul", { class: "check-list" },
    deviceLine(mine, "camera", "video", media?.video),
    deviceLine(mine, "microphone", "audio", media?.audio,
      media?.audio === "ok" ? h("span", { class: "level", role: "meter", "aria-label": t("check.level"), "aria-valuemin": 0, "aria-valuemax": 10, "aria-valuenow": mine.level },
        Array.from({ length: 10 }, (_, at) => h("span", { key: at, class: at < mine.level ? "lit" : "" }))) : null),
    h("li", { class: "check-device" },
      h("label", { for: "device-speaker" }, t("check.speaker")),
      canChooseSpeaker() && mine.devices.speaker.length
        ? chooser("speaker", mine.devices.speaker, chosen.speaker ?? mine.devices.speaker[0].deviceId, (id) => { chosen.speaker = id; changed(); }) : h("span", { class: "hint" }, t("check.standard")),
      button(t("check.test"), playTest, { kind: "small", name: "test-sound", glyph: "sound" })));
}

function deviceLine(mine, word, kind, found, extra) {
  const good = found === "ok";
  const list = mine.devices[kind];
  return h("li", { key: kind, class: `check-device ${good ? "good" : found ? "bad" : ""}` },
    h("label", { for: `device-${kind}` }, t(`check.${word}`)),
    list.length ? chooser(kind, list, chosen[kind] ?? (mine.media ? inUse(mine.media.stream, kind) : null), (id) => { chosen[kind] = id; open(mine); changed(); })
      : h("span", { id: `device-${kind}` }),
    h("span", { class: "check-state" }, good ? icon("check") : found ? icon("close") : null, found ? term("device", found) : t("check.opening")),
    extra);
}

function chooser(kind, list, value, choose) {
  return h("select", { id: `device-${kind}`, value: value ?? "", on: { change: (event) => choose(event.target.value) } },
    list.map((one, at) => h("option", { key: one.deviceId, value: one.deviceId, selected: one.deviceId === value }, one.label || t("check.numbered", { n: at + 1 }))));
}
