// The programme's report: a range, a grouping, totals, a table to print or to take away as CSV.

import { h } from "../app/dom.js";
import { t, date, lasting, monthName, number, preciseTime } from "../app/words.js";
import * as api from "../app/api.js";
import { dayNumber, dayOf, dayStart, isoDate, monthOf } from "../app/localtime.js";
import { state, changed, now } from "../app/state.js";
import { button, explainProblem, heading, specialtyName, waiting } from "./parts.js";

const groupings = ["province", "site", "specialty"];

function report() {
  if (!state.form.report) {
    const today = dayNumber(now());
    state.form.report = { from: isoDate(today - 29), until: isoDate(today), by: "province", answer: null, other: null, readAt: 0, problem: null };
    load(state.form.report);
  }
  return state.form.report;
}

/** The last day is included: it ends where the next begins. */
function path(view, by = view.by) {
  const [from, until] = [dayOf(view.from), dayOf(view.until)];
  if (from === null || until === null || from > until) return null;
  return api.query("/statistics", {
    by, from: new Date(dayStart(from)).toISOString(), to: new Date(dayStart(until + 1)).toISOString(),
  });
}

async function load(view) {
  view.problem = null;
  const address = path(view);
  if (!address) view.problem = t("report.order");
  else {
    try {
      const get = (where) => api.get(where, { timeout: 60000 });
      [view.answer, view.other] = await Promise.all([get(address), get(path(view, view.by === "specialty" ? "province" : "specialty"))]);
      view.readAt = now();
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
      view.readAt ? h("span", { class: "hint" }, t("ago", { age: lasting((now() - view.readAt) / 1000) })) : null,
      button(t("report.print"), () => window.print(), {}),
      button(t("report.csv"), () => save(view), { kind: "primary", name: "report-csv" })),
    h("p", { class: "print-only" }, printedLine(view)),
    h("form", { class: "slot-fields", on: { submit: (event) => event.preventDefault() } },
      monthPager(view),
      dateField("from", view, edit), dateField("until", view, edit),
      h("div", { class: "segments", role: "group", "aria-label": t("report.by") }, groupings.map((one) => h("button", {
        key: one, type: "button", "aria-pressed": String(view.by === one),
        on: { click: () => { view.by = one; load(view); changed(); } },
      }, t(`report.${one}`))))),
    view.problem ? h("p", { class: "problem", role: "alert" }, view.problem) : null,
    view.answer ? [totals(view.answer.total), part(view.answer), part(view.other)] : view.problem ? null : waiting(5));
}

/** A month at a touch: the report that is printed each month. */
function monthPager(view) {
  const day = dayOf(view.until) ?? dayNumber(now());
  const [first, last] = monthOf(day);
  const isWhole = dayOf(view.from) === first && day === last;
  const turn = (by) => () => {
    const [begin, end] = monthOf(day, by);
    Object.assign(view, { from: isoDate(begin), until: isoDate(end) });
    load(view);
    changed();
  };
  return h("div", { key: "month", class: "month-pager" },
    h("span", { class: "month-label" }, t("report.month")),
    h("div", { class: "pager" },
      button("", turn(-1), { kind: "icon-button", glyph: "back", title: t("report.monthBefore") }),
      button(monthName(dayStart(day)), turn(0), { kind: isWhole ? "primary" : "" }),
      button("", turn(1), { kind: "icon-button", glyph: "right", title: t("report.monthAfter") })));
}

/** What stands on paper above the figures: of which days, and when it was printed. */
function printedLine(view) {
  const [from, until] = [dayOf(view.from), dayOf(view.until)];
  if (from === null || until === null) return "";
  return t("report.printed", { from: date(dayStart(from)), until: date(dayStart(until)), time: `${date(now())} ${preciseTime(now())}` });
}

const dateField = (field, view, edit) => h("div", { key: field },
  h("label", { for: `report-${field}` }, t(`report.${field}`)),
  h("input", { id: `report-${field}`, type: "date", value: view[field], on: { change: edit(field) } }));

function totals(total) {
  const figure = (key, value) => h("div", { key, class: "figure" }, h("dt", {}, t(`report.${key}`)), h("dd", {}, value));
  return h("dl", { class: "figures" },
    figure("requests", number(total.requests)), figure("fulfilled", number(total.fulfilled)),
    figure("waiting", number(total.waiting)), figure("noShows", number(total.noShows)),
    figure("wait", wait(total.waitSecondsP50)), figure("emergencyWait", wait(total.emergencyWaitSecondsP50)),
    figure("alarmToRoom", wait(total.alarmToRoomSecondsP50)));
}

const wait = (seconds) => (seconds === null || seconds === undefined ? "–" : lasting(seconds));
const nameOf = (answer, line) => (answer.by === "specialty" ? specialtyName(line.key) : line.name);

/** One grouping: its chart and its table. */
const part = (answer) => h("section", { key: answer.by, class: "report-part", "aria-label": t(`report.${answer.by}`) },
  h("h2", {}, t(`report.${answer.by}`)), chart(answer), table(answer));

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

const waits = [["waitSecondsP50", "waitP50"], ["waitSecondsP95", "waitP95"], ["alarmToRoomSecondsP50", "alarmP50"], ["alarmToRoomSecondsP95", "alarmP95"]];

function table(answer) {
  const row = (line, name, key) => h("tr", { key, class: key === "total" ? "total" : "" },
    h("th", { scope: "row" }, name), columns.map((column) => h("td", { key: column, class: "right" }, number(line[column]))),
    waits.map(([column]) => h("td", { key: column, class: "right" }, wait(line[column]))));
  return h("div", { class: "scroller" }, h("table", { class: "report" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t(`report.${answer.by}`)),
      columns.map((column) => h("th", { key: column, scope: "col", class: "right" }, t(`report.${column}`))),
      waits.map(([column, key]) => h("th", { key: column, scope: "col", class: "right" }, t(`report.${key}`))))),
    h("tbody", {}, answer.items.map((line) => row(line, nameOf(answer, line), line.key)), row(answer.total, t("report.total"), "total"))));
}

/** The server's own table, as a file. */
async function save(view) {
  const address = path(view);
  if (address) await api.save(address, "text/csv", `telehealth-${view.by}-${view.from}-${view.until}.csv`);
}
