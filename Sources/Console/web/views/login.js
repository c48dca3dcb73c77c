// The log-in.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed, busy, once } from "../app/state.js";
import { languageSwitch, mark } from "./frame.js";
import { explainProblem } from "./parts.js";

export function loginPage(signedIn) {
  const send = (event) => {
    event.preventDefault();
    const form = event.target;
    once("login", async () => {
      state.form.loginProblem = null;
      try {
        const person = await api.logIn(form.elements.user.value.trim(), form.elements.password.value);
        form.reset();
        await signedIn(person);
      } catch (problem) {
        state.form.loginProblem = problem.status === 401 ? t("login.wrong") : explainProblem(problem);
        form.elements.password.value = "";
        form.elements.password.focus();
        changed();
      }
    });
  };
  const problem = state.form.loginProblem;
  return h("div", { key: "login", class: "login" },
    h("main", { class: "login-card" },
      h("div", { class: "login-head" }, mark(), languageSwitch()),
      h("h1", {}, t("login.title")),
      h("p", { class: "hint" }, t("login.hint")),
      state.form.signedOut ? h("p", { class: "note" }, t("login.again")) : null,
      h("form", { on: { submit: send } },
        h("label", { for: "user" }, t("login.user")),
        h("input", {
          id: "user", name: "user", autocomplete: "username", autocapitalize: "none",
          spellcheck: "false", required: true, mount: (el) => el.focus(),
        }),
        h("label", { for: "password" }, t("login.password")),
        h("input", {
          id: "password", name: "password", type: "password", required: true,
          autocomplete: "current-password", "aria-describedby": problem ? "login-problem" : null,
        }),
        h("p", { id: "login-problem", class: "problem", role: "alert" }, problem ?? ""),
        h("button", { class: "button primary wide", disabled: busy("login"), "aria-busy": busy("login") },
          t(busy("login") ? "login.busy" : "login.enter")))),
    h("footer", { class: "login-foot" }, t("notCertified")));
}
