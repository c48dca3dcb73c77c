// Vietnam's time, UTC+7 without summer time: the days and minutes in which hours are kept.

const offset = 7 * 3600e3;
export const dayLength = 86400e3;

/** Days since 1970-01-01 on Vietnam's calendar. */
export const dayNumber = (at) => Math.floor((Number(new Date(at)) + offset) / dayLength);

/** The first instant of a day, in milliseconds. */
export const dayStart = (number) => number * dayLength - offset;

/** ISO weekday of a day: 1 Monday … 7 Sunday. 1970-01-01 was a Thursday. */
export const weekday = (number) => ((number + 3) % 7 + 7) % 7 + 1;

/** The Monday of a day's week. */
export const monday = (number) => number - weekday(number) + 1;

/** "2026-11-28" of a day, as the holidays and a date field have it. */
export const isoDate = (number) => new Date(number * dayLength).toISOString().slice(0, 10);

/** The day of "2026-11-28"; null when that is no date. */
export function dayOf(text) {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return Number.isNaN(at) ? null : at / dayLength;
}

/** The first and the last day of a day's month; `by` months later or, below 0, earlier. */
export function monthOf(number, by = 0) {
  const day = new Date(number * dayLength);
  const first = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, 1);
  const next = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by + 1, 1);
  return [first / dayLength, next / dayLength - 1];
}

/** Minutes after midnight as "07:30"; 1440 is "24:00". */
export const clock = (minute) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** Minutes after midnight of "07:30"; null when that is no time of day. */
export function minuteOf(text) {
  const found = /^(\d\d):(\d\d)$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** "2026-11-28T07:30" of an instant, as a date-and-time field has it. */
export const fieldOf = (at) => new Date(Date.parse(at) + offset).toISOString().slice(0, 16);

/** The instant of a date-and-time field as RFC 3339; null when it is incomplete. */
export function instantOf(field) {
  const at = Date.parse(`${field}:00Z`);
  return Number.isNaN(at) ? null : new Date(at - offset).toISOString();
}
