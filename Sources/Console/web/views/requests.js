// The clinic's own requests: where each stands, why this doctor or why none, what is booked.

import { h } from "../app/dom.js";
import { t, term, languageName, lasting } from "../app/words.js";
import * as desk from "../app/desk.js";
import { expectedWait } from "../app/expected.js";
import { go } from "../app/routes.js";
import { state, now, age, changed } from "../app/state.js";
import { bookingCard, explanationView } from "./bookings.js";
import { button, heading, icon, run, shape, specialtyName, urgencyTag, waiting, whenText } from "./parts.js";

const steps = ["open", "offered", "matched", "fulfilled"];
const opened = new Set();
const wantsCancel = new Set();

export function requestsPage() {
  const all = [...state.requests.values()]
    .sort((a, b) => isOver(a) - isOver(b) || Date.parse(b.openedAt) - Date.parse(a.openedAt));
  const running = all.filter((request) => !isOver(request));
  const over = all.filter(isOver).slice(0, 30);
  return h("main", { key: "requests", class: "page" },
    h("div", { class: "section-head" }, heading(t("requests.title")),
      desk.isClinic() ? button(t("ask.title"), () => go({ name: "ask" }), { kind: "primary", glyph: "plus" }) : null),
    !state.loaded ? waiting(3) : null,
    state.loaded && all.length === 0 ? h("p", { class: "empty" }, t("requests.none")) : null,
    h("ul", { class: "requests" }, running.map(requestItem)),
    over.length ? h("h2", {}, t("requests.over")) : null,
    h("ul", { class: "requests over" }, over.map(requestItem)));
}

const isOver = (request) => request.state === "fulfilled" || request.state === "cancelled";

export function requestItem(request) {
  const booking = request.booking ? state.bookings.get(request.booking) : null;
  const isOpen = opened.has(request.id);
  return h("li", { key: request.id, class: `request state-${request.state}` },
    h("div", { class: "request-head" },
      urgencyTag(request.urgency),
      h("div", { class: "request-what" },
        h("strong", {}, specialtyName(request.specialty)),
        h("span", { class: "hint" }, [
          request.patient ? t("patient.called", { patient: request.patient }) : null,
          request.origin === "alarm" ? t("origin.alarm") : null,
          request.wishedModality ? t("said.bySound") : null,
          !desk.isClinic() ? request.siteName : null,
          t("ago", { age: lasting(age(request.openedAt)) }),
        ].filter(Boolean).join(" · "))),
      progress(request)),
    request.reason ? h("p", { class: "request-reason" }, request.reason) : null,
    booking?.claims ? null : furtherLine(request),
    booking ? bookingCard(booking) : deadlineLine(request),
    h("div", { class: "request-foot" },
      // Who may see no patient may not read the explanation, which speaks of one.
      desk.seesPatients() ? h("button", {
        type: "button", class: "linkish", "aria-expanded": String(isOpen),
        on: { click: () => toggle(request.id) },
      }, icon(isOpen ? "open" : "right"), h("span", {}, t(whyKey(request)))) : null,
      !isOver(request) && desk.isClinic() ? cancelPart(request) : null),
    isOpen ? explanationView(request.id) : null);
}

function whyKey(request) {
  return request.state === "matched" || request.state === "offered" || request.state === "fulfilled"
    ? "explain.why" : "explain.whyNone";
}

function toggle(id) {
  if (opened.has(id)) opened.delete(id);
  else {
    opened.add(id);
    desk.explain(id);
    desk.detail(id);
  }
  changed();
}

/** Waiting → asked → agreed → done, in words; an unmatched request says so loudly. */
function progress(request) {
  if (request.state === "unmatched" || request.state === "cancelled") {
    return h("span", { class: `tag request-state ${request.state}` },
      request.state === "unmatched" ? shape("high") : null, term("requestState", request.state));
  }
  const at = steps.indexOf(request.state);
  return h("ol", { class: "progress", "aria-label": term("requestState", request.state) },
    steps.map((step, position) => h("li", {
      key: step, class: position < at ? "done" : position === at ? "now" : "",
      "aria-current": position === at ? "step" : null,
    }, term("requestState", step))));
}

/** Who is asked for besides, until they stand in the booking by name. */
function furtherLine({ furtherSpecialties = [], furtherSites = [], languages = [] }) {
  const parts = [
    ...furtherSpecialties.map(({ specialty }) => specialtyName(specialty)),
    furtherSites.length ? t("further.siteCount", { n: furtherSites.length }) : null,
    languages.length && !languages.includes("vi") ? languages.map(languageName).join(", ") : null,
  ].filter(Boolean);
  return parts.length ? h("p", { class: "hint" }, t("further.with", { what: parts.join(" · ") })) : null;
}

function deadlineLine(request) {
  if (isOver(request)) return null;
  const left = (Date.parse(request.deadline) - now()) / 1000;
  const expected = request.state === "matched" ? null : expectedWait(request.specialty, request.urgency, true);
  return h("p", { class: "hint deadline" },
    expected ? `${expected} · ` : "",
    left > 0 ? t("request.deadline", { time: whenText(request.deadline), left: lasting(left) })
      : t("request.pastDeadline", { time: whenText(request.deadline) }),
    request.declinedBy?.length ? ` · ${t("request.declined", { n: request.declinedBy.length })}` : "");
}

/** Two touches, so that nothing is taken back by accident. */
function cancelPart(request) {
  if (!wantsCancel.has(request.id)) {
    return h("button", {
      type: "button", class: "linkish", on: { click: () => { wantsCancel.add(request.id); changed(); } },
    }, t("request.cancel"));
  }
  return h("span", { class: "confirm" }, h("span", {}, t("request.cancelSure")),
    button(t("request.cancelYes"), () => run(`cancel-${request.id}`, async () => {
      await desk.cancelRequest(request.id);
      wantsCancel.delete(request.id);
    }), { kind: "small danger" }),
    button(t("no"), () => { wantsCancel.delete(request.id); changed(); }, { kind: "small" }));
}
