// For people without a ward of their own: alarms and requests of the whole network.

import { h } from "../app/dom.js";
import { t, number } from "../app/words.js";
import * as desk from "../app/desk.js";
import { age, state } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { requestItem } from "./requests.js";
import { heading, shape, whenText } from "./parts.js";

/** Those in most need; a page of thousands would be read by nobody, and drawn again with each change. */
const most = 50;
const rest = (all) => (all.length > most ? h("p", { class: "hint" }, t("overview.rest", { n: number(all.length - most) })) : null);

export function overviewPage() {
  const alarms = desk.openAlarms();
  const running = [...state.requests.values()]
    .filter((request) => !["fulfilled", "cancelled"].includes(request.state))
    .sort((a, b) => (b.state === "unmatched") - (a.state === "unmatched") || Date.parse(a.deadline) - Date.parse(b.deadline));
  return h("main", { key: "overview", class: "desk" },
    h("section", { class: "alarm-column" }, incidentList(), h("div", { class: "section-head" }, h("h2", {}, t("alarms.title"))),
      alarmList(alarms.slice(0, most)), rest(alarms)),
    h("section", { class: "patient-column" }, h("div", { class: "section-head" }, heading(t("requests.running"))),
      running.length ? [h("ul", { key: "list", class: "requests" }, running.slice(0, most).map(requestItem)), rest(running)]
        : h("p", { class: "empty" }, t("requests.none"))));
}

/** What may have been lost at the broker within a day: for whoever runs the deployment. */
function incidentList() {
  const recent = state.incidents.filter((incident) => age(incident.at) < 24 * 3600);
  if (recent.length === 0) return null;
  return h("div", { key: "incidents" },
    h("div", { class: "section-head" }, heading(t("incidents.title"))),
    h("ul", { class: "alarms" }, recent.map((incident) =>
      h("li", { key: incident.at + incident.kind, class: "alarm priority-medium signal-on" },
        h("div", { class: "alarm-head" }, shape("medium"),
          h("time", { datetime: incident.at }, whenText(incident.at))),
        h("div", { class: "alarm-what" }, h("strong", {}, desk.incidentText(incident))),
        h("div", { class: "alarm-foot" }, h("span", { class: "alarm-state" }, t("incidents.advice")))))));
}
