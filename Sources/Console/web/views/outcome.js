// The outcome: the receiving side decides and reports back; the consult ends with it.

import { h } from "../app/dom.js";
import { t, term } from "../app/words.js";
import { changed } from "../app/state.js";
import { button, run } from "./parts.js";

const dispositions = ["treatLocally", "transfer", "followUp", "discharged"];

export function outcomeForm(room) {
  const form = room.outcome ??= { disposition: null, note: "" };
  if (!form.open) {
    return h("div", { key: "outcome", class: "card outcome-closed" },
      h("span", {}, t("outcome.need")),
      button(t("outcome.open"), () => { form.open = true; changed(); }, { kind: "primary" }));
  }
  const ready = form.disposition && form.note.trim().length > 0;
  return h("form", { key: "outcome-form", class: "card outcome", on: { submit: (event) => event.preventDefault() } },
    h("h2", {}, t("outcome.title")),
    h("fieldset", {}, h("legend", {}, t("outcome.disposition")),
      h("div", { class: "options" }, dispositions.map((key) => h("label", { key, class: "option" },
        h("input", { type: "radio", name: "disposition", value: key, checked: form.disposition === key, on: { change: () => { form.disposition = key; changed(); } } }),
        h("span", {}, term("disposition", key)))))),
    h("label", { for: "note" }, t("outcome.note")),
    h("textarea", {
      id: "note", rows: 4, maxlength: 4000, value: form.note, placeholder: t("outcome.noteHint"),
      on: { input: (event) => { form.note = event.target.value; changed(); } },
    }),
    h("div", { class: "step-foot" },
      button(t("outcome.later"), () => { form.open = false; changed(); }),
      button(t("outcome.end"), () => run("outcome", () => room.giveOutcome(form.disposition, form.note.trim())), { kind: "primary", disabled: !ready })));
}
