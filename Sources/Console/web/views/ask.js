// Asking for a consult in three steps: patient, specialty and urgency, reason; then send.

import { h } from "../app/dom.js";
import { t, term, plain } from "../app/words.js";
import * as api from "../app/api.js";
import { expectedWait } from "../app/expected.js";
import * as desk from "../app/desk.js";
import { back, go, replace } from "../app/routes.js";
import { state, changed, toast } from "../app/state.js";
import {
  button, explainProblem, heading, personLine, run, scoreBadge, specialtyName, urgencyShape, urgencyTag,
} from "./parts.js";
import { furtherBody, nobodyFurther } from "../app/further.js";
import { furtherPart, furtherReview } from "./further.js";

const specialties = [
  "emergency", "cardiology", "paediatrics", "internalMedicine", "obstetrics", "neurology",
  "respiratory", "imaging", "endocrinology", "dermatology", "oncology", "psychiatry",
  "infectiousDisease",
];
const urgencies = ["emergency", "urgent", "soon", "routine"];

/** A fresh form; one key a form, so that sending twice asks once. */
function fresh(route) {
  return {
    for: route, step: route.patient ? 2 : 1, patient: route.patient ?? null, search: "",
    specialty: null, urgency: null, reason: "", key: api.freshKey(),
    further: nobodyFurther(state.patients.get(route.patient)),
  };
}

export function askPage() {
  if (state.form.ask?.for !== state.route) state.form.ask = fresh(state.route);
  const form = state.form.ask;
  const step = (n) => { form.step = n; changed(); focusStep(); };
  return h("main", { key: "ask", class: "page narrow" },
    h("div", { class: "section-head" }, heading(t("ask.title")),
      button(t("cancel"), back, { kind: "quiet" })),
    h("ol", { class: "progress steps" }, [1, 2, 3].map((n) => h("li", {
      key: n, class: n < form.step ? "done" : n === form.step ? "now" : "",
      "aria-current": n === form.step ? "step" : null,
    }, n < form.step
      ? h("button", { type: "button", class: "linkish", on: { click: () => step(n) } }, t(`ask.step${n}`))
      : t(`ask.step${n}`)))),
    form.step === 1 ? patientStep(form, step) : form.step === 2 ? needStep(form, step) : reasonStep(form, step));
}

function focusStep() {
  setTimeout(() => document.querySelector("[data-step]")?.focus(), 50);
}

function patientStep(form, step) {
  const wanted = plain(form.search);
  const patients = [...state.patients.values()]
    .filter((patient) => !wanted || plain(`${patient.id} ${personLine(patient)}`).includes(wanted))
    .sort((a, b) => (b.score?.total ?? -1) - (a.score?.total ?? -1));
  return h("section", { key: "patient", class: "step" },
    h("label", { for: "search" }, t("ask.findPatient")),
    h("input", {
      id: "search", type: "search", value: form.search, "data-step": true, autocomplete: "off",
      on: { input: (event) => { form.search = event.target.value; changed(); } },
    }),
    h("ul", { class: "choices" }, patients.map((patient) => h("li", { key: patient.id },
      h("button", {
        type: "button", class: "choice", "aria-pressed": String(form.patient === patient.id),
        on: { click: () => { form.patient = patient.id; form.further = nobodyFurther(patient); step(2); } },
      }, h("span", { class: "choice-main" }, h("strong", {}, patient.id), h("span", { class: "hint" }, personLine(patient))),
      scoreBadge(patient.score))))),
    patients.length === 0 ? h("p", { class: "empty" }, t("ask.noPatient")) : null);
}

function needStep(form, step) {
  const pick = (field, value) => { form[field] = value; changed(); };
  return h("section", { key: "need", class: "step" },
    patientLine(form),
    h("fieldset", {},
      h("legend", {}, t("ask.specialty")),
      h("div", { class: "options" }, specialties.map((key, at) => h("label", { key, class: "option" },
        h("input", {
          type: "radio", name: "specialty", value: key, checked: form.specialty === key,
          "data-step": at === 0 ? true : null, on: { change: () => pick("specialty", key) },
        }), h("span", {}, specialtyName(key)))))),
    h("fieldset", {},
      h("legend", {}, t("ask.urgency")),
      h("div", { class: "options urgencies" }, urgencies.map((key) => h("label", { key, class: `option urgency-${key}` },
        h("input", {
          type: "radio", name: "urgency", value: key, checked: form.urgency === key,
          on: { change: () => pick("urgency", key) },
        }),
        h("span", {}, urgencyShape(key),
          h("b", {}, term("urgency", key)), h("span", { class: "hint" }, t(`urgencyHint.${key}`)),
          form.specialty ? h("span", { class: "hint expected" }, expectedWait(form.specialty, key)) : null))))),
    furtherPart(form.further, form.specialty, specialties),
    h("div", { class: "step-foot" },
      button(t("previous"), () => step(1), {}),
      button(t("next"), () => step(3), { kind: "primary", disabled: !form.specialty || !form.urgency })));
}

function reasonStep(form, step) {
  return h("section", { key: "reason", class: "step" },
    patientLine(form),
    h("dl", { class: "review" },
      h("dt", {}, t("ask.specialty")), h("dd", {}, specialtyName(form.specialty)),
      h("dt", {}, t("ask.urgency")), h("dd", {}, urgencyTag(form.urgency)),
      furtherReview(form.further)),
    h("label", { for: "reason" }, t("ask.reason")),
    h("textarea", {
      id: "reason", rows: 5, maxlength: 2000, value: form.reason, "data-step": true,
      placeholder: t("ask.reasonHint"), on: { input: (event) => { form.reason = event.target.value; } },
    }),
    h("p", { class: "hint" }, t("ask.noNames")),
    form.problem ? h("p", { class: "problem", role: "alert" }, form.problem) : null,
    h("div", { class: "step-foot" },
      button(t("previous"), () => step(2), {}),
      form.urgency === "soon" || form.urgency === "routine" ? button(t("slots.chooseTime"), () => go({
        name: "slots", patient: form.patient, specialty: form.specialty, urgency: form.urgency, reason: form.reason, further: form.further,
      }), { glyph: "clock" }) : null,
      button(t("ask.send"), () => run("ask", () => send(form)), {
        kind: form.urgency === "emergency" ? "danger" : "primary",
      })));
}

function patientLine(form) {
  const patient = state.patients.get(form.patient);
  return h("div", { class: "chosen-patient" },
    h("span", { class: "choice-main" }, h("strong", {}, form.patient),
      patient ? h("span", { class: "hint" }, personLine(patient)) : null),
    patient ? scoreBadge(patient.score) : null);
}

async function send(form) {
  form.problem = null;
  try {
    const request = await api.post("/requests", {
      patient: form.patient, specialty: form.specialty, urgency: form.urgency,
      ...furtherBody(form.further),
      modality: "video",
      ...(form.reason.trim() ? { reason: form.reason.trim() } : {}),
    }, { key: form.key });
    desk.takeRequest(request);
    delete state.form.ask;
    toast(t("ask.sent"), "good");
    replace({ name: "requests" });
  } catch (problem) {
    form.problem = explainProblem(problem);
    // The server saw this key with this body; a changed form is another request.
    if (problem.status >= 400 && problem.status < 500) form.key = api.freshKey();
    changed();
  }
}
