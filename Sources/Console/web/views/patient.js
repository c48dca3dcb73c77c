// One patient: score with its provenance, live trend, alarms.

import { h } from "../app/dom.js";
import { t, term, number, lasting } from "../app/words.js";
import * as api from "../app/api.js";
import * as desk from "../app/desk.js";
import { trendView } from "../app/trend.js";
import { signName, valueWithUnit } from "../app/signs.js";
import { back, go } from "../app/routes.js";
import { state, changed } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { historyPart } from "./history.js";
import { ageText, button, heading, icon, personLine, scoreBadge, signRows } from "./parts.js";

const scores = new Map();
let span = "1h";

/** Forgets the scores read so far. */
export function forgetScores() { scores.clear(); }

export function patientPanel(id) {
  const patient = state.patients.get(id);
  readScore(id, patient?.score?.at);
  const alarms = desk.openAlarms(id);
  return h("aside", {
    key: `panel-${id}`, class: "panel", "aria-label": t("patient.panel", { patient: id }),
    on: { keydown: (event) => { if (event.key === "Escape") back(); } },
  },
    h("div", { class: "panel-head" },
      h("button", { type: "button", class: "icon-button", title: t("close"), "aria-label": t("close"), on: { click: back } },
        icon("close")),
      h("div", { class: "panel-title" }, heading(id, "h2"),
        patient ? h("span", { class: "hint" }, describe(patient)) : null),
      button(t("ask.short"), () => go({ name: "ask", patient: id }), { kind: "primary", glyph: "plus" })),
    patient ? scoreBadge(patient.score, { large: true }) : null,
    alarms.length ? alarmList(alarms, { showPatient: false, ask: true }) : null,
    h("div", { class: "section-head" },
      h("h3", {}, t("trend.title")), spanSwitch()),
    trendView({ patient: id, span }),
    patient ? h("div", {}, h("h3", {}, t("latest.title")),
      h("div", { class: "signs wide" }, signRows(patient.latest, state.series.get(id), { sparks: false }))) : null,
    provenance(scores.get(id)?.answer),
    historyPart(id));
}

function describe(patient) {
  const parts = [personLine(patient)];
  if (patient.spo2Scale === 2) parts.push(t("patient.scale2"));
  return parts.join(" · ");
}

export function spanSwitch() {
  return h("div", { class: "segments", role: "group", "aria-label": t("span.title") },
    ["1h", "24h", "7d"].map((one) => h("button", {
      key: one, type: "button", "aria-pressed": String(span === one),
      on: { click: () => { span = one; changed(); } },
    }, term("span", one))));
}
export const chosenSpan = () => span;

/** Reads the score's provenance again whenever the list shows a newer score. */
async function readScore(id, at) {
  const known = scores.get(id);
  if (known && (known.at === at || Date.now() - known.read < 4000)) return;
  scores.set(id, { at, read: Date.now(), answer: known?.answer });
  try {
    const answer = await api.get(`/patients/${id}/score`);
    scores.set(id, { at, read: Date.now(), answer });
    changed();
  } catch { /* The badge stays; the table waits for the next reading. */ }
}

/** What the score is made of: each input's value, points, age, device and validity. */
export function provenance(score) {
  if (!score) return null;
  if (score.applicable === false) return h("p", { class: "note" }, t("score.notApplicable"));
  return h("section", { class: "provenance" },
    h("h3", {}, t("score.made")),
    h("table", {},
      h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, t("table.sign")), h("th", { scope: "col" }, t("table.value")),
        h("th", { scope: "col", class: "right" }, t("table.points")), h("th", { scope: "col" }, t("table.age")),
        h("th", { scope: "col" }, t("table.device")))),
      h("tbody", {}, (score.inputs ?? []).map((input) => h("tr", {
        key: input.sign, class: input.stale ? "stale" : "",
      },
        h("th", { scope: "row" }, signName(input.sign)),
        h("td", {}, valueWithUnit(input.sign, input.value)),
        h("td", { class: "right" },
          input.points === undefined || input.points === null ? "–"
            : h("span", { class: `points points-${input.points}` }, number(input.points))),
        h("td", {}, input.at ? [input.stale ? `${t("value.stale")} · ` : "", ageText(input.at)]
          : input.ageSeconds !== undefined ? lasting(input.ageSeconds) : t("value.missing")),
        h("td", {}, input.device ?? "–",
          input.validity && input.validity !== "valid" ? ` · ${term("validity", input.validity)}` : ""))))),
    h("p", { class: "hint" }, t("score.source")));
}
