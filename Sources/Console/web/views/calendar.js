// The doctor's calendar: a week or a day with hours, time on call, absences and consults.

import { h } from "../app/dom.js";
import { t, term, day as dayName, time, span, number } from "../app/words.js";
import * as api from "../app/api.js";
import * as desk from "../app/desk.js";
import { bands, bookingsOn, shownHours } from "../app/hours.js";
import { clock, dayLength, dayNumber, dayStart, isoDate, monday } from "../app/localtime.js";
import { go } from "../app/routes.js";
import { state, now, changed } from "../app/state.js";
import { bookingCard } from "./bookings.js";
import { feedPart } from "./feed.js";
import { button, heading, icon, specialtyName, waiting } from "./parts.js";

/** What the calendar shows and has read; forgotten with the person. */
function calendar() {
  state.form.calendar ??= {
    day: dayNumber(now()), week: !matchMedia("(max-width: 760px)").matches, chosen: null,
    loaded: new Set(), holidays: new Map(),
  };
  return state.form.calendar;
}

export function calendarPage() {
  const view = calendar();
  const first = view.week ? monday(view.day) : view.day;
  const days = Array.from({ length: view.week ? 7 : 1 }, (_, at) => first + at);
  load(view, monday(view.day));
  const shown = [...state.bookings.values()].filter((booking) => desk.isLive(booking) || booking.state === "fulfilled");
  const chosen = view.chosen ? state.bookings.get(view.chosen) : null;
  return h("main", { key: "calendar", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("calendar.title")),
      h("div", { class: "pager" },
        turn("back", -days.length, view), h("strong", { "aria-live": "polite" }, title(days)),
        turn("right", days.length, view),
        button(t("calendar.today"), () => move(view, dayNumber(now())), { kind: "small" })),
      h("div", { class: "segments", role: "group", "aria-label": t("calendar.span") },
        [["day", false], ["week", true]].map(([name, week]) => h("button", {
          key: name, type: "button", "aria-pressed": String(view.week === week),
          on: { click: () => { view.week = week; changed(); } },
        }, t(`calendar.${name}`)))),
      button(t("hours.edit"), () => go({ name: "hours" }), { kind: "" }),
      button(t("slots.book"), () => go({ name: "slots" }), { kind: "primary", glyph: "plus" })),
    state.doctor ? grid(view, days, shown) : waiting(4),
    legend(),
    chosen ? h("section", { key: "chosen", class: "block", "aria-label": t("calendar.chosen") },
      bookingCard(chosen, { prominent: true })) : null,
    feedPart());
}

const turn = (glyph, by, view) => button("", () => move(view, view.day + by), {
  kind: "icon-button", glyph, title: t(by < 0 ? "calendar.before" : "calendar.after"),
});

function move(view, day) {
  view.day = day;
  view.chosen = null;
  changed();
}

const noon = (day) => dayStart(day) + dayLength / 2;
const title = (days) => (days.length === 1 ? dayName(noon(days[0]))
  : `${dayName(noon(days[0]))} – ${dayName(noon(days.at(-1)))}`);

/** Reads a week's bookings and the year's holidays once. */
async function load(view, from) {
  if (view.loaded.has(from) || !state.doctor) return;
  view.loaded.add(from);
  try {
    const [bookings, holidays] = await Promise.all([
      api.list("/bookings", {
        doctor: state.person.doctor, from: new Date(dayStart(from)).toISOString(),
        to: new Date(dayStart(from + 7)).toISOString(),
      }, 500),
      api.list("/holidays", { year: isoDate(from + 6).slice(0, 4) }),
    ]);
    bookings.forEach(desk.takeBooking);
    for (const { date, name } of holidays) view.holidays.set(date, name);
  } catch {
    view.loaded.delete(from);
  }
  changed();
}

function grid(view, days, bookings) {
  const { availability } = state.doctor;
  const [first, last] = shownHours(days, availability, view.holidays, bookings);
  const hours = Array.from({ length: last - first }, (_, at) => first + at);
  return h("div", { class: "calendar", role: "group", "aria-label": t("calendar.title") },
    h("div", { class: "calendar-hours", "aria-hidden": "true" },
      h("div", { class: "calendar-head" }),
      h("div", { class: "calendar-body", ...tall(hours.length) },
        hours.map((hour, at) => h("span", { key: hour, ...place(at / hours.length) }, clock(hour * 60))))),
    days.map((day) => column(view, day, first, last, availability, bookings)));
}

function column(view, day, first, last, availability, bookings) {
  const holiday = view.holidays.get(isoDate(day));
  const marks = bands(availability, day, view.holidays);
  const length = (last - first) * 60;
  const band = (kind) => marks[kind].map(([a, b], at) => cut(a, b, first * 60, last * 60)
    && h("div", { key: `${kind}-${at}`, class: `band band-${kind}`, ...within(a, b, first * 60, length) }));
  const at = dayNumber(now()) === day ? (now() - dayStart(day)) / 60000 : null;
  return h("section", { key: day, class: `calendar-day${at !== null ? " today" : ""}`, "aria-label": spokenDay(day, holiday, marks) },
    h("div", { class: "calendar-head" }, h("strong", {}, dayName(noon(day))),
      holiday ? h("span", { class: "hint holiday" }, holiday) : null),
    h("div", { class: "calendar-body", ...tall(last - first) },
      band("open"), band("busy"), band("absent"), band("onCall"),
      at !== null && at >= first * 60 && at < last * 60
        ? h("div", { key: "now", class: "now-line", ...place((at - first * 60) / length) }) : null,
      bookingsOn(day, bookings).map(({ booking, minutes: [a, b] }) => h("button", {
        key: booking.id, type: "button", class: `calendar-booking state-${booking.state} urgency-${booking.urgency ?? "routine"}`,
        "aria-pressed": String(view.chosen === booking.id),
        "aria-label": [span(booking.start, booking.end), booking.siteName, specialtyName(booking.specialty),
          term("bookingState", booking.state)].filter(Boolean).join(", "),
        on: { click: () => { view.chosen = view.chosen === booking.id ? null : booking.id; changed(); } },
        ...within(a, b, first * 60, length),
      }, h("b", {}, time(booking.start)), " ", h("span", {}, booking.siteName)))));
}

function spokenDay(day, holiday, marks) {
  const open = marks.open.map(([a, b]) => `${clock(a)}–${clock(b)}`).join(", ");
  return [dayName(noon(day)), holiday, open ? t("calendar.openAt", { hours: open }) : t("calendar.closed")]
    .filter(Boolean).join(": ");
}

const cut = (a, b, first, last) => b > first && a < last;

/** Places are set through the style object: the content policy forbids style attributes. */
function styled(values) {
  const set = (el) => { for (const [name, value] of Object.entries(values)) el.style.setProperty(name, value); };
  return { mount: set, update: set };
}
const percent = (part) => `${(part * 100).toFixed(3)}%`;
const place = (part) => styled({ top: percent(part) });
const tall = (hours) => styled({ "--hours": number(hours) });
function within(a, b, from, length) {
  const top = Math.max(0, (a - from) / length);
  return styled({ top: percent(top), height: percent(Math.min(1, (b - from) / length) - top) });
}

function legend() {
  return h("ul", { class: "legend" }, ["open", "onCall", "absent", "busy"].map((kind) => h("li", { key: kind },
    h("span", { class: `band band-${kind}`, "aria-hidden": "true" }), t(`calendar.${kind}`))));
}

/** The way to the doctor's other pages. */
export const toCalendar = () => h("button", {
  type: "button", class: "linkish", on: { click: () => go({ name: "calendar" }) },
}, icon("back"), h("span", {}, t("calendar.title")));
