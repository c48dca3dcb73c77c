// A doctor's or interpreter's hours: weekly windows, weekly duty, leave and extra time; saved after a look at what
// it would strand.

import { h } from "../app/dom.js";
import { t, span, term, weekdayName } from "../app/words.js";
import * as api from "../app/api.js";
import { clock, dayLength, dayNumber, dayStart, fieldOf, instantOf, minuteOf, monday } from "../app/localtime.js";
import { go } from "../app/routes.js";
import { state, changed, now, toast } from "../app/state.js";
import { toCalendar } from "./calendar.js";
import { button, explainProblem, heading, waiting } from "./parts.js";

/** Weekly windows as the fields write them, and back; throws the words of a line that is incomplete. */
export const weekForm = (windows) => windows.map(({ weekday, fromMinute, untilMinute }) => ({
  weekday, from: clock(fromMinute), until: clock(untilMinute % 1440),
}));
export const weekRecord = (windows) => windows.map(({ weekday, from, until }) => {
  const [a, b] = [minuteOf(from), minuteOf(until)];
  if (a === null || b === null) throw new Error(t("hours.incomplete"));
  // What ends at or before its beginning ends on the next day.
  return { weekday, fromMinute: a, untilMinute: b > a ? b : b + 1440 };
});

/** Windows by date that are not over, and back. */
export const datedForm = (windows) => windows.filter((window) => Date.parse(window.until) > now())
  .map(({ from, until }) => ({ from: fieldOf(from), until: fieldOf(until) }));
export const datedRecord = (windows) => windows.map((window) => {
  const [from, until] = [instantOf(window.from), instantOf(window.until)];
  if (!from || !until || from >= until) throw new Error(t("hours.order"));
  return { from, until };
});

/** The form of the record: times as the fields write them. */
function formOf({ weekly, weeklyOnCall = [], absences, additions, worksHolidays }) {
  return {
    weekly: weekForm(weekly), weeklyOnCall: weekForm(weeklyOnCall), absences: datedForm(absences),
    additions: datedForm(additions), worksHolidays: Boolean(worksHolidays), checked: null, problem: null,
  };
}

/** The record of the form; throws the words of the first line that is incomplete. */
function recordOf(form) {
  const { availability } = owner();
  return {
    ...availability, weekly: weekRecord(form.weekly), weeklyOnCall: weekRecord(form.weeklyOnCall),
    absences: datedRecord(form.absences), additions: datedRecord(form.additions), worksHolidays: form.worksHolidays,
  };
}

/** Whose hours these are. */
const owner = () => state.doctor ?? state.interpreter;

export function hoursPage() {
  if (!owner()) return h("main", { key: "hours", class: "page narrow" }, waiting(4));
  const form = state.form.hours ??= formOf(owner().availability);
  const edit = (action) => () => { action(); form.checked = null; form.problem = null; changed(); };
  return h("main", { key: "hours", class: "page narrow" },
    h("div", { class: "section-head" }, heading(t("hours.title")), state.doctor ? toCalendar() : null),
    weekPart(form, "weekly", edit), weekPart(form, "weeklyOnCall", edit),
    datedPart(form, "absences", edit), datedPart(form, "additions", edit),
    h("label", { class: "option" }, h("input", {
      type: "checkbox", checked: form.worksHolidays,
      on: { change: edit(() => { form.worksHolidays = !form.worksHolidays; }) },
    }), h("span", {}, t("hours.holidays"))),
    h("p", { class: "hint" }, t("hours.kept")),
    form.problem ? h("p", { class: "problem", role: "alert" }, form.problem) : null,
    form.checked ? strandedPart(form.checked) : null,
    h("div", { class: "step-foot" },
      button(t("hours.reset"), edit(() => { delete state.form.hours; }), {}),
      form.checked || !state.doctor
        ? button(t(form.checked?.length ? "hours.saveAnyway" : "hours.save"), () => send(form, false),
          { kind: form.checked?.length ? "danger" : "primary", name: "hours" })
        : button(t("hours.check"), () => send(form, true), { kind: "primary", name: "hours" })));
}

/** The lines of a week; `title` is another heading than the doctor's. */
export function weekPart(form, name, edit, title = t(`hours.${name}`)) {
  const windows = form[name];
  return h("fieldset", { key: name, class: "block" }, h("legend", {}, title),
    windows.map((window, at) => h("div", { key: at, class: "hours-row" },
      h("select", {
        "aria-label": t("hours.weekday"), value: String(window.weekday),
        on: { change: (event) => edit(() => { window.weekday = Number(event.target.value); })() },
      }, [1, 2, 3, 4, 5, 6, 7].map((one) => h("option", {
        key: one, value: String(one), selected: window.weekday === one,
      }, nameOf(one)))),
      timeField(t("hours.from"), window, "from", edit), timeField(t("hours.until"), window, "until", edit),
      removeButton(windows, at, edit))),
    windows.length ? null : h("p", { class: "hint" }, t("hours.none")),
    button(t("hours.add"), edit(() => windows.push(nextWeekly(windows))), { kind: "small", glyph: "plus" }));
}

/** The day after the last one, with its times: a week is entered in five touches. */
function nextWeekly(windows) {
  const last = windows.at(-1);
  return last ? { ...last, weekday: last.weekday % 7 + 1 } : { weekday: 1, from: "08:00", until: "11:30" };
}

const nameOf = (one) => weekdayName(dayStart(monday(dayNumber(now())) + one - 1) + dayLength / 2);

function timeField(label, window, part, edit) {
  return h("input", {
    type: "time", "aria-label": label, value: window[part],
    on: { change: (event) => edit(() => { window[part] = event.target.value; })() },
  });
}

/** The lines by date; `title` as for a week. */
export function datedPart(form, name, edit, title = t(`hours.${name}`)) {
  const windows = form[name];
  const field = (window, part, label) => h("input", {
    type: "datetime-local", "aria-label": t(label), value: window[part],
    on: { change: (event) => edit(() => { window[part] = event.target.value; })() },
  });
  return h("fieldset", { key: name, class: "block" }, h("legend", {}, title),
    windows.map((window, at) => h("div", { key: at, class: "hours-row dated" },
      field(window, "from", "hours.from"), field(window, "until", "hours.until"),
      removeButton(windows, at, edit))),
    windows.length ? null : h("p", { class: "hint" }, t("hours.none")),
    button(t("hours.add"), edit(() => {
      const morning = new Date(dayStart(dayNumber(now()) + 1) + 8 * 3600e3);
      windows.push({ from: fieldOf(morning.toISOString()), until: fieldOf(new Date(+morning + 4 * 3600e3).toISOString()) });
    }), { kind: "small", glyph: "plus" }));
}

const removeButton = (windows, at, edit) => button("", edit(() => windows.splice(at, 1)), {
  kind: "icon-button", glyph: "close", title: t("hours.remove"),
});

/** The bookings that stand outside the new hours: people were told, so they do not move by themselves. */
export function strandedPart(stranded) {
  if (stranded.length === 0) return h("p", { class: "note good", role: "status" }, t("hours.nothingStranded"));
  return h("div", { class: "note", role: "alert" },
    h("strong", {}, t("hours.stranded", { n: stranded.length })),
    h("ul", {}, stranded.map((one) => h("li", { key: one.booking },
      `${span(one.start, one.end, now())} · ${state.bookings.get(one.booking)?.siteName ?? one.site} · ${term("bookingState", one.state)}`))));
}

async function send(form, isPreview) {
  form.problem = null;
  try {
    const body = recordOf(form);
    const path = state.doctor ? `/doctors/${state.person.doctor}` : `/interpreters/${state.person.interpreter}`;
    const answer = await api.put(`${path}/availability${isPreview ? "?preview=true" : ""}`, body);
    if (isPreview) form.checked = answer.stranded;
    else {
      const changedOwner = { ...owner(), availability: answer.availability };
      if (state.doctor) state.doctor = changedOwner;
      else state.interpreter = changedOwner;
      delete state.form.hours;
      toast(t("hours.saved"), "good");
      go({ name: state.doctor ? "calendar" : "desk" });
    }
  } catch (problem) {
    form.problem = problem.code ? explainProblem(problem) : problem.message;
  }
  changed();
}
