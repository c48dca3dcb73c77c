// A patient's earlier consults and what came of them. Each outcome is read when it is asked for, because
// each reading is on record. A doctor sees the consults that were their own.

import { h } from "../app/dom.js";
import { t, term, day } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed, now } from "../app/state.js";
import { button, explainProblem, specialtyName } from "./parts.js";

const days = 90;

/** The list of one patient, below the panel. */
export function historyPart(patient) {
  const known = state.form.history?.patient === patient ? state.form.history : begin(patient);
  return h("section", { key: "history", class: "block", "aria-label": t("history.title") },
    h("h3", {}, t("history.title")),
    known.problem ? h("p", { class: "problem" }, explainProblem(known.problem)) : null,
    known.items?.length === 0 ? h("p", { class: "hint" }, t("history.none")) : null,
    h("ul", { class: "people" }, (known.items ?? []).map((booking) => h("li", { key: booking.id, class: "person-line" },
      h("span", { class: "person-name" }, h("strong", {}, day(booking.start)),
        h("span", { class: "hint" }, [specialtyName(booking.specialty), booking.doctorName].filter(Boolean).join(" · "))),
      outcomePart(known, booking)))));
}

function outcomePart(known, booking) {
  const record = known.records.get(booking.id);
  if (!record) {
    return button(t("history.show"), async () => {
      known.records.set(booking.id, await api.get(`/sessions/${booking.session}`));
      changed();
    }, { kind: "small", name: `history-${booking.id}` });
  }
  const { outcome } = record;
  return h("div", { class: "history-outcome" },
    outcome ? [h("strong", { key: "d" }, term("disposition", outcome.disposition)), h("p", { key: "n", class: "prewrap" }, outcome.note ?? "")]
      : h("span", { class: "hint" }, t("history.noOutcome")));
}

function begin(patient) {
  const known = state.form.history = { patient, items: null, records: new Map(), problem: null };
  const from = new Date(now() - days * 86400e3).toISOString();
  api.get(api.query("/bookings", { site: state.person.site, doctor: state.person.doctor, from, state: "all", limit: 500 })).then(({ items }) => {
    known.items = items.filter((one) => one.patient === patient && one.state === "fulfilled" && one.session)
      .sort((a, b) => Date.parse(b.start) - Date.parse(a.start)).slice(0, 20);
  }, (problem) => { known.problem = problem; }).then(changed);
  return known;
}
