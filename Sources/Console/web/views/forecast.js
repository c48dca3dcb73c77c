// The national desk's forecast: the wait now by specialty and urgency, and the hours that come.

import { h } from "../app/dom.js";
import { t, term, lasting, number, time } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed, now, age } from "../app/state.js";
import { liveSites } from "./map.js";
import { heading, shape, specialtyName, waiting } from "./parts.js";

const urgencies = ["emergency", "urgent", "soon", "routine"];
const freshFor = 60;
const busiest = 15;

export function forecastPage() {
  const view = state.form.forecast ??= { answer: null, loading: false, failed: false, readAt: 0, province: "" };
  if (!view.loading && now() - view.readAt > freshFor * 1000) load(view);
  const { answer } = view;
  const sites = liveSites();
  return h("main", { key: "forecast", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("forecast.title")),
      answer ? h("span", { class: "hint" }, t("ago", { age: lasting(age(answer.at)) })) : null),
    h("p", { class: "hint" }, t("forecast.hint")),
    view.failed ? h("p", { class: "problem", role: "alert" }, t("forecast.failed")) : null,
    provinceField(view, sites),
    answer ? table(answer.items) : view.failed ? null : waiting(6),
    sites ? loadPart(provincesOf(sites)) : waiting(3));
}

/** The provinces with what waits in each, those in need first. */
function provincesOf(sites) {
  const all = new Map();
  for (const site of sites) {
    const one = all.get(site.province) ?? all.set(site.province, {
      id: site.province, name: site.provinceName, sites: 0, devices: 0, waiting: 0, unmatched: 0, highAlarms: 0,
    }).get(site.province);
    one.sites += 1;
    one.devices += site.presence.devicesOnline;
    one.waiting += site.work.queue;
    one.unmatched += site.work.unmatched;
    one.highAlarms += site.work.high;
  }
  return [...all.values()];
}

function provinceField(view, sites) {
  const named = sites ? provincesOf(sites).sort((a, b) => a.name.localeCompare(b.name, "vi")) : [];
  return h("div", { key: "province", class: "slot-fields" }, h("div", {},
    h("label", { for: "forecast-province" }, t("forecast.province")),
    h("select", {
      id: "forecast-province", value: view.province,
      on: { change: (event) => { Object.assign(view, { province: event.target.value, answer: null }); load(view); changed(); } },
    }, h("option", { key: "", value: "", selected: !view.province }, t("forecast.country")),
    named.map((one) => h("option", { key: one.id, value: one.id, selected: view.province === one.id }, one.name)))));
}

const figures = ["waiting", "unmatched", "highAlarms", "sites", "devices"];

/** Load by province: the busiest first. */
function loadPart(provinces) {
  const shown = provinces.sort((a, b) => b.unmatched - a.unmatched || b.waiting - a.waiting || b.highAlarms - a.highAlarms
    || a.name.localeCompare(b.name, "vi")).slice(0, busiest);
  return h("section", { key: "load", class: "block", "aria-label": t("forecast.load") },
    h("h2", {}, t("forecast.load")), h("p", { class: "hint" }, t("forecast.loadHint")),
    h("div", { class: "scroller" }, h("table", { class: "report load" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("forecast.province")),
        figures.map((one) => h("th", { key: one, scope: "col", class: "right" }, t(`forecast.${one}`))))),
      h("tbody", {}, shown.map((one) => h("tr", { key: one.id }, h("th", { scope: "row" }, one.name),
        figures.map((figure) => h("td", { key: figure, class: "right" },
          figure === "unmatched" && one.unmatched > 0 ? shape("high") : null, number(one[figure])))))))));
}

async function load(view) {
  view.loading = true;
  view.readAt = now();
  try {
    view.answer = await api.get(api.query("/forecast", { hours: 8, province: view.province }));
    view.failed = false;
  } catch {
    view.failed = true;
  }
  view.loading = false;
  changed();
}

/** Those who are short first, then by how long an urgent request waits. */
function byNeed(a, b) {
  const short = (item) => item.hours.filter((hour) => hour.isShort).length;
  return short(b) - short(a) || specialtyName(a.specialty).localeCompare(specialtyName(b.specialty));
}

function table(items) {
  if (items.length === 0) return h("p", { class: "empty" }, t("forecast.none"));
  return h("div", { class: "scroller" }, h("table", { class: "forecast" },
    h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, t("ask.specialty")), h("th", { scope: "col", class: "right" }, t("forecast.free")),
      urgencies.map((urgency) => h("th", { key: urgency, scope: "col", class: "right" }, term("urgency", urgency))),
      h("th", { scope: "col" }, t("forecast.hours")))),
    h("tbody", {}, [...items].sort(byNeed).map(row))));
}

function row(item) {
  return h("tr", { key: item.specialty },
    h("th", { scope: "row" }, specialtyName(item.specialty)),
    h("td", { class: "right" }, t("forecast.of", { free: number(item.freeDoctors), all: number(item.doctors) })),
    urgencies.map((urgency) => h("td", { key: urgency, class: "right" }, wait(item.waits.find((one) => one.urgency === urgency)))),
    h("td", {}, h("ol", { class: "hour-cells" }, item.hours.map(cell))));
}

function wait(forecast) {
  if (!forecast) return "–";
  if (forecast.waitSeconds === null || forecast.waitSeconds === undefined) {
    return h("span", { class: "short" }, shape("high"), t("forecast.nobody"));
  }
  return h("span", {}, forecast.waitSeconds < 30 ? t("forecast.atOnce") : lasting(forecast.waitSeconds),
    forecast.ahead ? h("span", { class: "hint" }, ` · ${t("forecast.ahead", { n: number(forecast.ahead) })}`) : null);
}

/** An hour as a bar of how much of the doctors' time is asked for; a shortage has its own outline and words. */
function cell(hour) {
  const supply = hour.supplyMinutes + hour.onCallMinutes;
  const part = supply > 0 ? Math.min(1, hour.demandMinutes / supply) : hour.demandMinutes > 0 ? 1 : 0;
  const words = t(hour.isShort ? "forecast.cellShort" : "forecast.cell", {
    time: time(hour.from), demand: number(hour.demandMinutes), supply: number(supply),
  });
  return h("li", { key: hour.from, class: hour.isShort ? "short" : "", title: words },
    h("svg", { viewBox: "0 0 20 24", "aria-hidden": "true" },
      h("rect", { class: "cell-room", x: 1, y: 1, width: 18, height: 22, rx: 3 }),
      h("rect", { class: "cell-load", x: 1, y: 1 + 22 * (1 - part), width: 18, height: 22 * part, rx: 2 }),
      hour.isShort ? h("path", { class: "cell-mark", d: "M10 6v7M10 17v.5" }) : null),
    h("span", { "aria-hidden": "true" }, time(hour.from).slice(0, 2)), h("span", { class: "unseen" }, words));
}
