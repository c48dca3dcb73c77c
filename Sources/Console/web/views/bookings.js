// Bookings as cards, and the explanation of a match.

import { h } from "../app/dom.js";
import { t, term, span, number } from "../app/words.js";
import * as desk from "../app/desk.js";
import { go } from "../app/routes.js";
import { say, speaksServer } from "../app/sayings.js";
import { state, now, changed } from "../app/state.js";
import { button, run, specialtyName, urgencyTag } from "./parts.js";

const inRoom = (booking) => state.room?.booking.id === booking.id && !state.room.finished;

/** The way into a booking's room, through the device check. */
export function enterButton(booking, kind = "small primary") {
  const isIn = inRoom(booking);
  return button(t(isIn ? "room.rejoin" : "room.join"),
    () => go(isIn ? { name: "room" } : { name: "check", booking: booking.id }), { kind, glyph: "camera" });
}

export function bookingCard(booking, { prominent = false } = {}) {
  const doctorSide = desk.isDoctor();
  const joinable = desk.canJoin(booking);
  return h("article", { key: booking.id, class: `booking state-${booking.state}${prominent ? " prominent" : ""}` },
    h("div", { class: "booking-main" },
      h("div", { class: "booking-time" }, span(booking.start, booking.end, now())),
      h("div", {},
        h("strong", {}, doctorSide ? booking.siteName : booking.doctorName),
        h("div", { class: "hint" },
          [specialtyName(booking.specialty), t("patient.called", { patient: booking.patient })].filter(Boolean).join(" · "))),
      h("div", { class: "booking-tags" }, urgencyTag(booking.urgency),
        h("span", { class: `tag booking-state ${booking.state}` }, term("bookingState", booking.state)))),
    joinable ? h("div", { class: "booking-actions" }, enterButton(booking, prominent ? "primary" : "small primary")) : null,
    ["confirmed", "checkedIn"].includes(booking.state) && (desk.isClinic() || doctorSide) ? changeLine(booking) : null);
}

const wantsCancel = new Set();

/** What a person may do to a booking that has not begun: move it, cancel it, say that nobody came. */
function changeLine(booking) {
  const act = (verb) => run(`${verb}-${booking.id}`, () => desk.answer(booking, verb));
  const link = (key, action) => h("button", { key, type: "button", class: "linkish", on: { click: action } }, t(key));
  const hasBegun = Date.parse(booking.start) <= now();
  return h("div", { class: "booking-change" },
    wantsCancel.has(booking.id)
      ? h("span", { class: "confirm" }, h("span", {}, t("booking.cancelSure")),
        button(t("booking.cancelYes"), async () => { await act("cancel"); wantsCancel.delete(booking.id); changed(); }, { kind: "small danger" }),
        button(t("no"), () => { wantsCancel.delete(booking.id); changed(); }, { kind: "small" }))
      : [hasBegun ? link("booking.noShow", () => act("no-show"))
        : link("booking.move", () => go({ name: "slots", move: booking.id })),
      link("booking.cancel", () => { wantsCancel.add(booking.id); changed(); })]);
}

/** Why this doctor, or why none, in the server's sentences and the rules' names in ours. */
export function explanationView(id) {
  const answer = state.explanations.get(id);
  if (!answer || answer.loading) return h("p", { class: "hint" }, t("loading"));
  if (answer.failed) return h("p", { class: "problem" }, t("explain.failed"));
  return h("div", { class: "explanation" },
    answer.summary && (speaksServer() || !(answer.reasons?.length || answer.rejections?.length)) ? h("p", { class: "summary" }, answer.summary) : null,
    answer.reasons?.length ? h("ul", { class: "reasons" }, answer.reasons.map((reason, at) => h("li", { key: at }, say(reason)))) : null,
    answer.rejections?.length ? h("div", {},
      h("h4", {}, t("explain.rejected", { n: number(answer.considered ?? 0) })),
      h("ul", { class: "rejections" }, answer.rejections.map((one) => h("li", { key: one.rule },
        h("span", { class: "count" }, number(one.count)), term("rule", one.rule, one.text))))) : null,
    answer.nearest?.length ? h("div", {},
      h("h4", {}, t("explain.nearest")),
      h("ul", { class: "nearest" }, answer.nearest.map((one) => h("li", { key: one.doctor },
        h("strong", {}, one.name), ` — ${(one.blockedBy ?? []).map(say).join("; ")}`)))) : null,
    answer.alternatives?.length ? h("div", {},
      h("h4", {}, t("explain.alternatives")),
      h("ul", { class: "nearest" }, answer.alternatives.map((one) => h("li", { key: one.doctor },
        h("strong", {}, one.name), ` — ${(one.loses ?? []).map(say).join("; ") || t("explain.equal")}`)))) : null,
    answer.unlocks?.length ? h("div", {},
      h("h4", {}, t("explain.unlocks")),
      h("ul", { class: "nearest" }, answer.unlocks.map((one, at) => h("li", { key: at }, say(one.text))))) : null);
}
