// The start of a consult: who the patient is, what was agreed to, how urgent it is. Each answer is
// recorded in the session; what is not answered is asked again in the room.

import { h } from "../app/dom.js";
import { t, term } from "../app/words.js";
import { purposes } from "../app/consents.js";
import { changed } from "../app/state.js";
import { urgencyShape } from "./parts.js";

const urgencies = ["emergency", "urgent", "soon", "routine"];

/** The three steps; `asked` is the request's own urgency. */
export function startChecklist(form, asked) {
  return h("fieldset", { class: "checklist" },
    h("legend", {}, t("start.title")),
    h("label", { class: "option" },
      h("input", { type: "checkbox", name: "identified", checked: form.identified, on: { change: (event) => { form.identified = event.target.checked; changed(); } } }),
      h("span", {}, h("b", {}, t("start.identified")), h("span", { class: "hint" }, t("start.identifiedHint")))),
    h("div", { class: "checklist-part", role: "group", "aria-label": t("start.consents") },
      h("b", {}, t("start.consents")),
      purposes.map((purpose) => choiceRow(term("purpose", purpose), `consent-${purpose}`,
        [[true, t("yes")], [false, t("no")]], form.consents[purpose],
        (value) => { form.consents[purpose] = value; changed(); }))),
    h("div", { class: "checklist-part" },
      choiceRow(t("start.urgency"), "start-urgency",
        urgencies.map((one) => [one, [urgencyShape(one), term("urgency", one)]]), form.urgency,
        (value) => { form.urgency = value; changed(); }),
      asked ? h("span", { class: "hint" }, t("start.asked", { urgency: term("urgency", asked) })) : null));
}

/** One question with a few answers, none chosen at first. */
function choiceRow(label, name, answers, chosen, choose) {
  return h("div", { key: name, class: "choice-row" },
    h("span", { id: name }, label),
    h("div", { class: "segments", role: "group", "aria-labelledby": name },
      answers.map(([value, text]) => h("button", {
        key: String(value), type: "button", class: `${name}-${value}`, "aria-pressed": String(chosen === value), on: { click: () => choose(value) },
      }, text))));
}
