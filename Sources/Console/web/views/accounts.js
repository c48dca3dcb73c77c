// Accounts and tables of the registry, for administrators.

import { h } from "../app/dom.js";
import { t, term, day, number } from "../app/words.js";
import * as api from "../app/api.js";
import { paged } from "../app/paged.js";
import { state, changed, toast } from "../app/state.js";
import { listing } from "./administration.js";
import { button, explainProblem, heading, icon } from "./parts.js";

const roles = ["clinic", "doctor", "interpreter", "administrator", "observer", "auditor", "integration"];
/** What an account of a role is about. */
const belongs = { clinic: "site", doctor: "doctor", interpreter: "interpreter" };

/** Who may sign in, and as what; added, shut out and let in again. */
export function usersPage() {
  const view = state.form.users_ ??= { open: null, password: "" };
  const list = paged("users", "/users");
  return h("main", { key: "users", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("users.title")),
      view.open === "new" ? null : button(t("users.add"), () => { view.open = "new"; view.draft = { role: "clinic" }; changed(); }, { kind: "primary", glyph: "plus" })),
    h("p", { class: "hint" }, t("users.hint")),
    view.open === "new" ? draft(view, list) : null,
    listing(list, ["users.name", "users.roles", "users.place", "users.state", "list.do"], (one) => h("tr", { key: one.user },
      h("th", { scope: "row" }, one.user),
      h("td", {}, one.roles.map((role) => term("role", role)).join(", ")),
      h("td", {}, one.site ?? one.doctor ?? one.interpreter ?? "–"),
      h("td", {}, one.disabledAt
        ? h("span", { class: "tag" }, icon("close"), t("users.disabledSince", { day: day(one.disabledAt) }))
        : h("span", { class: "tag" }, icon("check"), t("users.active"))),
      h("td", {}, acts(view, list, one))), "users.none"));
}

function acts(view, list, one) {
  if (view.open === one.user) {
    return h("form", { class: "confirm", on: { submit: (event) => { event.preventDefault(); event.target.querySelector(".primary").click(); } } },
      h("input", {
        type: "password", autocomplete: "new-password", minlength: 8, maxlength: 200, value: view.password,
        "aria-label": t("users.newPassword", { user: one.user }), placeholder: t("users.password"),
        on: { input: (event) => { view.password = event.target.value; } },
      }),
      button(t("users.set"), async () => {
        await api.post(`/users/${one.user}/password`, { password: view.password });
        close(view);
        toast(t("users.passwordSet", { user: one.user }), "good");
      }, { kind: "small primary", name: `password-${one.user}` }),
      button(t("cancel"), () => close(view), { kind: "small" }));
  }
  const verb = one.disabledAt ? "enable" : "disable";
  return h("span", { class: "confirm" },
    one.user === state.person.user ? null : button(t(`users.${verb}`), async () => {
      const answer = await api.post(`/users/${one.user}/${verb}`);
      list.items = list.items.map((item) => (item.user === one.user ? answer : item));
      toast(t(`users.${verb}d`, { user: one.user }), "good");
      changed();
    }, { kind: "small", name: `${verb}-${one.user}` }),
    button(t("users.reset"), () => { view.open = one.user; view.password = ""; changed(); }, { kind: "small" }));
}

function close(view) {
  view.open = null;
  view.password = "";
  view.draft = null;
  changed();
}

function draft(view, list) {
  const one = view.draft;
  const member = belongs[one.role];
  const field = (name, label, input) => h("div", { key: name }, h("label", { for: `user-${name}` }, label), input);
  const text = (name, more) => h("input", {
    id: `user-${name}`, value: one[name] ?? "", ...more, on: { input: (event) => { one[name] = event.target.value; } },
  });
  return h("form", {
    key: "draft", class: "slot-fields card", "aria-label": t("users.add"),
    on: { submit: (event) => { event.preventDefault(); event.target.querySelector(".primary").click(); } },
  },
    field("name", t("users.name"), text("name", { maxlength: 40, autocomplete: "off", pattern: "[a-z0-9\\-]+", "data-focus": "" })),
    field("password", t("users.password"), text("password", { type: "password", minlength: 8, maxlength: 200, autocomplete: "new-password" })),
    field("role", t("users.role"), h("select", { id: "user-role", on: { change: (event) => { one.role = event.target.value; changed(); } } },
      roles.map((role) => h("option", { key: role, value: role, selected: role === one.role }, term("role", role))))),
    member ? field(member, t(`users.${member}`), text(member, { maxlength: 40, autocomplete: "off" })) : null,
    h("div", { key: "do", class: "confirm" },
      button(t("users.make"), async () => {
        const made = await api.post("/users", {
          user: (one.name ?? "").trim(), password: one.password ?? "", roles: [one.role], ...(member ? { [member]: (one[member] ?? "").trim() } : {}),
        });
        list.items = [...list.items, made].sort((a, b) => (a.user < b.user ? -1 : 1));
        close(view);
        toast(t("users.made", { user: made.user }), "good");
      }, { kind: "primary", name: "make-user" }),
      button(t("cancel"), () => close(view))));
}

const tables = ["sites", "doctors", "interpreters", "availability"];

/** A table of the registry: checked row by row first, then taken whole. */
export function importsPage() {
  const view = state.form.imports ??= { table: "sites", name: null, text: null, preview: null, problem: null, done: null };
  const { preview } = view;
  return h("main", { key: "imports", class: "page wide" },
    h("div", { class: "section-head" }, heading(t("imports.title"))),
    h("p", { class: "hint" }, t("imports.hint")),
    h("div", { class: "slot-fields" },
      h("div", {}, h("label", { for: "import-table" }, t("imports.table")),
        h("select", { id: "import-table", on: { change: (event) => { Object.assign(view, { table: event.target.value, preview: null, problem: null, done: null }); if (view.text !== null) look(view); changed(); } } },
          tables.map((name) => h("option", { key: name, value: name, selected: name === view.table }, t(`imports.${name}`))))),
      h("div", {}, h("label", { for: "import-file" }, t("imports.file")),
        h("input", { id: "import-file", type: "file", accept: ".csv,text/csv", on: { change: (event) => choose(view, event.target.files[0]) } }))),
    view.problem ? h("p", { class: "problem", role: "alert" }, explainProblem(view.problem)) : null,
    view.done ? h("p", { key: "done", class: "notice good", role: "status" }, t("imports.done", { rows: number(view.done.rows), added: number(view.done.added), changed: number(view.done.changed) })) : null,
    preview ? found(view, preview) : null);
}

async function choose(view, file) {
  if (!file) return;
  Object.assign(view, { name: file.name, text: await file.text(), preview: null, problem: null, done: null });
  await look(view);
}

async function look(view) {
  try {
    view.preview = await api.post(`/imports/${view.table}?preview=true`, view.text, { type: "text/csv", timeout: 60000 });
    view.problem = null;
  } catch (problem) {
    view.preview = null;
    view.problem = problem;
  }
  changed();
}

function found(view, preview) {
  if (preview.problemCount > 0) {
    return h("section", { key: "wrong", "aria-labelledby": "import-wrong" },
      h("h2", { id: "import-wrong" }, t("imports.wrong", { n: number(preview.problemCount) })),
      h("p", { class: "hint" }, t("imports.columns", { columns: preview.columns.join(", ") })),
      h("div", { class: "scroller" }, h("table", { class: "records" },
        h("thead", {}, h("tr", {}, ["line", "column", "message"].map((name) => h("th", { key: name, scope: "col" }, t(`imports.${name}`))))),
        h("tbody", {}, preview.problems.map((one, index) => h("tr", { key: index },
          h("th", { scope: "row" }, number(one.line)), h("td", {}, one.column ?? "–"), h("td", {}, one.message)))))),
      preview.problems.length < preview.problemCount ? h("p", { class: "hint" }, t("imports.more", { n: number(preview.problemCount - preview.problems.length) })) : null);
  }
  return h("section", { key: "right", "aria-labelledby": "import-right" },
    h("h2", { id: "import-right" }, t("imports.right", { name: view.name, rows: number(preview.rows) })),
    h("p", {}, t("imports.news", { added: number(preview.added), changed: number(preview.changed) })),
    preview.remarks.length ? h("ul", {}, preview.remarks.map((remark) => h("li", { key: remark }, remark))) : null,
    button(t("imports.take"), async () => {
      view.done = await api.post(`/imports/${view.table}`, view.text, { type: "text/csv", key: api.freshKey(), timeout: 60000 });
      Object.assign(view, { preview: null, text: null, name: null });
      changed();
    }, { kind: "primary", name: "take-import", disabled: preview.added + preview.changed === 0 }));
}
