// The national desk's map: every site where it lies, with what goes on there.

import { h, loadScript, loadStyle } from "../app/dom.js";
import { t, term, lasting, number, plain } from "../app/words.js";
import * as api from "../app/api.js";
import * as desk from "../app/desk.js";
import { go } from "../app/routes.js";
import { state, changed, now, age } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { button, heading, shape, waiting } from "./parts.js";
import { requestItem } from "./requests.js";

const freshFor = 30000;
let map = null;
let markers = new Map();
let labelled = false;

/** What the map has read; forgotten with the person. */
function view() {
  state.form.map ??= { sites: null, readAt: 0, loading: false, failed: false, chosen: null, search: "" };
  return state.form.map;
}

export function mapPage() {
  const known = view();
  const sites = liveSites() ?? [];
  if (map) drawMarkers(sites, known);
  return h("main", { key: "map", class: "map-page" },
    h("div", { class: "section-head" }, heading(t("map.title")),
      known.readAt && known.sites ? h("span", { class: "hint" }, t("map.summary", {
        n: number(sites.length), online: number(sites.filter((site) => site.presence.devicesOnline > 0).length),
        age: lasting((now() - known.readAt) / 1000),
      })) : null),
    known.failed ? h("p", { class: "problem", role: "alert" }, t("map.failed")) : null,
    h("div", { class: "map-layout" },
      h("div", { key: "map", class: "map", foreign: true, "aria-label": t("map.title"), mount: (el) => start(el), unmount: stop }),
      h("section", { class: "map-side" }, known.chosen ? sitePart(sites.find((site) => site.id === known.chosen), known) : listPart(sites, known, known.sites))));
}

/** The sites with what goes on at each, read again when they are old; null while they are not read. */
export function liveSites() {
  const known = view();
  if (!known.loading && now() - known.readAt > freshFor) load(known);
  return known.sites ? withWork(known.sites) : null;
}

async function load(known) {
  known.loading = true;
  known.readAt = now();
  try {
    known.sites = await api.list("/sites", { limit: 500 }, 20000);
    known.failed = false;
  } catch {
    known.failed = true;
  }
  known.loading = false;
  changed();
}

const running = new Set(["open", "offered", "unmatched"]);

/** Sites with their open alarms and the requests that nobody has taken yet. */
function withWork(sites) {
  const work = new Map();
  const of = (site) => work.get(site) ?? work.set(site, { high: 0, alarms: 0, queue: 0, unmatched: 0 }).get(site);
  for (const alarm of state.alarms.values()) {
    const one = of(alarm.site);
    one.alarms += 1;
    if (alarm.priority === "high") one.high += 1;
  }
  for (const request of state.requests.values()) {
    if (!running.has(request.state)) continue;
    const one = of(request.site);
    one.queue += 1;
    if (request.state === "unmatched") one.unmatched += 1;
  }
  const none = { high: 0, alarms: 0, queue: 0, unmatched: 0 };
  return sites.map((site) => ({ ...site, work: work.get(site.id) ?? none }));
}

/** The worst that holds at a site. */
function condition(site) {
  if (site.work.unmatched > 0) return "unmatched";
  if (site.work.high > 0) return "high";
  if (site.work.queue > 0) return "queue";
  return site.presence.devicesOnline > 0 || site.presence.staffOnline > 0 ? "live" : "silent";
}
const severity = ["silent", "live", "queue", "high", "unmatched"];

// The drawing itself belongs to Leaflet.

async function start(el) {
  loadStyle("/lib/leaflet/leaflet.css");
  try {
    await loadScript("/lib/leaflet/leaflet.min.js");
  } catch {
    view().failed = true;
    changed();
    return;
  }
  if (!el.isConnected) return;
  const { L } = globalThis;
  // Leaflet gives its element classes of its own, which the next drawing of ours would take away.
  map = L.map(el.appendChild(document.createElement("div")), { preferCanvas: true, attributionControl: false, zoomControl: true, zoomSnap: 0.5, zoomAnimation: false, minZoom: 5, maxZoom: 12 })
    .fitBounds([[8.4, 102.1], [23.4, 109.5]]);
  // Names that lie on one another say nothing: they come when there is room.
  const near = () => map.getContainer().classList.toggle("near", map.getZoom() >= 7);
  map.on("zoomend", near);
  near();
  graticule(L);
  labelled = false;
  changed();
}

function stop() {
  map?.stop().remove();
  map = null;
  markers = new Map();
}

/** Lines of whole degrees: there are no tiles, because no request leaves the deployment. */
function graticule(L) {
  const style = { color: colour("--line"), weight: 1, interactive: false };
  for (let degree = 8; degree <= 24; degree += 2) L.polyline([[degree, 101], [degree, 112]], style).addTo(map);
  for (let degree = 102; degree <= 112; degree += 2) L.polyline([[8, degree], [24, degree]], style).addTo(map);
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Each condition has its own size and filling besides its colour. */
function styleOf(kind) {
  switch (kind) {
    case "unmatched": return { radius: 10, color: colour("--red"), weight: 3, fillColor: colour("--red"), fillOpacity: 0.9, dashArray: null };
    case "high": return { radius: 8, color: colour("--red"), weight: 4, fillColor: colour("--surface"), fillOpacity: 1, dashArray: null };
    case "queue": return { radius: 7, color: colour("--amber"), weight: 3, fillColor: colour("--amber-soft"), fillOpacity: 1, dashArray: null };
    case "live": return { radius: 4, color: colour("--good"), weight: 1, fillColor: colour("--good"), fillOpacity: 0.75, dashArray: null };
    default: return { radius: 3, color: colour("--ink-soft"), weight: 1, fillColor: colour("--ground"), fillOpacity: 1, dashArray: "2 2" };
  }
}

/** The provinces' names, each amid its sites. */
function label(sites) {
  labelled = true;
  const provinces = new Map();
  for (const site of sites) provinces.set(site.provinceName, [...provinces.get(site.provinceName) ?? [], site]);
  const mean = (all, part) => all.reduce((sum, site) => sum + site[part], 0) / all.length;
  for (const [name, all] of provinces) {
    globalThis.L.tooltip({ permanent: true, direction: "center", className: "province", interactive: false })
      .setLatLng([mean(all, "latitude"), mean(all, "longitude")]).setContent(document.createTextNode(name)).addTo(map);
  }
}

/** Changes only the markers whose site has changed: 1,500 of them are drawn on one canvas. */
function drawMarkers(sites, known) {
  const { L } = globalThis;
  if (!labelled && sites.length) label(sites);
  for (const site of sites) {
    const kind = condition(site);
    const before = markers.get(site.id);
    if (before?.kind === kind) continue;
    const marker = before?.marker ?? L.circleMarker([site.latitude, site.longitude]).addTo(map)
      .on("click", () => choose(known, site.id)).bindTooltip(site.name);
    const style = styleOf(kind);
    marker.setStyle(style).setRadius(style.radius);
    if (severity.indexOf(kind) > 1) marker.bringToFront();
    markers.set(site.id, { marker, kind });
  }
}

function choose(known, id) {
  known.chosen = id;
  changed();
}

// The list says the same in words, for whoever cannot use a map.

function listPart(sites, known, loaded) {
  const wanted = plain(known.search);
  const shown = sites.filter((site) => (wanted
    ? plain(`${site.name} ${site.ward} ${site.provinceName}`).includes(wanted) : severity.indexOf(condition(site)) > 1))
    .sort((a, b) => severity.indexOf(condition(b)) - severity.indexOf(condition(a)) || b.work.queue - a.work.queue).slice(0, 60);
  return h("div", { key: "list", class: "block" },
    h("label", { for: "map-search" }, t("map.search")),
    h("input", { id: "map-search", type: "search", value: known.search, on: { input: (event) => { known.search = event.target.value; changed(); } } }),
    legend(sites),
    h("h2", {}, t(wanted ? "map.found" : "map.busy")),
    !loaded ? waiting(4) : shown.length === 0 ? h("p", { class: "empty" }, t(wanted ? "map.noneFound" : "map.calm"))
      : h("ul", { class: "choices" }, shown.map((site) => h("li", { key: site.id },
        h("button", { type: "button", class: "choice", on: { click: () => { choose(known, site.id); map?.setView([site.latitude, site.longitude], Math.max(map.getZoom(), 9), { animate: false }); } } },
          h("span", { class: "choice-main" }, h("strong", {}, site.name), h("span", { class: "hint" }, `${site.ward}, ${site.provinceName}`)),
          h("span", { class: `site-work ${condition(site)}` }, workWords(site)))))));
}

function workWords({ work }) {
  return [work.unmatched ? t("map.unmatchedN", { n: number(work.unmatched) }) : null,
    work.queue - work.unmatched > 0 ? t("map.queueN", { n: number(work.queue - work.unmatched) }) : null,
    work.high ? t("map.highN", { n: number(work.high) }) : null].filter(Boolean).join(" · ");
}

function legend(sites) {
  const marks = { unmatched: "high", high: "medium", queue: "lowMedium", live: "low", silent: "unknown" };
  return h("ul", { class: "legend column" }, [...severity].reverse().map((kind) => h("li", { key: kind, class: `map-${kind}` },
    shape(marks[kind]), h("span", {}, t(`map.${kind}`)),
    h("b", {}, number(sites.filter((site) => condition(site) === kind).length)))));
}

function sitePart(site, known) {
  if (!site) return waiting(3);
  const alarms = [...state.alarms.values()].filter((alarm) => alarm.site === site.id);
  const requests = [...state.requests.values()].filter((request) => request.site === site.id && running.has(request.state));
  const seen = site.presence.lastSeenAt;
  return h("div", { key: site.id, class: "block" },
    button(t("map.back"), () => choose(known, null), { kind: "small", glyph: "back" }),
    h("h2", {}, site.name), h("p", { class: "hint" }, `${site.ward}, ${site.provinceName} · ${term("tier", site.tier)}`),
    h("dl", { class: "review" },
      h("dt", {}, t("map.stations")), h("dd", {}, number(site.stations)),
      h("dt", {}, t("map.staff")), h("dd", {}, number(site.presence.staffOnline)),
      h("dt", {}, t("map.devices")), h("dd", {}, number(site.presence.devicesOnline)),
      h("dt", {}, t("map.heard")), h("dd", {}, seen ? t("ago", { age: lasting(age(seen)) }) : "–")),
    desk.isAdministrator() ? button(t("opening.edit"), () => go({ name: "opening", site: site.id }), { kind: "small" }) : null,
    requests.length ? [h("h3", { key: "rh" }, t("requests.running")), h("ul", { key: "rl", class: "requests" }, requests.map(requestItem))] : null,
    alarms.length ? [h("h3", { key: "ah" }, t("alarms.title")), alarmList(alarms)] : null,
    !requests.length && !alarms.length ? h("p", { class: "empty" }, t("map.calmSite")) : null);
}
