// Choosing a time: slots best first, each with what speaks for it; a chosen one is held meanwhile.

import { h } from "../app/dom.js";
import { t, span, day as dayName, time, countdown, term } from "../app/words.js";
import { dayNumber, isoDate } from "../app/localtime.js";
import { back, go, replace } from "../app/routes.js";
import { say } from "../app/sayings.js";
import * as desk from "../app/desk.js";
import * as slots from "../app/slots.js";
import { state, changed, now, toast } from "../app/state.js";
import { button, explainProblem, heading, run, specialtyName, urgencyTag, waiting } from "./parts.js";

export function slotsPage() {
  const form = slots.formFor(state.route);
  return h("main", { key: "slots", class: "page narrow" },
    h("div", { class: "section-head" }, heading(t(form.move ? "slots.move" : "slots.book")),
      button(t("cancel"), () => leave(form), { kind: "quiet" })),
    form.hold ? holdPart(form) : h("div", { key: "choose", class: "step" },
      question(form),
      form.problem ? h("p", { class: "problem", role: "alert" }, reason(form, form.problem)) : null,
      form.found ? foundPart(form) : (form.move || form.patient && form.specialty) && !form.problem ? waiting(3) : null));
}

function leave(form) {
  if (form.hold) run("slots-back", () => slots.giveBack(form));
  delete state.form.slots;
  back();
}

function question(form) {
  const moved = form.move ? state.bookings.get(form.move) : null;
  const changedField = (action) => (event) => { action(event); form.found = null; changed(); slots.search(form); };
  return h("form", { class: "slot-question", on: { submit: (event) => { event.preventDefault(); slots.search(form); } } },
    moved ? h("dl", { class: "review" },
      h("dt", {}, t("slots.now")), h("dd", {}, span(moved.start, moved.end, now())),
      h("dt", {}, t(desk.isDoctor() ? "offer.site" : "slots.doctor")),
      h("dd", {}, desk.isDoctor() ? moved.siteName : moved.doctorName)) : null,
    moved ? whose(form, moved, changedField)
      : h("div", { class: "slot-fields" },
        h("div", {}, h("label", { for: "slot-patient" }, t("offer.patient")),
          h("input", {
            id: "slot-patient", value: form.patient, autocomplete: "off", maxlength: 64, disabled: !desk.isDoctor(),
            placeholder: t("slots.patientHint"),
            on: { change: changedField((event) => { form.patient = event.target.value.trim(); }) },
          })),
        desk.isDoctor() ? choice(form, "specialty", state.doctor?.specialties ?? [], specialtyName, changedField)
          : h("p", {}, h("span", { class: "hint" }, t("ask.specialty")), h("br"), specialtyName(form.specialty)),
        desk.isDoctor() ? choice(form, "urgency", ["soon", "routine"], (key) => term("urgency", key), changedField)
          : h("p", {}, urgencyTag(form.urgency))),
    h("div", {}, h("label", { for: "slot-from" }, t("slots.from")),
      h("input", {
        id: "slot-from", type: "date", value: form.from ?? isoDate(dayNumber(now())), min: isoDate(dayNumber(now())),
        on: { change: changedField((event) => { form.from = event.target.value; }) },
      })));
}

function choice(form, field, keys, name, changedField) {
  return h("div", {}, h("label", { for: `slot-${field}` }, t(`ask.${field}`)),
    h("select", { id: `slot-${field}`, value: form[field], on: { change: changedField((event) => { form[field] = event.target.value; }) } },
      keys.map((key) => h("option", { key, value: key, selected: form[field] === key }, name(key)))));
}

/** Whether the doctor stays; a group's doctors have agreed to come together. */
function whose(form, moved, changedField) {
  const option = (others, words) => h("label", { key: String(others), class: "option" }, h("input", {
    type: "radio", name: "whose", value: String(others), checked: form.others === others,
    on: { change: changedField(() => { form.others = others; }) },
  }), h("span", {}, words));
  if (moved.claims?.some((claim) => claim.kind !== "interpreter")) return null;
  return h("fieldset", { class: "block" }, h("legend", {}, t("slots.whose")),
    option(false, t(desk.isDoctor() ? "slots.withMe" : "slots.withSame", { doctor: moved.doctorName })),
    option(true, t("slots.withOther")),
    form.others ? h("p", { class: "hint" }, t("slots.otherHint")) : null);
}

/** Of a search only the patient can be unknown. */
const reason = (form, problem) => (problem.code === "notFound" && !form.move ? t("slots.noPatient") : explainProblem(problem));

function foundPart(form) {
  if (form.found.length === 0) return h("p", { class: "empty" }, t("slots.none"));
  const days = Map.groupBy ? Map.groupBy(form.found, (slot) => dayNumber(slot.start))
    : form.found.reduce((map, slot) => map.set(dayNumber(slot.start), [...map.get(dayNumber(slot.start)) ?? [], slot]), new Map());
  return h("div", { class: "block" }, h("p", { class: "hint" }, t("slots.best")),
    [...days].map(([day, found]) => h("section", { key: day, class: "block" },
      h("h2", {}, dayName(found[0].start)),
      h("ul", { class: "slots" }, found.map((slot) => slotItem(form, slot))))));
}

/** What speaks for a slot beside its time, which stands there already. */
const reasons = (slot) => slot.reasons.filter((reason) => !reason.startsWith("can begin"));

function slotItem(form, slot) {
  const name = `slot-${slot.doctor}-${slot.start}`;
  return h("li", { key: name, class: "slot" },
    h("strong", { class: "booking-time" }, `${time(slot.start)}–${time(slot.end)}`),
    h("div", { class: "slot-who" }, h("span", {}, slot.doctorName),
      reasons(slot).length ? h("span", { class: "hint" }, reasons(slot).map(say).join(" · ")) : null),
    button(t(form.others ? "slots.askOther" : form.move ? "slots.moveHere" : "slots.choose"), async () => {
      if (!await slots.choose(form, slot)) return;
      delete state.form.slots;
      toast(t(form.others ? "slots.otherAsked" : "slots.moved"), "good");
      back();
    }, { kind: "small primary", name }));
}

function holdPart(form) {
  const { hold } = form;
  const left = slots.secondsLeft(hold);
  const isOver = left <= 0;
  return h("section", { key: "hold", class: "offer", "aria-label": t("slots.held") },
    h("div", { class: "offer-head" }, h("h2", {}, t(isOver ? "slots.over" : "slots.held")),
      isOver ? null : h("span", { class: "offer-left", role: "timer" }, h("b", {}, countdown(left)))),
    h("dl", { class: "review" },
      h("dt", {}, t("offer.time")), h("dd", {}, h("strong", {}, span(hold.start, hold.end, now()))),
      h("dt", {}, t("slots.doctor")), h("dd", {}, hold.doctorName),
      h("dt", {}, t("offer.patient")), h("dd", {}, form.patient),
      h("dt", {}, t("ask.specialty")), h("dd", {}, specialtyName(form.specialty))),
    reasons(hold).length ? h("ul", { class: "reasons" }, reasons(hold).map((reason, at) => h("li", { key: at }, say(reason)))) : null,
    isOver ? null : h("p", { class: "hint" }, t(desk.isDoctor() ? "slots.bookHint" : "slots.askHint")),
    h("div", { class: "offer-actions" },
      isOver ? button(t("slots.again"), () => { form.hold = null; form.found = null; slots.search(form); changed(); }, { kind: "primary large" })
        : [button(t(desk.isDoctor() ? "slots.confirm" : "slots.ask"), () => send(form), { kind: "primary large", name: "slots-book", glyph: "check" }),
          button(t("slots.giveBack"), () => slots.giveBack(form), { kind: "large", name: "slots-back" })]));
}

async function send(form) {
  await slots.book(form);
  toast(t(desk.isDoctor() ? "slots.booked" : "slots.asked"), "good");
  if (desk.isDoctor()) go({ name: "calendar" });
  else replace({ name: "requests" });
}
