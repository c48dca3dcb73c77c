// Alarms as they come: what wants an answer first, priority by shape and word, one touch to
// acknowledge.

import { h } from "../app/dom.js";
import { t, term, lasting, preciseTime } from "../app/words.js";
import * as desk from "../app/desk.js";
import { age, state } from "../app/state.js";
import { button, shape, whenText } from "./parts.js";
import { go } from "../app/routes.js";

/** The list; `acknowledge` is how this page does it. */
export function alarmList(alarms, { acknowledge = desk.acknowledge, open, ask, showPatient = true } = {}) {
  if (alarms.length === 0) {
    return h("p", { class: "empty" }, state.loaded ? t("alarms.none") : t("loading"));
  }
  return h("ul", { class: "alarms" }, alarms.map((alarm) =>
    alarmItem(alarm, { acknowledge, open, ask, showPatient })));
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
      h("strong", {}, desk.causeName(alarm.cause), alarm.cause === "news2" && alarm.score !== undefined
        ? ` ${alarm.score}` : ""),
      showPatient ? patientButton(alarm, open) : null,
      alarm.siteName && !desk.isClinic() ? h("span", { class: "alarm-site" }, alarm.siteName) : null),
    h("div", { class: "alarm-foot" },
      h("span", { class: "alarm-state" }, stateText(alarm, request)),
      h("span", { class: "alarm-actions" },
        ask && !alarm.request && alarm.priority !== "low"
          ? button(t("ask.short"), () => go({ name: "ask", patient: alarm.patient, alarm: alarm.id }), { kind: "small" })
          : null,
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

function stateText(alarm, request) {
  const parts = [];
  if (alarm.signal === "latched") parts.push(t("alarm.latched"));
  else if (alarm.condition === "absent") parts.push(t("alarm.absent"));
  if (alarm.signal === "acknowledged") {
    parts.push(alarm.acknowledgedAt
      ? t("alarm.acknowledgedAt", { time: whenText(alarm.acknowledgedAt) }) : t("alarm.acknowledged"));
  }
  if (alarm.escalation > 0) parts.push(t("alarm.escalated", { n: alarm.escalation }));
  if (alarm.request) {
    parts.push(t("alarm.request", { state: request ? term("requestState", request.state) : t("alarm.asked") }));
  }
  return parts.join(" · ");
}
