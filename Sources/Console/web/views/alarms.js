// Alarms as they come: what wants an answer first, priority by shape and word, one touch to
// acknowledge.

import { h } from "../app/dom.js";
import { t, term, lasting, number, preciseTime } from "../app/words.js";
import * as desk from "../app/desk.js";
import { age, state } from "../app/state.js";
import { button, shape, whenText } from "./parts.js";
import { go } from "../app/routes.js";

/** The list; `acknowledge` is how this page does it. */
export function alarmList(alarms, { acknowledge = desk.acknowledge, open, ask, showPatient = true } = {}) {
  if (alarms.length === 0) {
    return h("p", { class: "empty" }, state.loaded ? t("alarms.none") : t("loading"));
  }
  const { single, incidents } = byIncident(alarms);
  return h("ul", { class: "alarms" },
    single.map((alarm) => alarmItem(alarm, { acknowledge, open, ask, showPatient })),
    incidents.map((children) => incidentItem(children, { acknowledge, open, showPatient })));
}

/** Devices of one site that fell silent at once are one line; who is ill keeps a line of their own. */
function byIncident(alarms) {
  const single = [];
  const incidents = new Map();
  for (const alarm of alarms) {
    if (!alarm.incident?.isSuppressed) single.push(alarm);
    else if (incidents.has(alarm.incident.id)) incidents.get(alarm.incident.id).push(alarm);
    else incidents.set(alarm.incident.id, [alarm]);
  }
  return { single, incidents: [...incidents.values()] };
}

function incidentItem(children, { acknowledge, open, showPatient }) {
  const first = children[0];
  const taken = children.every((alarm) => alarm.signal === "acknowledged");
  return h("li", { key: first.incident.id, class: "alarm priority-medium incident" },
    h("div", { class: "alarm-head" },
      shape("medium"),
      h("span", { class: "alarm-priority" }, t("alarm.incident")),
      h("time", { datetime: first.incident.openedAt, title: preciseTime(first.incident.openedAt) },
        t("ago", { age: lasting(age(first.incident.openedAt)) }))),
    h("div", { class: "alarm-what" },
      h("strong", {}, t("alarm.incidentSilent", { n: number(children.length) })),
      showPatient ? children.map((alarm) => h("span", { key: alarm.id }, patientButton(alarm, open))) : null,
      first.siteName && !desk.isClinic() ? h("span", { class: "alarm-site" }, first.siteName) : null),
    h("div", { class: "alarm-foot" },
      h("span", { class: "alarm-state" }, taken ? t("alarm.acknowledged") : ""),
      h("span", { class: "alarm-actions" }, taken || !desk.canAcknowledge() ? null
        : button(t("alarm.acknowledge"), () => acknowledge(first), {
          kind: "small primary", name: `ack-${first.incident.id}`, glyph: "check",
        }))));
}

function alarmItem(alarm, { acknowledge, open, ask, showPatient }) {
  const form = { high: "high", medium: "medium", low: "low" }[alarm.priority];
  const wants = alarm.signal === "on" || alarm.signal === "latched";
  const request = alarm.request ? state.requests.get(alarm.request) : null;
  return h("li", {
    key: alarm.id,
    class: `alarm priority-${alarm.priority} signal-${alarm.signal} condition-${alarm.condition}`,
  },
    h("div", { class: "alarm-head" },
      shape(form),
      h("span", { class: "alarm-priority" }, term("priority", alarm.priority)),
      h("time", { datetime: alarm.raisedAt, title: preciseTime(alarm.raisedAt) },
        t("ago", { age: lasting(age(alarm.raisedAt)) }))),
    h("div", { class: "alarm-what" },
      h("strong", {}, desk.causeName(alarm.cause), (alarm.cause === "news2" || alarm.cause === "pews") && alarm.score !== undefined
        ? ` ${alarm.score}` : ""),
      showPatient ? patientButton(alarm, open) : null,
      alarm.siteName && !desk.isClinic() ? h("span", { class: "alarm-site" }, alarm.siteName) : null),
    h("div", { class: "alarm-foot" },
      h("span", { class: "alarm-state" }, stateText(alarm, request)),
      h("span", { class: "alarm-actions" },
        ask && !alarm.request && alarm.priority !== "low"
          ? button(t("ask.short"), () => go({ name: "ask", patient: alarm.patient, alarm: alarm.id }), { kind: "small" })
          : null,
        wants && desk.canAcknowledge() && !desk.pausedUntil(alarm)
          ? button(t("alarm.pause"), () => desk.pause(alarm), { kind: "small", name: `pause-${alarm.id}` }) : null,
        wants && desk.canAcknowledge() && lastOffer(alarm)?.state === "offered"
          ? button(t("alarm.passOn"), () => desk.passOn(alarm), { kind: "small", name: `pass-${alarm.id}` }) : null,
        wants && desk.canAcknowledge()
          ? button(t("alarm.acknowledge"), () => acknowledge(alarm), {
            kind: alarm.priority === "high" ? "small danger" : "small primary", name: `ack-${alarm.id}`,
            glyph: "check",
          }) : null)));
}

function patientButton(alarm, open) {
  return open
    ? h("button", { type: "button", class: "linkish", on: { click: () => open(alarm.patient) } }, alarm.patient)
    : h("span", { class: "alarm-patient" }, alarm.patient);
}

const lastOffer = (alarm) => alarm.offers?.at(-1);

/** Who has the alarm on the way along its chain, and until when; nothing while the nurse has it first. */
function toldText(alarm) {
  const offer = lastOffer(alarm);
  if (!offer || (alarm.signal !== "on" && alarm.signal !== "latched")) return null;
  if (offer.state !== "offered") return t("alarm.nobodyTook", { time: whenText(offer.until) });
  if (offer.number === 1) return null;
  return t("alarm.toldTo", { who: term("escalationRole", offer.to), time: whenText(offer.until) });
}

function stateText(alarm, request) {
  const parts = [];
  if (alarm.signal === "latched") parts.push(t("alarm.latched"));
  else if (alarm.condition === "absent") parts.push(t("alarm.absent"));
  if (alarm.signal === "acknowledged") {
    parts.push(alarm.acknowledgedAt
      ? t("alarm.acknowledgedAt", { time: whenText(alarm.acknowledgedAt) }) : t("alarm.acknowledged"));
  }
  const paused = desk.pausedUntil(alarm);
  if (paused) parts.push(t("alarm.pausedUntil", { time: whenText(paused) }));
  const told = toldText(alarm);
  if (told) parts.push(told);
  if (alarm.request) {
    parts.push(t("alarm.request", { state: request ? term("requestState", request.state) : t("alarm.asked") }));
  }
  return parts.join(" · ");
}
