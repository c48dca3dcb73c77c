// The programme's report: a range, a grouping, totals, a table to print or to take away as CSV.

import { h } from "../app/dom.js";
import { t, lasting, number } from "../app/words.js";
import * as api from "../app/api.js";
import { dayNumber, dayOf, dayStart, isoDate } from "../app/localtime.js";
import { state, changed, now } from "../app/state.js";
import { button, explainProblem, heading, specialtyName, waiting } from "./parts.js";

const groupings = ["province", "site", "specialty"];

function report() {
  if (!state.form.report) {
    const today = dayNumber(now());
    state.form.report = { from: isoDate(today - 29), until: isoDate(today), by: "province", answer: null, problem: null };
    load(state.form.report);
  }
  return state.form.report;
}

/** The last day is included: it ends where the next begins. */
function path(view) {
  const [from, until] = [dayOf(view.from), dayOf(view.until)];
  if (from === null || until === null || from > until) return null;
  return api.query("/statistics", {
    by: view.by, from: new Date(dayStart(from)).toISOString(), to: new Date(dayStart(until + 1)).toISOString(),
  });
}

async function load(view) {
  view.problem = null;
  const address = path(view);
  if (!address) view.problem = t("report.order");
  else {
    try {
      view.answer = await api.get(address, { timeout: 60000 });
    } catch (problem) {
      view.problem = explainProblem(problem);
    }
  }
  changed();
}

export function reportPage() {
  const view = report();
  const edit = (field) => (event) => { view[field] = event.target.value; load(view); };
  return h("main", { key: "report", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("report.title")),
      button(t("report.print"), () => window.print(), {}),
      button(t("report.csv"), () => save(view), { kind: "primary", name: "report-csv" })),
    h("form", { class: "slot-fields", on: { submit: (event) => event.preventDefault() } },
      dateField("from", view, edit), dateField("until", view, edit),
      h("div", { class: "segments", role: "group", "aria-label": t("report.by") }, groupings.map((one) => h("button", {
        key: one, type: "button", "aria-pressed": String(view.by === one),
        on: { click: () => { view.by = one; load(view); changed(); } },
      }, t(`report.${one}`))))),
    view.problem ? h("p", { class: "problem", role: "alert" }, view.problem) : null,
    view.answer ? [totals(view.answer.total), chart(view.answer), table(view.answer)] : view.problem ? null : waiting(5));
}

const dateField = (field, view, edit) => h("div", { key: field },
  h("label", { for: `report-${field}` }, t(`report.${field}`)),
  h("input", { id: `report-${field}`, type: "date", value: view[field], on: { change: edit(field) } }));

function totals(total) {
  const figure = (key, value) => h("div", { key, class: "figure" }, h("dt", {}, t(`report.${key}`)), h("dd", {}, value));
  return h("dl", { class: "figures" },
    figure("requests", number(total.requests)), figure("fulfilled", number(total.fulfilled)),
    figure("waiting", number(total.waiting)), figure("noShows", number(total.noShows)),
    figure("wait", wait(total.waitSecondsP50)), figure("emergencyWait", wait(total.emergencyWaitSecondsP50)));
}

const wait = (seconds) => (seconds === null || seconds === undefined ? "–" : lasting(seconds));
const nameOf = (answer, line) => (answer.by === "specialty" ? specialtyName(line.key) : line.name);

/** The ten that ask most, as bars: done, and not done. */
function chart(answer) {
  const most = [...answer.items].sort((a, b) => b.requests - a.requests).slice(0, 10);
  if (most.length === 0) return h("p", { class: "empty" }, t("report.none"));
  const all = Math.max(...most.map((line) => line.requests));
  return h("figure", { class: "bars" }, h("figcaption", {}, t("report.chart")),
    most.map((line) => h("div", { key: line.key, class: "bar-row" },
      h("span", { class: "bar-name" }, nameOf(answer, line)),
      h("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        h("rect", { class: "bar-asked", x: 0, y: 0, width: 100 * line.requests / all, height: 10 }),
        h("rect", { class: "bar-done", x: 0, y: 0, width: 100 * line.fulfilled / all, height: 10 })),
      h("span", { class: "bar-value" }, t("report.of", { done: number(line.fulfilled), asked: number(line.requests) })))));
}

const columns = ["requests", "emergency", "urgent", "soon", "routine", "fulfilled", "cancelled", "waiting", "declined", "noShows", "transfer"];

function table(answer) {
  const row = (line, name, key) => h("tr", { key, class: key === "total" ? "total" : "" },
    h("th", { scope: "row" }, name), columns.map((column) => h("td", { key: column, class: "right" }, number(line[column]))),
    h("td", { class: "right" }, wait(line.waitSecondsP50)), h("td", { class: "right" }, wait(line.waitSecondsP95)));
  return h("div", { class: "scroller" }, h("table", { class: "report" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t(`report.${answer.by}`)),
      columns.map((column) => h("th", { key: column, scope: "col", class: "right" }, t(`report.${column}`))),
      h("th", { scope: "col", class: "right" }, t("report.waitP50")), h("th", { scope: "col", class: "right" }, t("report.waitP95")))),
    h("tbody", {}, answer.items.map((line) => row(line, nameOf(answer, line), line.key)), row(answer.total, t("report.total"), "total"))));
}

/** The server's own table, as a file. */
async function save(view) {
  const address = path(view);
  if (!address) return;
  const link = document.createElement("a");
  const url = URL.createObjectURL(await api.file(address, "text/csv"));
  link.href = url;
  link.download = `telehealth-${view.by}-${view.from}-${view.until}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
