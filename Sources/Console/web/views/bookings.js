// Bookings as cards, and the explanation of a match.

import { h } from "../app/dom.js";
import { t, term, span, number } from "../app/words.js";
import * as desk from "../app/desk.js";
import { go } from "../app/routes.js";
import { say, speaksServer } from "../app/sayings.js";
import { state, now, changed } from "../app/state.js";
import { button, icon, run, specialtyName, urgencyTag } from "./parts.js";

const inRoom = (booking) => state.room?.booking.id === booking.id && !state.room.finished;

/** The way into a booking's room, through the device check. */
export function enterButton(booking, kind = "small primary") {
  const isIn = inRoom(booking);
  return button(t(isIn ? "room.rejoin" : "room.join"),
    () => go(isIn ? { name: "room" } : { name: "check", booking: booking.id }), { kind, glyph: "camera" });
}

export function bookingCard(booking, { prominent = false } = {}) {
  const doctorSide = desk.isDoctor();
  // Who is not of the asking site wants to know which one it is.
  const isHost = booking.site !== state.person.site;
  const joinable = desk.canJoin(booking);
  return h("article", { key: booking.id, class: `booking state-${booking.state}${prominent ? " prominent" : ""}` },
    h("div", { class: "booking-main" },
      h("div", { class: "booking-time" }, span(booking.start, booking.end, now())),
      h("div", {},
        h("strong", {}, isHost ? booking.siteName : booking.doctorName),
        h("div", { class: "hint" },
          [specialtyName(booking.specialty), isHost && booking.doctor !== state.person.doctor ? booking.doctorName : null,
            booking.patient ? t("patient.called", { patient: booking.patient }) : null].filter(Boolean).join(" · "))),
      h("div", { class: "booking-tags" }, urgencyTag(booking.urgency),
        h("span", { class: `tag booking-state ${booking.state}` }, term("bookingState", booking.state)))),
    joinable ? h("div", { class: "booking-actions" }, enterButton(booking, prominent ? "primary" : "small primary")) : null,
    claimList(booking),
    desk.wantsAnswer(booking) && booking.state !== "offered" ? answerLine(booking) : null,
    ["confirmed", "checkedIn"].includes(booking.state) && desk.isAgreed(booking) && !desk.wantsAnswer(booking) ? changeLine(booking) : null);
}

const claimGlyph = { accepted: "check", invited: "clock", declined: "close" };

/** Who else takes part: other doctors, sites, an interpreter, and what each said. */
export function claimList(booking) {
  if (!booking.claims?.length) return null;
  return h("ul", { class: "claims", "aria-label": t("claims.title") }, booking.claims.map((claim) => h("li", { key: `${claim.kind}-${claim.id}`, class: `claim ${claim.state}` },
    icon(claimGlyph[claim.state] ?? "clock"),
    h("span", {}, h("strong", {}, claim.name || claim.id), h("span", { class: "hint" }, ` ${[
      claim.specialty ? specialtyName(claim.specialty) : t(`claims.${claim.kind}`),
      claim.kind === "site" ? null : term("claimState", claim.state), claim.required ? null : t("further.welcome"),
    ].filter(Boolean).join(" · ")}`)))));
}

/** A further doctor or an interpreter may still say yes or no. */
function answerLine(booking) {
  return h("div", { class: "booking-answer" },
    button(t("offer.accept"), () => desk.answer(booking, "accept"), { kind: "primary", name: `answer-${booking.id}`, glyph: "check" }),
    button(t("offer.decline"), () => desk.answer(booking, "decline"), { name: `decline-${booking.id}` }));
}

const wantsCancel = new Set();

/** Its own doctor or the asking site, not somebody who takes part besides. */
const leads = (booking) => booking.doctor === state.person.doctor || booking.site === state.person.site;

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
      : [leads(booking) ? hasBegun ? link("booking.noShow", () => act("no-show"))
        : link("booking.move", () => go({ name: "slots", move: booking.id })) : null,
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
