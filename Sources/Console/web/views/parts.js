// Small pieces that several pages share.

import { h } from "../app/dom.js";
import { t, term, lasting, number, preciseTime, when } from "../app/words.js";
import { rows, signShort, signs, valueText, trend, freshFor } from "../app/signs.js";
import { state, age, now, busy, once, toast } from "../app/state.js";

/** A drawn sign; every meaning has its own outline, so that colour is never alone. */
const shapes = {
  low: ["circle", { cx: 8, cy: 8, r: 6 }],
  lowMedium: ["polygon", { points: "8,1 15,8 8,15 1,8" }],
  medium: ["polygon", { points: "8,1.5 15,14.5 1,14.5" }],
  high: ["polygon", { points: "5,1 11,1 15,5 15,11 11,15 5,15 1,11 1,5" }],
  unknown: ["circle", { cx: 8, cy: 8, r: 6, "stroke-dasharray": "2.5 2.5" }],
};
export function shape(name) {
  const [tag, attributes] = shapes[name] ?? shapes.unknown;
  return h("svg", { class: `shape shape-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    h(tag, attributes));
}

const strokes = {
  up: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  down: "M8 3v10M3.5 8.5 8 13l4.5-4.5",
  level: "M3 8h10",
  back: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  open: "M3 6l5 5 5-5",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  plus: "M8 3v10M3 8h10",
  sound: "M2 6v4h2.5L8 13V3L4.5 6H2M10.5 6a3 3 0 0 1 0 4M12.5 4a6 6 0 0 1 0 8",
  silent: "M2 6v4h2.5L8 13V3L4.5 6H2M11 6l4 4M15 6l-4 4",
  microphone: "M8 2a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0V4a2 2 0 0 1 2-2M4 8a4 4 0 0 0 8 0M8 12v2.5",
  microphoneOff: "M8 2a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0V4a2 2 0 0 1 2-2M4 8a4 4 0 0 0 8 0M8 12v2.5M2 2l12 12",
  camera: "M2 4.5h8v7H2zM10 7l4-2.5v7L10 9",
  cameraOff: "M2 4.5h8v7H2zM10 7l4-2.5v7L10 9M2 2l12 12",
  phone: "M2 9c3.5-3.5 8.5-3.5 12 0l-1.5 2.5-2.7-1V8.8a7 7 0 0 0-3.6 0v1.7l-2.7 1z",
  screen: "M2 3h12v8H2zM6 14h4M8 11v3",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2M8 4.5V8l2.5 2",
};
/** A line icon; its meaning is always beside it in words or in the label of its button. */
export function icon(name) {
  return h("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    h("path", { d: strokes[name] }));
}

/** A button that runs once at a time and says what went wrong. */
export function button(label, action, { kind = "", name, disabled, title, glyph } = {}) {
  const working = name !== undefined && busy(name);
  return h("button", {
    type: "button", class: `button ${kind}`, disabled: disabled || working, "aria-busy": working,
    title: title ?? null, "aria-label": title ?? null,
    on: { click: () => (name === undefined ? action() : run(name, action)) },
  }, glyph ? icon(glyph) : null, label ? h("span", {}, label) : null);
}

/** Runs a named action once at a time and shows a refusal in words. */
export function run(name, action) {
  return once(name, async () => {
    try {
      await action();
    } catch (problem) {
      toast(explainProblem(problem), "error");
    }
  });
}

/** A refusal in the reader's words; the server's own sentence where it says more. */
export function explainProblem(problem) {
  const known = term("problem", problem.code, "");
  if (known) return known;
  if (problem.detail) return t("problem.said", { text: problem.detail });
  return t("problem.other", { text: problem.code ?? "" });
}

const bands = {
  low: "low", "low-medium": "lowMedium", lowMedium: "lowMedium", medium: "medium", high: "high",
};
export const bandOf = (score) => bands[score?.band] ?? "unknown";

/** NEWS2 as shape, number, band in words and state; a stale one looks stale. */
export function scoreBadge(score, { large = false } = {}) {
  if (!score || score.total === undefined || score.total === null) {
    return h("div", { class: `score band-unknown${large ? " large" : ""}` },
      shape("unknown"), h("span", { class: "score-total" }, "–"),
      h("span", { class: "score-words" }, h("span", { class: "score-band" }, t("score.none"))));
  }
  const band = bandOf(score);
  const partial = score.state === "partial";
  const range = partial && score.low !== score.high && score.low !== undefined && score.high !== undefined;
  return h("div", { class: `score band-${band} state-${score.state}${large ? " large" : ""}` },
    shape(band),
    h("span", { class: "score-total" }, range ? `${score.low}–${score.high}` : number(score.total)),
    h("span", { class: "score-words" },
      h("span", { class: "score-band" }, term("band", band), score.red ? h("b", {}, ` · ${t("score.red")}`) : null),
      score.state === "complete" ? null
        : h("span", { class: "score-state" },
          score.state === "stale" && score.at
            ? t("score.staleFor", { age: lasting(age(score.at)) }) : term("scoreState", score.state))));
}

/** How old a value is; the precise time on hover. */
export function ageText(at) {
  return h("time", { datetime: at, title: preciseTime(at) }, lasting(age(at)));
}

/** The rows of latest values: sign, value, arrow, spark line, age. */
export function signRows(latest = {}, series, { sparks = true } = {}) {
  return rows.map((row) => {
    const present = row.filter((sign) => latest[sign]);
    if (present.length === 0) {
      return h("div", { key: row[0], class: "sign absent" },
        h("span", { class: "sign-name" }, row[0] === "sys" ? t("sign.short.pressure") : signShort(row[0])),
        h("span", { class: "sign-value" }, "–"));
    }
    const pressure = row[0] === "sys";
    const shown = pressure ? present : [present[0]];
    const first = latest[shown[0]];
    const stale = age(first.at) > freshFor(shown[0]);
    const doubtful = first.validity && first.validity !== "valid";
    const points = series?.[shown[0]];
    const direction = stale ? null : trend(shown[0], points, now());
    const text = pressure
      ? `${valueText("sys", latest.sys?.value)}/${valueText("dia", latest.dia?.value)}`
      : valueText(shown[0], first.value);
    return h("div", { key: row[0], class: `sign sign-${shown[0]}${stale ? " stale" : ""}${doubtful ? " doubtful" : ""}` },
      h("span", { class: "sign-name" }, pressure ? t("sign.short.pressure") : signShort(shown[0])),
      h("span", { class: "sign-value" },
        text, h("span", { class: "unit" }, signs[shown[0]].unit),
        direction ? h("span", { class: `arrow arrow-${direction}`, title: t(`trend.${direction}`) },
          icon(direction), h("span", { class: "unseen" }, t(`trend.${direction}`))) : null),
      sparks ? spark(points) : null,
      h("span", { class: "sign-age" },
        doubtful ? `${term("validity", first.validity)} · ` : stale ? `${t("value.stale")} · ` : "",
        ageText(first.at)));
  });
}

/** The last hour, or what there is of it, as a line of 60 × 18, broken where values are missing. */
function spark(points) {
  const box = { class: "spark", viewBox: "0 0 60 18", preserveAspectRatio: "none", "aria-hidden": "true" };
  if (!points || points.length < 3) return h("svg", box);
  const to = now();
  const recent = points.filter((point) => to - point[0] < 3600e3);
  if (recent.length < 3) return h("svg", box);
  const span = Math.max(to - recent[0][0], 600e3);
  const values = recent.map((point) => point[1]);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = Math.max(high - low, 1);
  let path = "";
  recent.forEach(([ms, value], at) => {
    const x = 60 - ((to - ms) / span) * 60;
    const y = 16 - ((value - low) / room) * 14;
    const gap = at === 0 || ms - recent[at - 1][0] > 240000;
    path += `${gap ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return h("svg", box, h("path", { d: path }));
}

/** "Female, 67": never a name, the pseudonymous id is beside it. */
export function personLine(patient) {
  const years = new Date(now()).getFullYear() - patient.birthYear;
  const parts = [term("sex", patient.sex), t("patient.age", { n: number(years) })];
  if (patient.pregnant) parts.push(t("patient.pregnant"));
  return parts.join(", ");
}

const urgencyForms = { emergency: "high", urgent: "medium", soon: "lowMedium", routine: "low" };
/** The outline of an urgency. */
export const urgencyShape = (urgency) => shape(urgencyForms[urgency]);

/** How urgent, as shape and words. */
export function urgencyTag(urgency) {
  if (!urgency) return null;
  return h("span", { class: `tag urgency urgency-${urgency}` }, urgencyShape(urgency), term("urgency", urgency));
}

/** A heading that takes the focus when its page comes. */
export function heading(text, level = "h1") {
  return h(level, { tabindex: "-1", "data-focus": true }, text);
}

export const specialtyName = (key) => (key ? term("specialty", key) : "");
export const whenText = (at) => when(at, now());
export const waiting = (lines = 3) => h("div", { class: "waiting", role: "status" },
  h("span", { class: "unseen" }, t("loading")),
  Array.from({ length: lines }, (_, at) => h("div", { key: at, class: "bone" })));
export const seen = (id) => state.patients.get(id);
