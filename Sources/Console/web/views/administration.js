// For whoever runs or audits the deployment: refused payloads, devices, the audit chain.

import { h } from "../app/dom.js";
import { t, term, lasting, preciseTime, day, number } from "../app/words.js";
import * as api from "../app/api.js";
import { instantOf } from "../app/localtime.js";
import { more, paged } from "../app/paged.js";
import { state, age, changed, toast } from "../app/state.js";
import { button, explainProblem, heading, waiting } from "./parts.js";

const stamp = (at) => h("time", { datetime: at, title: at }, `${day(at)} ${preciseTime(at)}`);

/** A table of a list with its rows, its way on, and what went wrong. */
export function listing(list, columns, row, none) {
  return [
    list.problem ? h("p", { key: "problem", class: "problem", role: "alert" }, explainProblem(list.problem)) : null,
    !list.isRead && !list.problem ? waiting(5) : null,
    list.isRead && list.items.length === 0 ? h("p", { key: "none", class: "empty" }, t(none)) : null,
    list.items.length ? h("div", { key: "table", class: "scroller" }, h("table", { class: "records" },
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { key: column, scope: "col" }, t(column))))),
      h("tbody", {}, list.items.map(row)))) : null,
    list.next ? button(t("list.more"), () => more(list), { key: "more", name: `more-${list.path}` }) : null,
  ];
}

/** Payloads that the gateway could not take; given to it again once their cause is mended. */
export function quarantinePage() {
  const list = paged("quarantine", "/quarantine");
  return h("main", { key: "quarantine", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("quarantine.title"))),
    h("p", { class: "hint" }, t("quarantine.hint")),
    listing(list, ["list.time", "quarantine.why", "quarantine.topic", "quarantine.size", "list.do"], (one) => h("tr", { key: one.id },
      h("td", {}, stamp(one.receivedAt)),
      h("td", {}, h("strong", {}, term("quarantineCode", one.code)), h("div", { class: "hint" }, one.detail)),
      h("td", { class: "breaks" }, one.topic, one.contentType ? h("div", { class: "hint" }, one.contentType) : null),
      h("td", {}, t("quarantine.bytes", { n: number(one.size) })),
      h("td", {}, one.resolvedAt ? h("span", { class: "tag" }, t("quarantine.resolved"))
        : button(t("quarantine.replay"), () => replay(list, one), { kind: "small", name: `replay-${one.id}` }))), "quarantine.none"));
}

async function replay(list, one) {
  const answer = await api.post(`/quarantine/${one.id}/replay`);
  list.items = list.items.map((item) => (item.id === one.id ? { ...item, ...answer } : item));
  toast(t(answer.resolvedAt ? "quarantine.taken" : "quarantine.still"), answer.resolvedAt ? "good" : "error");
  changed();
}

/** Registered devices: who is heard, whom each measures, and the way to bind or remove one. */
export function devicesPage() {
  const view = state.form.deviceFilter ??= { state: "", binding: null, patient: "" };
  const list = paged("devices", "/devices", view.state ? { state: view.state } : {});
  return h("main", { key: "devices", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("devices.title")),
      h("div", { class: "segments", role: "group", "aria-label": t("devices.show") }, ["", "online", "offline"].map((one) => h("button", {
        key: one, type: "button", "aria-pressed": String(view.state === one),
        on: { click: () => { view.state = one; changed(); } },
      }, t(`devices.${one || "all"}`))))),
    listing(list, ["devices.id", "devices.site", "devices.profile", "devices.heard", "devices.patient"], (one) => h("tr", { key: one.id },
      h("th", { scope: "row" }, one.id), h("td", {}, one.site), h("td", {}, one.profile),
      h("td", {}, h("span", { class: `tag device-${one.state}` }, t(`devices.${one.state}`)),
        one.lastSeenAt ? h("span", { class: "hint" }, ` ${t("ago", { age: lasting(age(one.lastSeenAt)) })}`) : null),
      h("td", {}, binding(view, list, one))), "devices.none"));
}

function binding(view, list, device) {
  if (view.binding !== device.id) {
    return h("span", { class: "confirm" }, device.patient ?? "–",
      h("button", { type: "button", class: "linkish", on: { click: () => { view.binding = device.id; view.patient = device.patient ?? ""; changed(); } } }, t("devices.bind")));
  }
  return h("form", {
    class: "confirm", on: { submit: (event) => { event.preventDefault(); event.target.querySelector(".primary").click(); } },
  },
    h("input", {
      "aria-label": t("devices.patient"), value: view.patient, maxlength: 40,
      on: { input: (event) => { view.patient = event.target.value.trim(); } },
    }),
    button(t("devices.save"), async () => {
      const answer = await api.put(`/devices/${device.id}/binding`, { patient: view.patient });
      list.items = list.items.map((item) => (item.id === device.id ? { ...item, ...answer } : item));
      view.binding = null;
      toast(t("devices.bound"), "good");
      changed();
    }, { kind: "small primary", name: `bind-${device.id}` }),
    button(t("cancel"), () => { view.binding = null; changed(); }, { kind: "small" }));
}

/** The audit chain, newest first: who saw or changed what. */
export function auditPage() {
  const view = state.form.auditFilter ??= { principal: "", object: "", from: "", to: "" };
  const fields = {
    principal: view.principal, object: view.object,
    from: view.from ? instantOf(view.from) : "", to: view.to ? instantOf(view.to) : "",
  };
  const list = paged("audit", "/audit", fields);
  const field = (name, type) => h("div", { key: name }, h("label", { for: `audit-${name}` }, t(`audit.${name}`)),
    h("input", { id: `audit-${name}`, type, value: view[name], maxlength: 80, on: { change: (event) => { view[name] = event.target.value.trim(); changed(); } } }));
  return h("main", { key: "audit", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("audit.title"))),
    h("p", { class: "hint" }, t("audit.hint")),
    h("form", { class: "slot-fields", on: { submit: (event) => event.preventDefault() } },
      field("principal", "text"), field("object", "text"), field("from", "datetime-local"), field("to", "datetime-local")),
    listing(list, ["list.time", "audit.principal", "audit.action", "audit.object", "audit.detail", "audit.address"], (one) => h("tr", { key: one.sequence },
      h("td", {}, stamp(one.at)), h("td", {}, one.principal), h("td", {}, term("auditAction", one.action)), h("td", { class: "breaks" }, one.object),
      h("td", {}, one.detail), h("td", {}, one.address)), "audit.none"));
}
