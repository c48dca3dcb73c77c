// The clinic's desk: consults to enter, patients by need, alarms as they come.

import { h } from "../app/dom.js";
import { t, number } from "../app/words.js";
import * as desk from "../app/desk.js";
import { go } from "../app/routes.js";
import { state } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { bookingCard } from "./bookings.js";
import { patientPanel } from "./patient.js";
import { queueList, soughtList } from "./queue.js";
import { button, heading, personLine, scoreBadge, signRows, shape, waiting } from "./parts.js";

const open = (id) => go({ name: "patient", patient: id });

export function clinicPage() {
  const chosen = state.route.name === "patient" ? state.route.patient : null;
  const alarms = desk.openAlarms();
  const rooms = desk.joinable();
  return h("main", { key: "clinic", class: `desk${chosen ? " with-panel" : ""}` },
    rooms.length > 0 || state.queue?.length || desk.unanswered().length ? h("section", { class: "rooms", "aria-label": t("rooms.title") },
      rooms.map((booking) => bookingCard(booking, { prominent: true })), queueList(), soughtList()) : null,
    h("section", { class: "alarm-column", "aria-label": t("alarms.title") },
      h("div", { class: "section-head" }, h("h2", {}, t("alarms.title")), alarmCount(alarms)),
      alarmList(alarms, { open, ask: true }), upcomingList()),
    h("section", { class: "patient-column", "aria-label": t("patients.title") },
      h("div", { class: "section-head" },
        heading(t("patients.title")),
        h("span", { class: "hint" }, state.loaded ? t("patients.count", { n: number(state.patients.size) }) : ""),
        button(t("ask.title"), () => go({ name: "ask" }), { kind: "primary", glyph: "plus" })),
      tiles(chosen)),
    chosen ? patientPanel(chosen) : null);
}

/** What is booked and not yet to be entered. */
function upcomingList() {
  const booked = desk.upcoming();
  return h("section", { key: "upcoming", class: "block upcoming", "aria-label": t("upcoming.title") },
    h("div", { class: "section-head" }, h("h2", {}, t("upcoming.title")),
      booked.length ? h("span", { class: "count" }, number(booked.length)) : null,
      h("button", { type: "button", class: "linkish", on: { click: () => go({ name: "opening" }) } }, t("opening.edit"))),
    !state.loaded ? waiting(1) : booked.length === 0 ? h("p", { class: "empty" }, t("upcoming.none"))
      : h("div", { class: "booking-list" }, booked.slice(0, 5).map((booking) => bookingCard(booking))),
    booked.length > 5 ? button(t("upcoming.all"), () => go({ name: "requests" }), { kind: "small" }) : null);
}

function alarmCount(alarms) {
  const waitingFor = alarms.filter((alarm) => alarm.signal === "on" || alarm.signal === "latched").length;
  return h("span", { class: `hint${waitingFor ? " urgent" : ""}` },
    waitingFor ? t("alarms.waiting", { n: number(waitingFor) }) : t("alarms.open", { n: number(alarms.length) }));
}

/** Those in most need first; equal need keeps its place. */
function byNeed(a, b) {
  return need(b) - need(a) || a.id.localeCompare(b.id);
}
function need({ score }) {
  if (!score || score.total === null || score.total === undefined) return -1;
  return score.total + (score.red ? 2.5 : 0);
}

function tiles(chosen) {
  if (!state.loaded) return waiting(4);
  if (state.patients.size === 0) return h("p", { class: "empty" }, t("patients.none"));
  return h("ul", { class: "tiles" }, [...state.patients.values()].sort(byNeed).map((patient) => {
    const alarms = desk.openAlarms(patient.id);
    const top = alarms[0];
    const score = patient.score;
    return h("li", {
      key: patient.id,
      class: `tile score-${score?.state ?? "none"} band-edge-${score?.band ?? "none"}${chosen === patient.id ? " chosen" : ""}`,
    },
      h("button", {
        type: "button", class: "tile-open", "aria-label": t("patient.open", { patient: patient.id }),
        "aria-expanded": String(chosen === patient.id), on: { click: () => open(patient.id) },
      }),
      h("div", { class: "tile-head" },
        h("div", {}, h("strong", { class: "patient-id" }, patient.id), h("span", { class: "hint" }, personLine(patient))),
        scoreBadge(score)),
      top ? h("p", { class: `tile-alarm priority-${top.priority} signal-${top.signal}` },
        shape(top.priority), h("span", {}, desk.causeName(top.cause)),
        alarms.length > 1 ? h("span", { class: "hint" }, `+${alarms.length - 1}`) : null) : null,
      h("div", { class: "signs" }, signRows(patient.latest, state.series.get(patient.id))));
  }));
}
