// A patient's trend: one dygraphs strip a sign on a common time axis, gaps shown as gaps, the
// range inside each bucket as a band, the alarm limits as lines; live values are added as they come.

import * as api from "./api.js";
import { h, loadScript, loadStyle } from "./dom.js";
import { t, term, day, number, time, when } from "./words.js";
import { charts, signs, signName, valueWithUnit } from "./signs.js";
import { now } from "./state.js";
import { onVitals, putPoint, recentVitals } from "./live.js";

const hour = 3600e3;
const spans = { "1h": { ms: hour, resolution: "raw" }, "24h": { ms: 24 * hour, resolution: "1m" }, "7d": { ms: 168 * hour, resolution: "1h" } };
/** The shortest stretch that can be looked at, and below which finer values are read. */
const shortest = hour / 4;
const fineBelow = 26 * hour;
const all = [...new Set(charts.flat())];

/** The element that holds a trend; `patient` may change, `span` is "1h", "24h" or "7d". */
export function trendView({ patient, span, only, height = 92 }) {
  return h("div", {
    key: `trend-${patient}-${span}-${document.documentElement.lang}`, class: "trend", foreign: true,
    mount: (el) => { el.trend = new Trend(el, patient, span, only, height); },
    unmount: (el) => el.trend?.end(),
  });
}

const shown = new Set();

/**
 * Reads a patient's trends again: what was measured while no live values came is in them then.
 *
 * And once more a little later: what the broker kept for a server that was away comes after that is back, faster than the
 * newest values are shown.
 */
export function reread(patient) {
  for (const trend of shown) if (trend.patient === patient) trend.reload();
}

class Trend {
  constructor(el, patient, span, only, height) {
    Object.assign(this, { el, patient, span, only, height });
    this.points = {};
    this.strips = [];
    this.limits = {};
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.build();
    this.dark.addEventListener("change", this.redraw);
    for (const values of recentVitals(patient)) this.add(values);
    this.endVitals = onVitals((id, values) => { if (id === patient) this.add(values); });
    this.slide = setInterval(() => this.update(), 10000);
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(el);
    shown.add(this);
    this.say("trend.loading");
    this.load();
  }

  end() {
    this.ended = true;
    shown.delete(this);
    this.endVitals();
    this.dark.removeEventListener("change", this.redraw);
    clearInterval(this.slide);
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.size.disconnect();
    this.clear();
  }

  fit() {
    for (const strip of this.strips) {
      if (strip.plot.clientWidth > 0) strip.graph.resize(strip.plot.clientWidth, strip.height);
    }
  }

  clear() {
    for (const strip of this.strips) strip.graph.destroy();
    this.strips = [];
  }

  say(key) {
    const line = document.createElement("p");
    line.className = "hint";
    line.textContent = t(key);
    this.el.replaceChildren(line);
  }

  reload() {
    this.load();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.load(), 10_000);
  }

  async load() {
    const { ms, resolution } = spans[this.span];
    loadStyle("/lib/dygraphs/dygraph.css");
    const to = now();
    const path = `/patients/${this.patient}`;
    try {
      const [answer, limits] = await Promise.all([
        api.get(api.query(`${path}/vitals`, {
          sign: (this.only ?? all).join(","), resolution,
          from: new Date(to - ms).toISOString(), to: new Date(to).toISOString(),
        })),
        api.get(`${path}/alarm-limits`).catch(() => null),
        loadScript("/lib/dygraphs/dygraph.min.js"),
      ]);
      if (this.ended) return;
      // The legend writes inline styles as attributes, which our policy forbids: ours is beside.
      window.Dygraph.PLUGINS = window.Dygraph.PLUGINS
        .filter((plugin) => !/Legend|RangeSelector/.test(plugin.prototype.toString()));
      for (const limit of limits?.signs ?? []) this.limits[limit.sign] = limit;
      for (const [sign, buckets] of Object.entries(answer.series)) {
        const early = buckets.map((b) => (b.length > 2 ? [b[0], b[1], b[2], b[3]] : [b[0], b[1], b[1], b[1]]));
        const last = early.at(-1)?.[0] ?? 0;
        this.points[sign] = early.concat((this.points[sign] ?? []).filter((p) => p[0] > last));
      }
      this.loaded = true;
      this.build();
    } catch (problem) {
      if (!this.ended && !this.loaded) this.say(problem.status === 403 ? "trend.forbidden" : "trend.failed");
    }
  }

  add(values) {
    let [grew, fresh] = [false, false];
    for (const [sign, { value, at, validity }] of Object.entries(values)) {
      if (!all.includes(sign) || typeof value !== "number" || validity === "invalid") continue;
      const points = this.points[sign] ??= [];
      const isFirst = points.length === 0;
      if (!putPoint(points, [Date.parse(at), value, value, value])) continue;
      grew = true;
      fresh ||= isFirst;
    }
    if (!this.loaded || !grew) return;
    if (fresh) this.build();
    else this.soon ??= setTimeout(() => { this.soon = null; this.update(); }, 1000);
  }

  groups() {
    return charts
      .map((group) => group.filter((sign) => (!this.only || this.only.includes(sign)) && this.points[sign]?.length))
      .filter((group) => group.length > 0);
  }

  build() {
    if (!this.loaded || this.ended) return;
    this.clear();
    const groups = this.groups();
    if (groups.length === 0) { this.say("trend.empty"); return; }
    this.el.replaceChildren(this.bar());
    groups.forEach((group, position) => this.strip(group, position === groups.length - 1));
  }

  /** Nearer, farther, earlier, later: by keys as by touch. */
  bar() {
    const bar = document.createElement("div");
    bar.className = "trend-bar";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", t("zoom.title"));
    for (const [sign, key, act] of [
      ["+", "in", () => this.zoomBy(0.5)], ["−", "out", () => this.zoomBy(2)],
      ["‹", "earlier", () => this.moveBy(-0.5)], ["›", "later", () => this.moveBy(0.5)],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `button small zoom-${key}`;
      button.textContent = sign;
      button.title = t(`zoom.${key}`);
      button.setAttribute("aria-label", t(`zoom.${key}`));
      button.onclick = act;
      bar.append(button);
    }
    this.shown = document.createElement("span");
    this.shown.className = "hint";
    bar.append(this.shown);
    return bar;
  }

  /** Shows a part of the span, or all of it again. */
  zoomBy(factor) {
    const [from, to] = this.window();
    const whole = spans[this.span].ms;
    const length = Math.max((to - from) * factor, shortest);
    // The newest stays in sight where it is in sight; else the middle does.
    const isNewest = to >= now() - (to - from) / 50;
    const start = isNewest ? to - length : (from + to - length) / 2;
    this.zoom = length >= whole ? null : this.within(start, length);
    this.zoomed();
  }

  moveBy(part) {
    const [from, to] = this.window();
    const length = to - from;
    if (length >= spans[this.span].ms) return;
    this.zoom = this.within(from + part * length, length);
    this.zoomed();
  }

  within(from, length) {
    const start = Math.min(Math.max(from, now() - spans[this.span].ms), now() - length);
    return [start, start + length];
  }

  zoomed() {
    this.refine();
    this.update();
  }

  /** Hours are means: a short stretch is read again by the minute, each once. */
  async refine() {
    if (this.span !== "7d" || !this.zoom || this.zoom[1] - this.zoom[0] > fineBelow) return;
    const [from, to] = this.zoom.map((at) => Math.floor(at / hour) * hour);
    this.fine ??= new Set();
    if (this.fine.has(`${from}-${to}`)) return;
    this.fine.add(`${from}-${to}`);
    const answer = await api.get(api.query(`/patients/${this.patient}/vitals`, {
      sign: (this.only ?? all).join(","), resolution: "1m",
      from: new Date(from).toISOString(), to: new Date(to + hour).toISOString(),
    })).catch(() => null);
    if (!answer || this.ended) return;
    for (const [sign, buckets] of Object.entries(answer.series)) {
      const rest = (this.points[sign] ?? []).filter(([ms]) => ms < from || ms >= to + hour);
      this.points[sign] = [...rest, ...buckets.map((b) => [b[0], b[1], b[2], b[3]])].sort((a, b) => a[0] - b[0]);
    }
    this.update();
  }

  strip(group, isLast) {
    const box = document.createElement("div");
    box.className = "strip";
    const head = document.createElement("div");
    head.className = "strip-head";
    const name = document.createElement("span");
    name.className = `strip-name sign-${group[0]}`;
    name.textContent = group.length > 1 ? t("sign.pressure") : signName(group[0]);
    const value = document.createElement("span");
    value.className = "strip-value";
    head.append(name, value);
    const plot = document.createElement("div");
    plot.className = "strip-plot";
    plot.setAttribute("role", "img");
    box.append(head, plot);
    this.el.append(box);
    const height = this.height + (isLast ? 20 : 0);
    plot.style.height = `${height}px`;
    const colours = this.colours();
    const strip = { group, plot, value, height };
    const rows = this.rows(group);
    strip.graph = new window.Dygraph(plot, rows, {
      labels: ["t", ...group],
      customBars: true,
      connectSeparatedPoints: true,
      colors: group.map((sign, at) => (at === 0 ? colours[sign] ?? colours.hr : colours.second)),
      strokeWidth: 1.8,
      fillAlpha: 0.22,
      drawPoints: rows.length < 90,
      pointSize: 1.6,
      highlightCircleSize: 4,
      gridLineColor: colours.grid,
      axisLineColor: colours.grid,
      axisLabelFontSize: 11,
      legend: "never",
      interactionModel: {},
      valueRange: this.range(group, rows),
      dateWindow: this.window(),
      axes: {
        x: {
          drawAxis: isLast,
          drawGrid: true,
          axisLabelFormatter: (date) => (this.isLong() ? day(date) : time(date)),
          axisLabelWidth: this.span === "7d" ? 72 : 46,
          pixelsPerLabel: this.span === "7d" ? 90 : 60,
        },
        y: {
          axisLabelWidth: 30,
          pixelsPerLabel: 20,
          axisLabelFormatter: (tick) => (Number.isInteger(tick) ? number(tick) : number(tick, 1)),
        },
      },
      underlayCallback: (canvas, area, graph) => this.drawLimits(canvas, area, graph, group, colours),
      highlightCallback: (_, x) => this.highlight(x),
      unhighlightCallback: () => this.highlight(null),
    });
    this.strips.push(strip);
    this.describe(strip, null);
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return {
      hr: of("--sign-hr"), pr: of("--sign-hr"), spo2: of("--sign-spo2"), rr: of("--sign-rr"),
      sys: of("--sign-sys"), dia: of("--sign-dia"), second: of("--sign-dia"), temp: of("--sign-temp"),
      etco2: of("--sign-rr"), glucose: of("--sign-temp"),
      grid: of("--chart-grid"), limit: of("--chart-limit"), beyond: of("--chart-beyond"),
    };
  }

  isLong() {
    const [from, to] = this.window();
    return to - from > 36 * hour;
  }

  window() {
    if (this.zoom) return this.zoom;
    // The whole span once there is that much; before, what there is, and ten minutes at least.
    const firsts = Object.values(this.points ?? {}).map((points) => points[0]?.[0] ?? Infinity);
    const known = now() - Math.min(now(), ...firsts);
    const span = Math.min(spans[this.span].ms, Math.max(known * 1.1, 600000));
    const end = now() + span / 120;
    return [end - span, end];
  }

  range(group, rows) {
    let [low, high] = signs[group[0]].scale;
    for (const row of rows) {
      for (const cell of row.slice(1)) {
        if (!cell || Number.isNaN(cell[1])) continue;
        low = Math.min(low, cell[0] - 1);
        high = Math.max(high, cell[2] + 1);
      }
    }
    return [low, high + (high - low) * 0.02];
  }

  /** One row a time; null where the other sign alone was measured, NaN where nothing was. */
  rows(group) {
    const from = now() - spans[this.span].ms - 60000;
    const times = new Map();
    group.forEach((sign, column) => {
      const points = (this.points[sign] ?? []).filter((point) => point[0] >= from);
      const gap = this.gap(points);
      points.forEach(([ms, low, middle, high], at) => {
        const cell = [low, middle, high];
        if (at > 0 && ms - points[at - 1][0] > gap) {
          place(times, points[at - 1][0] + gap / 2, group.length)[column] = [NaN, NaN, NaN];
        }
        place(times, ms, group.length)[column] = cell;
      });
    });
    return [...times.entries()].sort((a, b) => a[0] - b[0])
      .map(([ms, cells]) => [new Date(ms), ...cells]);
  }

  /** More than three usual periods without a value is a gap. */
  gap(points) {
    const deltas = points.slice(1).map((point, at) => point[0] - points[at][0]).sort((a, b) => a - b);
    const usual = deltas.length ? deltas[Math.floor(deltas.length / 2)] : 60000;
    return Math.max(3 * usual, 150000);
  }

  drawLimits(canvas, area, graph, group, colours) {
    for (const sign of group) {
      const limit = this.limits[sign];
      if (!limit) continue;
      for (const [value, side] of [[limit.low, "low"], [limit.high, "high"]]) {
        if (value === undefined || value === null) continue;
        const y = Math.round(graph.toDomYCoord(value)) + 0.5;
        if (y < area.y || y > area.y + area.h) continue;
        canvas.save();
        if (group.length === 1) {
          canvas.fillStyle = colours.beyond;
          if (side === "high") canvas.fillRect(area.x, area.y, area.w, y - area.y);
          else canvas.fillRect(area.x, y, area.w, area.y + area.h - y);
        }
        canvas.strokeStyle = colours.limit;
        canvas.setLineDash([4, 4]);
        canvas.beginPath();
        canvas.moveTo(area.x, y);
        canvas.lineTo(area.x + area.w, y);
        canvas.stroke();
        canvas.restore();
      }
    }
  }

  update() {
    if (!this.loaded || this.ended) return;
    const dateWindow = this.window();
    if (this.shown) this.shown.textContent = this.zoom ? `${when(dateWindow[0], now())} – ${when(dateWindow[1], now())}` : "";
    for (const strip of this.strips) {
      const file = this.rows(strip.group);
      strip.graph.updateOptions({ file, dateWindow, valueRange: this.range(strip.group, file) });
      if (!this.pointed) this.describe(strip, null);
    }
  }

  /** The same moment in all strips. */
  highlight(x) {
    this.pointed = x !== null;
    for (const strip of this.strips) {
      if (x === null) {
        strip.graph.clearSelection();
        this.describe(strip, null);
        continue;
      }
      let best = -1;
      let distance = spans[this.span].ms / 60;
      for (let row = 0; row < strip.graph.numRows(); row++) {
        const away = Math.abs(strip.graph.getValue(row, 0) - x);
        if (away < distance) { best = row; distance = away; }
      }
      if (best >= 0) strip.graph.setSelection(best);
      else strip.graph.clearSelection();
      this.describe(strip, x);
    }
  }

  /** The value under the pointer, or the newest one with its range in words. */
  describe(strip, x) {
    const parts = [];
    const spoken = [];
    let stamp = null;
    for (const sign of strip.group) {
      const points = this.points[sign] ?? [];
      const point = x === null ? points.at(-1) : nearest(points, x, spans[this.span].ms / 60);
      parts.push(point ? number(point[2], signs[sign].digits) : "–");
      if (point) stamp = point[0];
      if (points.length) {
        const low = Math.min(...points.map((p) => p[1]));
        const high = Math.max(...points.map((p) => p[3]));
        spoken.push(t("trend.spoken", {
          sign: signName(sign), low: valueWithUnit(sign, low), high: valueWithUnit(sign, high),
          latest: valueWithUnit(sign, points.at(-1)[2]), span: term("span", this.span),
        }));
      }
    }
    strip.value.textContent = stamp === null ? "–"
      : `${parts.join("/")} ${signs[strip.group[0]].unit} · ${when(stamp, now())}`;
    strip.plot.setAttribute("aria-label", spoken.join(" "));
  }
}

function place(times, ms, columns) {
  let cells = times.get(ms);
  if (!cells) times.set(ms, cells = new Array(columns).fill(null));
  return cells;
}

function nearest(points, x, within) {
  let best = null;
  for (const point of points) {
    const away = Math.abs(point[0] - x);
    if (away <= within && (!best || away < Math.abs(best[0] - x))) best = point;
  }
  return best;
}
