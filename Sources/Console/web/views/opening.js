// A site's opening hours: when planned consults are held there; saved after a look at what would be left outside.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import * as api from "../app/api.js";
import * as desk from "../app/desk.js";
import { back } from "../app/routes.js";
import { state, changed, toast } from "../app/state.js";
import { datedForm, datedPart, datedRecord, strandedPart, weekForm, weekPart, weekRecord } from "./hours.js";
import { button, explainProblem, heading, run, waiting } from "./parts.js";

/** What a visit of the page holds: the clinic's own site, or the one an administrator came for or names. */
function viewOf(route) {
  if (state.form.opening?.for !== route) {
    const site = desk.isClinic() ? state.person.site : route.site ?? "";
    state.form.opening = { for: route, site, name: "", hours: null, version: null, form: null, problem: null };
  }
  return state.form.opening;
}

export function openingPage() {
  const view = viewOf(state.route);
  const isNamed = desk.isClinic() || Boolean(state.route.site);
  if (isNamed && !view.hours && !view.problem) run("opening-read", () => read(view));
  return h("main", { key: "opening", class: "page narrow" },
    h("div", { class: "section-head" }, heading(t("opening.title")), h("span", { class: "hint" }, view.name)),
    isNamed ? null : finder(view),
    view.problem ? h("p", { class: "problem", role: "alert" }, view.problem) : null,
    view.form ? editor(view) : isNamed && !view.problem ? waiting(4) : null);
}

function finder(view) {
  const find = () => run("opening-read", () => read(view));
  return h("form", { class: "slot-fields", on: { submit: (event) => { event.preventDefault(); find(); } } },
    h("div", {}, h("label", { for: "opening-site" }, t("opening.site")),
      h("input", {
        id: "opening-site", value: view.site, maxlength: 40, autocomplete: "off", placeholder: t("opening.siteHint"),
        on: { input: (event) => { view.site = event.target.value.trim(); } },
      })),
    button(t("opening.show"), find, { name: "opening-read" }));
}

async function read(view) {
  view.problem = null;
  try {
    const [site, { body, version }] = await Promise.all([
      api.get(`/sites/${view.site}`), api.versioned(`/sites/${view.site}/opening`),
    ]);
    Object.assign(view, { hours: body, version, name: site.name });
    view.form = formOf(body);
  } catch (problem) {
    Object.assign(view, { hours: null, form: null, name: "", problem: problem.code === "notFound" ? t("opening.noSite") : explainProblem(problem) });
  }
  changed();
}

const formOf = ({ weekly, closures, additions }) => ({
  always: !weekly, weekly: weekForm(weekly ?? []), closures: datedForm(closures), additions: datedForm(additions),
  checked: null, problem: null,
});

const recordOf = (form) => ({
  ...(form.always ? {} : { weekly: weekRecord(form.weekly) }),
  closures: datedRecord(form.closures), additions: datedRecord(form.additions),
});

function editor(view) {
  const { form } = view;
  const edit = (action) => () => { action(); form.checked = null; form.problem = null; changed(); };
  return h("div", { key: "editor", class: "block" },
    h("p", { class: "hint" }, t("opening.hint")),
    h("label", { class: "option" }, h("input", {
      type: "checkbox", checked: form.always, on: { change: edit(() => { form.always = !form.always; }) },
    }), h("span", {}, t("opening.always"))),
    form.always ? null : weekPart(form, "weekly", edit, t("opening.weekly")),
    datedPart(form, "closures", edit, t("opening.closures")),
    form.always ? null : datedPart(form, "additions", edit, t("opening.additions")),
    form.problem ? h("p", { class: "problem", role: "alert" }, form.problem) : null,
    form.checked ? strandedPart(form.checked) : null,
    h("div", { class: "step-foot" },
      button(t("hours.reset"), () => { view.form = formOf(view.hours); changed(); }, {}),
      form.checked
        ? button(t(form.checked.length ? "hours.saveAnyway" : "hours.save"), () => send(view, false),
          { kind: form.checked.length ? "danger" : "primary", name: "opening" })
        : button(t("hours.check"), () => send(view, true), { kind: "primary", name: "opening" })));
}

async function send(view, isPreview) {
  const { form } = view;
  form.problem = null;
  try {
    const path = `/sites/${view.site}/opening${isPreview ? "?preview=true" : ""}`;
    const answer = await api.put(path, recordOf(form), { version: view.version });
    if (isPreview) form.checked = answer.stranded;
    else {
      delete state.form.opening;
      toast(t("opening.saved"), "good");
      back();
    }
  } catch (problem) {
    form.problem = problem.code ? explainProblem(problem) : problem.message;
  }
  changed();
}
