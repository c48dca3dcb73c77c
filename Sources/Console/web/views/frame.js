// What surrounds every page: header, connection banner, sound, language, toast.

import { h } from "../app/dom.js";
import { t, term, current, countdown, lasting, preciseTime } from "../app/words.js";
import * as desk from "../app/desk.js";
import * as sound from "../app/sound.js";
import { go, restart } from "../app/routes.js";
import { state } from "../app/state.js";
import * as wall from "../app/wall.js";
import { button, icon } from "./parts.js";

let switchLanguage = () => {};
let leave = () => {};
export function connect(actions) { ({ switchLanguage, leave } = actions); }

export function mark() {
  return h("span", { class: "mark" },
    h("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" },
      h("rect", { x: 1, y: 1, width: 30, height: 30, rx: 8 }),
      h("path", { d: "M4 17h6l3-8 5 15 3.5-9 1.5 2h5" })),
    h("span", {}, t("product")));
}

export function languageSwitch() {
  return h("div", { class: "languages", role: "group", "aria-label": t("language.switch") },
    [["vi", "Tiếng Việt", "VI"], ["en", "English", "EN"]].map(([code, name, short]) =>
      h("button", {
        key: code, type: "button", lang: code, title: name, "aria-label": name,
        "aria-pressed": String(current() === code), on: { click: () => switchLanguage(code) },
      }, short)));
}

function soundSwitch() {
  if (!desk.canAcknowledge()) return null;
  const left = sound.mutedFor();
  if (!sound.armed()) {
    return h("button", { type: "button", class: "sound off", title: t("sound.arm") },
      icon("silent"), h("span", {}, t("sound.off")));
  }
  return left > 0
    ? h("button", { type: "button", class: "sound muted", title: t("sound.unmute"), on: { click: sound.unmute } },
      icon("silent"), h("span", {}, t("sound.muted", { left: countdown(left) })))
    : h("button", { type: "button", class: "sound", title: t("sound.mute"), on: { click: sound.mute } },
      icon("sound"), h("span", {}, t(sound.wants() === "high" ? "sound.silence" : "sound.on")));
}

/** For a screen that a whole room looks at; small screens do not offer it. */
function wallSwitch() {
  if (desk.isDoctor() || desk.isInterpreter()) return null;
  return h("button", {
    type: "button", class: "sound wall-switch", "aria-pressed": String(wall.onWall()),
    title: t(wall.onWall() ? "wall.leave" : "wall.enter"), "aria-label": t(wall.onWall() ? "wall.leave" : "wall.enter"),
    on: { click: () => (wall.onWall() ? wall.leave() : wall.enter()) },
  }, icon("screen"));
}

function place() {
  if (desk.isClinic()) return state.site ? `${state.site.name}` : state.person.site;
  if (desk.isDoctor()) return state.doctor ? state.doctor.name : state.person.user;
  if (desk.isInterpreter() && state.interpreter) return state.interpreter.name;
  return state.person.user;
}

function placeBelow() {
  if (desk.isClinic()) return state.site ? `${state.site.ward}, ${state.site.provinceName}` : "";
  if (desk.isDoctor() && state.doctor) return state.doctor.hospitalName ?? state.doctor.hospital;
  return state.person.roles.map((role) => term("role", role)).join(", ");
}

export function header() {
  const at = state.route.name;
  const tab = (name, key, count) => h("button", {
    key: name, type: "button", class: "tab", "aria-current": at === name ? "page" : null,
    on: { click: () => (name === "desk" ? restart() : go({ name })) },
  }, t(key), count > 0 ? h("span", { class: "count" }, count) : null);
  return h("header", { class: "top" },
    mark(),
    h("div", { class: "where" }, h("strong", {}, place()), h("span", {}, placeBelow())),
    h("nav", { class: "tabs", "aria-label": t("nav") }, tab("desk", "tab.desk", 0),
      desk.isClinic() ? tab("requests", "tab.requests", runningRequests())
        : desk.isDoctor() ? tab("calendar", "calendar.title", 0)
        : desk.isInterpreter() ? tab("hours", "hours.title", 0)
          : nationalPages().map((name) => tab(name, `${name}.title`, 0))),
    h("div", { class: "tools" },
      liveDot(), soundSwitch(), wallSwitch(), languageSwitch(),
      h("button", { type: "button", class: "quiet", on: { click: leave } }, t("logOut"))));
}

/** What the people of the national desk may open, by their roles. */
const nationalPages = () => ["map", "forecast",
  ...(desk.isAdministrator() || desk.isObserver() ? ["report"] : []),
  ...(desk.isAdministrator() ? ["devices", "quarantine", "users", "imports"] : []),
  ...(desk.isAdministrator() || desk.isAuditor() ? ["audit"] : []),
  ...(desk.isAdministrator() ? ["health"] : [])];

const runningRequests = () => [...state.requests.values()]
  .filter((request) => ["open", "offered", "matched", "unmatched"].includes(request.state)).length;

function liveDot() {
  const live = state.link.state === "live";
  return h("span", { class: `dot ${live ? "live" : "dead"}`, title: t(live ? "link.liveTitle" : "link.lost") },
    t(live ? "link.live" : "link.dead"));
}

/** Says plainly when what is shown is not live, and since when. */
export function banner(link = state.link, key = "banner", hurry = desk.hurry) {
  if (link.state === "live" || link.state === "off") return null;
  if (link.state === "stopped") {
    if (link.why === "closed") return null;
    return h("div", { key, class: "banner bad", role: "alert" },
      h("strong", {}, t(link.why === "superseded" ? "link.superseded" : "link.stopped")),
      button(t("link.here"), desk.takeOver, { kind: "small" }));
  }
  if (link.since === null) {
    return link.state === "lost"
      ? h("div", { key, class: "banner bad", role: "alert" }, h("strong", {}, t("link.never"))) : null;
  }
  return h("div", { key, class: "banner bad", role: "alert" },
    h("strong", {}, t("link.since", { time: preciseTime(link.since) })),
    h("span", {}, t("link.trying", { age: lasting((Date.now() - link.since) / 1000) })),
    button(t("link.now"), hurry, { kind: "small" }));
}

/** While the reader looks elsewhere the room goes on: one touch leads back. */
export function roomBar() {
  if (!state.room || state.room.finished || state.route.name === "room") return null;
  return h("div", { key: "room-bar", class: "banner on-air", role: "status" },
    h("strong", {}, t("room.goesOn")), button(t("room.rejoin"), () => go({ name: "room" }), { kind: "small" }));
}

export function toastLine() {
  const { toast } = state;
  return toast ? h("div", {
    key: `toast-${toast.id}`, class: `toast ${toast.kind}`, role: toast.kind === "error" ? "alert" : "status",
  }, toast.text) : null;
}
