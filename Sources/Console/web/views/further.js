// Who is to take part besides: the patient's languages (an interpreter comes where the doctor does not
// speak them), further specialties, further sites.

import { h } from "../app/dom.js";
import { t, languageName, number } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed } from "../app/state.js";
import { mostFurther as most } from "../app/further.js";
import { button, explainProblem, icon, specialtyName } from "./parts.js";

const languages = ["vi", "hmn", "tyz", "blt", "km", "rad", "en"];

/** The part of the form; `first` is the specialty that is asked for already. */
export function furtherPart(form, first, all) {
  const count = form.sites.length + form.specialties.length;
  return h("details", { class: "card further", open: form.open },
    h("summary", { on: { click: (event) => { event.preventDefault(); form.open = !form.open; changed(); } } }, t("further.title"), count ? h("span", { class: "count" }, number(count)) : null),
    languagePart(form), specialtyPart(form, first, all), sitePart(form));
}

function languagePart(form) {
  const spoken = form.languages ?? [];
  const turn = (code) => {
    form.languages = spoken.includes(code) ? spoken.filter((one) => one !== code) : [...spoken, code];
    changed();
  };
  return h("fieldset", {},
    h("legend", {}, t("further.languages")),
    h("div", { class: "options small" }, languages.map((code) => h("label", { key: code, class: "option" },
      h("input", { type: "checkbox", value: code, name: "language", checked: spoken.includes(code), on: { change: () => turn(code) } }),
      h("span", {}, languageName(code))))),
    h("p", { class: "hint" }, t("further.interpreterHint")));
}

function specialtyPart(form, first, all) {
  const left = all.filter((one) => one !== first && !form.specialties.some(({ specialty }) => specialty === one));
  return h("fieldset", {},
    h("legend", {}, t("further.specialties")),
    chosenList(form.specialties, ({ specialty }) => specialtyName(specialty), ({ specialty }) => specialty),
    form.specialties.length < most.specialties ? h("select", {
      "aria-label": t("further.addSpecialty"), class: "add-specialty", value: "",
      on: { change: (event) => {
        if (event.target.value) form.specialties.push({ specialty: event.target.value, required: true });
        event.target.value = "";
        changed();
      } },
    }, h("option", { key: "", value: "" }, t("further.addSpecialty")), left.map((one) => h("option", { key: one, value: one }, specialtyName(one)))) : null);
}

function sitePart(form) {
  return h("fieldset", {},
    h("legend", {}, t("further.sites")),
    chosenList(form.sites, ({ name }) => name, ({ site }) => site),
    form.sites.length < most.sites ? h("div", { class: "block" },
      h("input", {
        type: "search", class: "find-site", "aria-label": t("further.findSite"), placeholder: t("further.findSite"), value: form.query, autocomplete: "off",
        on: { input: (event) => find(form, event.target.value) },
      }),
      form.problem ? h("p", { class: "problem" }, explainProblem(form.problem)) : null,
      form.found?.length === 0 ? h("p", { class: "hint" }, t("map.noneFound")) : null,
      form.found?.length ? h("ul", { class: "choices" }, form.found.map((site) => h("li", { key: site.id },
        h("button", {
          type: "button", class: "choice", on: { click: () => {
            form.sites.push({ site: site.id, name: site.name, required: true });
            form.query = "";
            form.found = null;
            changed();
          } },
        }, h("span", { class: "choice-main" }, h("strong", {}, site.name), h("span", { class: "hint" }, [site.ward, site.provinceName].filter(Boolean).join(", "))),
        icon("plus"))))) : null) : null);
}

/** Those chosen, each needed or only welcome, and how to leave one out. */
function chosenList(list, name, key) {
  if (list.length === 0) return null;
  return h("ul", { class: "people" }, list.map((one, at) => h("li", { key: key(one), class: "person-line" },
    h("span", { class: "person-name" }, h("strong", {}, name(one))),
    h("label", { class: "needed" }, h("input", { type: "checkbox", checked: one.required, on: { change: (event) => { one.required = event.target.checked; changed(); } } }), " ", t("further.required")),
    button("", () => { list.splice(at, 1); changed(); }, { kind: "icon-button", glyph: "close", title: t("further.remove", { name: name(one) }) }))));
}

let asking = null;
/** Asks for sites by words of their names, a moment after the last key. */
function find(form, text) {
  form.query = text;
  clearTimeout(asking);
  if (text.trim().length < 2) { form.found = null; changed(); return; }
  asking = setTimeout(async () => {
    form.problem = null;
    try {
      const { items } = await api.get(api.query("/sites", { q: text.trim(), limit: 8 }));
      if (form.query !== text) return;
      const taken = new Set([state.person.site, ...form.sites.map(({ site }) => site)]);
      form.found = items.filter((site) => !taken.has(site.id)).slice(0, 6);
    } catch (problem) {
      form.problem = problem;
    }
    changed();
  }, 250);
}

/** What was asked for besides, in words, for the last look before sending. */
export function furtherReview(form) {
  const words = (list, name) => list.map((one) => `${name(one)}${one.required ? "" : ` (${t("further.welcome")})`}`).join(", ");
  return [
    form.languages?.length ? [h("dt", { key: "lt" }, t("ask.languages")), h("dd", { key: "ld" }, form.languages.map(languageName).join(", "))] : null,
    form.specialties.length ? [h("dt", { key: "st" }, t("further.specialties")), h("dd", { key: "sd" }, words(form.specialties, ({ specialty }) => specialtyName(specialty)))] : null,
    form.sites.length ? [h("dt", { key: "pt" }, t("further.sites")), h("dd", { key: "pd" }, words(form.sites, ({ name }) => name))] : null,
  ];
}
