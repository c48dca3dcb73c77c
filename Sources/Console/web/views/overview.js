// For people without a ward of their own: alarms and requests of the whole network.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import * as desk from "../app/desk.js";
import { state } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { requestItem } from "./requests.js";
import { heading } from "./parts.js";

export function overviewPage() {
  const running = [...state.requests.values()]
    .filter((request) => !["fulfilled", "cancelled"].includes(request.state))
    .sort((a, b) => (b.state === "unmatched") - (a.state === "unmatched") || Date.parse(a.deadline) - Date.parse(b.deadline));
  return h("main", { key: "overview", class: "desk" },
    h("section", { class: "alarm-column" }, h("div", { class: "section-head" }, h("h2", {}, t("alarms.title"))),
      alarmList(desk.openAlarms())),
    h("section", { class: "patient-column" }, h("div", { class: "section-head" }, heading(t("requests.running"))),
      running.length ? h("ul", { class: "requests" }, running.map(requestItem))
        : h("p", { class: "empty" }, t("requests.none"))));
}
