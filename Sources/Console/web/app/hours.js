// What a doctor's hours come to on single days.

import { dayLength, dayNumber, dayStart, isoDate, weekday } from "./localtime.js";

/** The part of [from, until) that lies on a day, in minutes after its midnight; null for none. */
function onDay(day, from, until) {
  const start = dayStart(day);
  const a = Math.max(from, start);
  const b = Math.min(until, start + dayLength);
  return a < b ? [(a - start) / 60000, (b - start) / 60000] : null;
}

const dated = (day, windows) => windows
  .map(({ from, until }) => onDay(day, Date.parse(from), Date.parse(until))).filter(Boolean);

/** Weekly windows on a day, the tail of a night before included. */
function weekly(day, windows) {
  return windows.flatMap(({ weekday: one, fromMinute, untilMinute }) => [day - 1, day]
    .filter((from) => weekday(from) === one)
    .map((from) => onDay(day, dayStart(from) + fromMinute * 60000, dayStart(from) + untilMinute * 60000)))
    .filter(Boolean);
}

function rotas(day, all) {
  return all.flatMap(({ first, everyDays, ends }) => {
    const from = Date.parse(first.from);
    const length = Date.parse(first.until) - from;
    const turn = Math.floor((dayStart(day) - from) / (everyDays * dayLength));
    return [turn, turn + 1].filter((n) => n >= 0).map((n) => from + n * everyDays * dayLength)
      .filter((at) => !ends || at < Date.parse(ends)).map((at) => onDay(day, at, at + length));
  }).filter(Boolean);
}

/** A day's bands in minutes: open hours, time on call, absence, and the own calendar's busy times. */
export function bands(availability, day, holidays) {
  const isHoliday = holidays.has(isoDate(day)) && !availability.worksHolidays;
  return {
    open: [...(isHoliday ? [] : weekly(day, availability.weekly)), ...dated(day, availability.additions)],
    onCall: [...dated(day, availability.onCall), ...weekly(day, availability.weeklyOnCall ?? []),
      ...rotas(day, availability.rotas ?? [])],
    absent: dated(day, availability.absences),
    busy: dated(day, availability.busy ?? []),
  };
}

/** The hours a calendar must show so that nothing of these days is cut, at least 7 to 18. */
export function shownHours(days, availability, holidays, bookings) {
  let first = 7 * 60;
  let last = 18 * 60;
  const stretch = ([a, b]) => { first = Math.min(first, a); last = Math.max(last, b); };
  for (const day of days) {
    bands(availability, day, holidays).open.forEach(stretch);
    bookings.map((booking) => onDay(day, Date.parse(booking.start), Date.parse(booking.end)))
      .filter(Boolean).forEach(stretch);
  }
  return [Math.floor(first / 60), Math.ceil(last / 60)];
}

/** The bookings of a day with their minutes. */
export const bookingsOn = (day, bookings) => bookings.flatMap((booking) => {
  const minutes = onDay(day, Date.parse(booking.start), Date.parse(booking.end));
  return minutes ? [{ booking, minutes }] : [];
});

export const today = (at) => dayNumber(at);
