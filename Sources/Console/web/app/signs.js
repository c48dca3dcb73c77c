// The vital signs as the page shows them: order, digits, units, scales of the charts, trends.

import { t, term, number } from "./words.js";

/**
 * digits after the point, unit, the chart's scale (widened when values leave it), and the least
 * change over 20 min that counts as rising or falling.
 */
export const signs = {
  hr: { digits: 0, unit: "/min", scale: [40, 140], step: 8 },
  pr: { digits: 0, unit: "/min", scale: [40, 140], step: 8 },
  spo2: { digits: 0, unit: "%", scale: [84, 100], step: 2 },
  rr: { digits: 0, unit: "/min", scale: [6, 32], step: 3 },
  sys: { digits: 0, unit: "mmHg", scale: [40, 180], step: 10 },
  dia: { digits: 0, unit: "mmHg", scale: [40, 180], step: 8 },
  map: { digits: 0, unit: "mmHg", scale: [40, 140], step: 8 },
  temp: { digits: 1, unit: "°C", scale: [35, 40], step: 0.3 },
  glucose: { digits: 1, unit: "mmol/L", scale: [2, 16], step: 1 },
  etco2: { digits: 0, unit: "mmHg", scale: [20, 60], step: 4 },
  avpu: { digits: 0, unit: "" },
  o2: { digits: 0, unit: "" },
  o2flow: { digits: 1, unit: "L/min" },
  pain: { digits: 0, unit: "/10" },
  weight: { digits: 1, unit: "kg" },
  height: { digits: 0, unit: "cm" },
};

/** The rows of a tile and of the vitals strip; a row may show two signs, as blood pressure does. */
export const rows = [["hr", "pr"], ["spo2"], ["rr"], ["sys", "dia"], ["temp"]];

/** The charts of a trend, top down. */
export const charts = [["hr"], ["pr"], ["spo2"], ["rr"], ["sys", "dia"], ["temp"], ["etco2"], ["glucose"]];

const letters = ["A", "C", "V", "P", "U"];

/** How long a value counts as fresh, in seconds (the score's own limits). */
export function freshFor(sign) {
  if (["hr", "pr", "spo2", "rr", "etco2", "map"].includes(sign)) return 900;
  if (["avpu", "o2", "o2flow"].includes(sign)) return 43200;
  return 21600;
}

/** A value as text, without its unit. */
export function valueText(sign, value) {
  if (value === undefined || value === null) return "–";
  if (sign === "avpu") return typeof value === "string" ? value : letters[value] ?? "–";
  if (sign === "o2") return t(value === true || value > 0 ? "oxygen.on" : "oxygen.air");
  return number(Number(value), signs[sign]?.digits ?? 1);
}

/** A value with its unit. */
export function valueWithUnit(sign, value) {
  const unit = signs[sign]?.unit;
  const text = valueText(sign, value);
  return unit && text !== "–" ? `${text}\u00a0${unit}` : text;
}

export const signName = (sign) => term("sign", sign);
export const signShort = (sign) => term("sign.short", sign, term("sign", sign));

/** "up", "down", "level" or null: the last 8 min against the 22 before. `points`: [[ms, value]]. */
export function trend(sign, points, at) {
  if (!points || points.length < 4) return null;
  const recent = [];
  const earlier = [];
  for (let i = points.length - 1; i >= 0; i--) {
    const minutes = (at - points[i][0]) / 60000;
    if (minutes > 30) break;
    (minutes <= 8 ? recent : earlier).push(points[i][1]);
  }
  if (recent.length < 1 || earlier.length < 2) return null;
  const change = mean(recent) - mean(earlier);
  const step = signs[sign]?.step ?? 1;
  if (change >= step) return "up";
  if (change <= -step) return "down";
  return "level";
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
