// Words, numbers and dates in the reader's language. A key that is missing is a defect that the
// checks find; on screen nothing is shown then, never the key.

import { dayNumber } from "./localtime.js";

const languages = ["vi", "en"];
let words = {};
let code = "vi";
let formats = {};

/** The language in use: `vi` or `en`. */
export const current = () => code;

/** Vietnamese unless the browser asks for English, or the reader chose. */
export function preferred() {
  const chosen = localStorage.getItem("language");
  if (languages.includes(chosen)) return chosen;
  for (const tag of navigator.languages || [navigator.language]) {
    const short = tag.slice(0, 2).toLowerCase();
    if (languages.includes(short)) return short;
  }
  return "vi";
}

/** Switches to a language; remembers the choice when the reader made it. */
export async function use(next, remember = false) {
  words = await dictionary(next);
  code = next;
  if (remember) localStorage.setItem("language", next);
  document.documentElement.lang = next;
  const locale = next === "vi" ? "vi-VN" : "en-GB";
  // Consults are in Vietnam's time, whatever the clock of the machine is set to.
  const zone = { timeZone: "Asia/Ho_Chi_Minh" };
  const clock = { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  formats = {
    time: new Intl.DateTimeFormat(locale, clock),
    precise: new Intl.DateTimeFormat(locale, { ...clock, second: "2-digit" }),
    weekday: new Intl.DateTimeFormat(locale, {
      ...zone, weekday: "short", day: "2-digit", month: "2-digit",
    }),
    month: new Intl.DateTimeFormat(locale, { ...zone, month: "long", year: "numeric" }),
    date: new Intl.DateTimeFormat(locale, { ...zone, day: "2-digit", month: "2-digit", year: "numeric" }),
    weekdayName: new Intl.DateTimeFormat(locale, { ...zone, weekday: "long" }),
    number: [0, 1, 2].map((digits) => new Intl.NumberFormat(locale, {
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    })),
    languages: new Intl.DisplayNames([locale], { type: "language" }),
  };
}

const dictionaries = new Map();
async function dictionary(name) {
  if (!dictionaries.has(name)) {
    const response = await fetch(`/words/${name}.json`);
    if (!response.ok) throw new Error(`no dictionary ${name}`);
    dictionaries.set(name, await response.json());
  }
  return dictionaries.get(name);
}

/** The words for `key`, with `{name}` replaced by the fields. */
export function t(key, fields = {}) {
  const text = words[key];
  if (text === undefined) {
    console.error(`no words for ${key}`);
    return fields.text ?? "";
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => fields[name] ?? "");
}

/** The words for `prefix.name`, or the plain name where the dictionary has none. */
export function term(prefix, name, otherwise) {
  const key = `${prefix}.${name}`;
  return words[key] ?? otherwise ?? String(name ?? "");
}

export const number = (value, digits = 0) => formats.number[digits].format(value);
export const time = (at) => formats.time.format(new Date(at));
export const preciseTime = (at) => formats.precise.format(new Date(at));
export const day = (at) => formats.weekday.format(new Date(at));

/** "November 2026" of an instant. */
export const monthName = (at) => formats.month.format(new Date(at));
/** "28/11/2026" of an instant. */
export const date = (at) => formats.date.format(new Date(at));

/** "Monday" of an instant. */
export const weekdayName = (at) => formats.weekdayName.format(new Date(at));

/** "14:20" today, "T6, 21/11 14:20" on another day. */
export function when(at, now = Date.now()) {
  const date = new Date(at);
  return dayNumber(date) === dayNumber(now) ? time(date) : `${day(date)} ${time(date)}`;
}

/** "14:20–14:40", with the day when it is not today. */
export function span(start, end, now = Date.now()) {
  return `${when(start, now)}–${time(end)}`;
}


/** A duration in its largest fitting unit: "40 s", "3 phút", "2 giờ". */
export function lasting(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return t("age.seconds", { n: number(s) });
  if (s < 5400) return t("age.minutes", { n: number(Math.round(s / 60)) });
  if (s < 129600) return t("age.hours", { n: number(Math.round(s / 3600)) });
  return t("age.days", { n: number(Math.round(s / 86400)) });
}

/** A countdown as minutes and seconds, "1:05". */
export function countdown(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Who somebody in a room is, by name or by role. */
export const personName = ({ name, role }) => name || term("role", role);

/** A text to search in or for, without case and diacritics. */
export const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();

/** A consultation language by its ISO 639 code. */
export function languageName(tag) {
  const known = words[`language.${tag}`];
  if (known) return known;
  try { return formats.languages.of(tag); } catch { return tag; }
}
