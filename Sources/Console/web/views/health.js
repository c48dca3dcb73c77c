// How the deployment is: broker, database, care loop, sockets, relay. Read again every ten seconds.

import { h } from "../app/dom.js";
import { t, lasting, number } from "../app/words.js";
import { read } from "../app/health.js";
import { state, changed } from "../app/state.js";
import { heading, icon, waiting } from "./parts.js";

/** The parts and their figures; a figure that the server does not tell is left out. */
const parts = [
  ["broker", (found) => found.ready?.broker, [
    ["clients", "telehealth_broker_clients"], ["stored", "telehealth_broker_stored_messages"],
    ["dropped", "telehealth_broker_drops_seen_total"], ["restarts", "telehealth_broker_restarts_total"],
    ["lost", "telehealth_broker_sessions_lost_total"], ["uptime", "telehealth_broker_uptime_seconds", lasting],
  ]],
  ["database", (found) => found.ready?.ingest, [
    ["durable", "telehealth_readings_durable_total"], ["commits", "telehealth_commits_total"],
    ["commitFailures", "telehealth_commit_failures_total"],
    ["delay", "telehealth_reading_to_durable_p99_milliseconds", (value) => t("health.ms", { n: number(value, 1) })],
    ["quarantined", "telehealth_payloads_quarantined_total"],
  ]],
  ["care", (found) => found.ready?.care, [
    ["alarms", "telehealth_alarms_open"], ["requests", "telehealth_requests_open"],
    ["unmatched", "telehealth_requests_unmatched"], ["bookings", "telehealth_bookings_live"],
  ]],
  ["sockets", (found) => (found.figures ? true : undefined), [
    ["sockets", "telehealth_sockets"], ["rooms", "telehealth_sessions_open"],
    ["devices", "telehealth_devices_online"], ["devicesAll", "telehealth_devices"],
    ["memory", "telehealth_resident_memory_bytes", (value) => t("health.mib", { n: number(value / 1048576) })],
    ["uptime", "telehealth_uptime_seconds", lasting],
  ]],
  ["relay", (found) => found.ready?.conference ?? found.ready?.relay, []],
];

export function healthPage() {
  const found = state.form.health ??= { readAt: 0 };
  if (Date.now() - found.readAt > 10000 && !found.reading) refresh(found);
  return h("main", { key: "health", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("health.title")),
      found.at ? h("span", { class: "hint" }, t("ago", { age: lasting((Date.now() - found.at) / 1000) })) : null),
    found.failed ? h("p", { class: "problem", role: "alert" }, t("health.failed")) : null,
    found.ready ? h("div", { class: "health" }, parts.map((part) => partCard(found, part))) : found.failed ? null : waiting(4));
}

function partCard(found, [name, isWell, figures]) {
  const well = isWell(found);
  const word = well === undefined ? "unknown" : well ? "well" : "ill";
  const shown = figures.filter(([, metric]) => found.figures?.has(metric));
  return h("section", { key: name, class: `card health-${word}`, "aria-label": t(`health.${name}`) },
    h("div", { class: "section-head" }, h("h2", {}, t(`health.${name}`)),
      h("span", { class: `tag ${word}` }, icon(word === "well" ? "check" : word === "ill" ? "close" : "level"), t(`health.is.${word}`))),
    shown.length ? h("dl", { class: "review" }, shown.map(([label, metric, write = (value) => number(value)]) => [
      h("dt", { key: `${label}-t` }, t(`health.${label}`)), h("dd", { key: `${label}-d` }, write(found.figures.get(metric)))])) : null);
}

async function refresh(found) {
  found.reading = true;
  try {
    Object.assign(found, await read(), { failed: false, at: Date.now() });
  } catch {
    found.failed = true;
  }
  found.reading = false;
  found.readAt = Date.now();
  changed();
}
