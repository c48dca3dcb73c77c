// The doctor's desk: presence, the offer that waits for an answer, today's consults.

import { h } from "../app/dom.js";
import { t, term, span, countdown } from "../app/words.js";
import * as desk from "../app/desk.js";
import { say } from "../app/sayings.js";
import { state, now } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { bookingCard, claimList } from "./bookings.js";
import { queueList } from "./queue.js";
import { button, heading, run, specialtyName, urgencyTag, waiting, personLine } from "./parts.js";

export function doctorPage() {
  const offers = desk.offers();
  const alarms = desk.openAlarms();
  const upcoming = [...state.bookings.values()].filter((b) => desk.isAgreed(b))
    .sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const past = [...state.bookings.values()]
    .filter((b) => !desk.isLive(b)).sort((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt)).slice(0, 12);
  return h("main", { key: "doctor", class: "page" },
    h("div", { class: "section-head" }, heading(t("doctor.title")), presenceSwitch()),
    state.doctor?.presence === "off" ? h("p", { class: "note" }, t("doctor.offNote")) : null,
    offers.map(offerCard),
    queueList(),
    h("h2", {}, t("bookings.title")),
    !state.loaded ? waiting(2)
      : upcoming.length ? h("div", { class: "booking-list" },
        upcoming.map((booking) => bookingCard(booking, { prominent: booking.state !== "confirmed" || soon(booking) })))
        : h("p", { class: "empty" }, t(offers.length ? "bookings.noneYet" : "bookings.none")),
    alarms.length ? h("section", { class: "block" }, h("h2", {}, t("alarms.title")), alarmList(alarms)) : null,
    past.length ? h("h2", {}, t("bookings.past")) : null,
    h("div", { class: "booking-list over" }, past.map((booking) => bookingCard(booking))));
}

const soon = (booking) => Date.parse(booking.start) - now() < 15 * 60000;

function presenceSwitch() {
  const chosen = state.doctor?.presence;
  return h("div", { class: "segments presence", role: "group", "aria-label": t("presence.title") },
    ["onCall", "available", "off"].map((one) => h("button", {
      key: one, type: "button", class: `presence-${one}`, "aria-pressed": String(chosen === one),
      disabled: !state.doctor, title: t(`presenceHint.${one}`),
      on: { click: () => run("presence", () => desk.setPresence(one)) },
    }, h("span", { class: "lamp", "aria-hidden": "true" }), term("presence", one))));
}

/** A consult that is offered: all that a decision needs, and how long it stays open. */
function offerCard(booking) {
  desk.detail(booking.request);
  const request = state.requests.get(booking.request);
  const left = booking.answerBy ? (Date.parse(booking.answerBy) - now()) / 1000 : null;
  const whole = booking.answerBy ? (Date.parse(booking.answerBy) - Date.parse(booking.madeAt)) / 1000 : 1;
  const patient = state.patients.get(booking.patient);
  const own = desk.ownClaim(booking);
  return h("section", {
    key: booking.id, class: `offer urgency-edge-${booking.urgency}`, "aria-label": t("offer.title"),
  },
    h("div", { class: "offer-head" },
      h("h2", {}, t("offer.title")), urgencyTag(booking.urgency),
      left !== null ? h("span", { class: "offer-left", role: "timer", "aria-label": t("offer.left", { left: countdown(left) }) },
        ring(left / whole), h("b", {}, countdown(left))) : null),
    h("div", { class: "offer-body" },
      h("dl", { class: "review" },
        h("dt", {}, t("offer.site")), h("dd", {}, h("strong", {}, booking.siteName)),
        h("dt", {}, t("ask.specialty")), h("dd", {}, specialtyName(booking.specialty)),
        h("dt", {}, t("offer.time")), h("dd", {}, span(booking.start, booking.end, now())),
        h("dt", {}, t("offer.patient")), h("dd", {}, booking.patient, patient ? `, ${personLine(patient)}` : ""),
        own?.specialty ? [h("dt", { key: "at" }, t("offer.as")), h("dd", { key: "ad" }, specialtyName(own.specialty), ` (${booking.doctorName} ${t("offer.leads")})`)] : null,
        request?.reason ? [h("dt", { key: "rt" }, t("ask.reason")), h("dd", { key: "rd", class: "prewrap" }, request.reason)] : null,
        request?.origin === "alarm" ? [h("dt", { key: "ot" }, t("offer.origin")), h("dd", { key: "od" }, t("origin.alarm"))] : null),
      booking.reasons?.length ? h("div", { class: "why" }, h("h3", {}, t("offer.why")),
        h("ul", { class: "reasons" }, booking.reasons.map((reason, at) => h("li", { key: at }, say(reason))))) : null),
    claimList(booking),
    h("div", { class: "offer-actions" },
      button(t("offer.accept"), () => desk.answer(booking, "accept"), { kind: "primary large", name: `answer-${booking.id}`, glyph: "check" }),
      button(t("offer.decline"), () => desk.answer(booking, "decline"), { kind: "large", name: `decline-${booking.id}` })));
}

function ring(part) {
  const length = 2 * Math.PI * 9;
  return h("svg", { class: "ring", viewBox: "0 0 24 24", "aria-hidden": "true" },
    h("circle", { cx: 12, cy: 12, r: 9 }),
    h("circle", {
      class: "ring-left", cx: 12, cy: 12, r: 9, transform: "rotate(-90 12 12)",
      "stroke-dasharray": `${(Math.max(0, Math.min(1, part)) * length).toFixed(2)} ${length.toFixed(2)}`,
    }));
}
