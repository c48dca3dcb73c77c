// The national desk's forecast: the wait now by specialty and urgency, and the hours that come.

import { h } from "../app/dom.js";
import { t, term, lasting, number, time } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed, now, age } from "../app/state.js";
import { heading, shape, specialtyName, waiting } from "./parts.js";

const urgencies = ["emergency", "urgent", "soon", "routine"];
const freshFor = 60;

export function forecastPage() {
  const view = state.form.forecast ??= { answer: null, loading: false, failed: false, readAt: 0 };
  if (!view.loading && now() - view.readAt > freshFor * 1000) load(view);
  const { answer } = view;
  return h("main", { key: "forecast", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("forecast.title")),
      answer ? h("span", { class: "hint" }, t("ago", { age: lasting(age(answer.at)) })) : null),
    h("p", { class: "hint" }, t("forecast.hint")),
    view.failed ? h("p", { class: "problem", role: "alert" }, t("forecast.failed")) : null,
    answer ? table(answer.items) : view.failed ? null : waiting(6));
}

async function load(view) {
  view.loading = true;
  view.readAt = now();
  try {
    view.answer = await api.get("/forecast?hours=8");
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
