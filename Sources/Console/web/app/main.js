// The start: words, who is signed in, and which page is shown.

import { h, hush, loadStyle, render } from "./dom.js";
import * as words from "./words.js";
import * as api from "./api.js";
import * as desk from "./desk.js";
import * as sound from "./sound.js";
import * as wall from "./wall.js";
import { beforeLeaving, restart } from "./routes.js";
import { state, reset, changed, onChange, toast } from "./state.js";
import { banner, connect, header, roomBar, toastLine } from "../views/frame.js";
import { loginPage } from "../views/login.js";
import { clinicPage } from "../views/clinic.js";
import { doctorPage } from "../views/doctor.js";
import { overviewPage } from "../views/overview.js";
import { requestsPage } from "../views/requests.js";
import { askPage } from "../views/ask.js";
import { forgetScores } from "../views/patient.js";
import { waiting } from "../views/parts.js";

const root = document.getElementById("app");
let started = false;
let rooms = null;

/** The room's pages come when somebody first goes there. */
async function loadRooms() {
  if (rooms) return;
  rooms = {};
  loadStyle("/style/room.css");
  try {
    const [room, check, page] = await Promise.all([
      import("./room.js"), import("../views/check.js"), import("../views/roompage.js"),
    ]);
    rooms = { leave: room.leave, endCheck: check.endCheck, checkPage: check.checkPage, roomPage: page.roomPage };
  } catch {
    rooms = null;
    toast(words.t("problem.network"), "error");
    restart();
  }
  changed();
}

/** Pages that come when somebody first goes there. */
const further = {
  calendar: async () => (await import("../views/calendar.js")).calendarPage,
  opening: async () => (await import("../views/opening.js")).openingPage,
  hours: async () => (await import("../views/hours.js")).hoursPage,
  interpreter: async () => (await import("../views/interpreter.js")).interpreterPage,
  slots: async () => (await import("../views/slots.js")).slotsPage,
  quarantine: async () => (await import("../views/administration.js")).quarantinePage,
  users: async () => (await import("../views/accounts.js")).usersPage,
  imports: async () => (await import("../views/accounts.js")).importsPage,
  devices: async () => (await import("../views/administration.js")).devicesPage,
  audit: async () => (await import("../views/administration.js")).auditPage,
  health: async () => (await import("../views/health.js")).healthPage,
  map: async () => (await import("../views/map.js")).mapPage,
  report: async () => (await import("../views/report.js")).reportPage,
  forecast: async () => (await import("../views/forecast.js")).forecastPage,
};
const pages = new Map();

function furtherPage(name) {
  if (pages.get(name)) return pages.get(name)();
  if (!pages.has(name)) {
    pages.set(name, null);
    loadStyle("/style/calendar.css");
    loadStyle("/style/national.css");
    further[name]().then((page) => pages.set(name, page), () => {
      pages.delete(name);
      toast(words.t("problem.network"), "error");
      restart();
    }).then(changed);
  }
  return h("main", { key: "loading", class: "page" }, waiting(3));
}

function page() {
  const { name } = state.route;
  if (name !== "check") rooms?.endCheck?.();
  if (name === "check" || name === "room") {
    loadRooms();
    if (!rooms?.roomPage) return h("main", { key: "loading", class: "page narrow" }, waiting(2));
    return name === "check" ? rooms.checkPage() : rooms.roomPage();
  }
  if (name in further) return furtherPage(name);
  if (desk.isDoctor()) return doctorPage();
  if (desk.isInterpreter()) return furtherPage("interpreter");
  if (!desk.hasFeed()) return furtherPage("audit");
  if (!desk.isClinic()) return overviewPage();
  if (name === "requests") return requestsPage();
  if (name === "ask") return askPage();
  return clinicPage();
}

/** One line about a lost server is enough: in the room, the room's own. */
const roomSaysIt = () => state.route.name === "room" && state.room && !state.room.finished && state.room.status.state !== "live";

function draw() {
  if (!started) return;
  if (!state.person) {
    document.title = words.t("product");
    render(root, loginPage(signedIn), toastLine());
    return;
  }
  const waiting = desk.openAlarms().filter((alarm) => alarm.signal === "on" || alarm.signal === "latched").length;
  document.title = waiting ? `(${waiting}) ${words.t("product")}` : words.t("product");
  render(root, header(), roomSaysIt() ? null : banner(), roomBar(), page(), toastLine());
}

async function signedIn(person) {
  reset();
  state.person = person;
  restart();
  desk.start();
  changed();
}

function forget(expired) {
  rooms?.leave?.();
  rooms?.endCheck?.();
  wall.leave();
  desk.stop();
  forgetScores();
  hush();
  reset();
  state.form.signedOut = expired;
  restart();
}

async function switchLanguage(code) {
  await words.use(code, true);
  api.setLanguage(code);
  for (const id of state.explanations.keys()) desk.explain(id);
  changed();
}

async function start() {
  onChange(draw);
  const code = words.preferred();
  await words.use(code);
  api.setLanguage(code);
  api.whenSignedOut(() => { if (state.person) forget(true); });
  connect({
    switchLanguage,
    leave: async () => {
      await api.logOut().catch(() => {});
      forget(false);
    },
  });
  // The room is left by its button, not by a slip of the thumb.
  beforeLeaving(() => state.route.name !== "room" || !state.room || Boolean(state.room.finished));
  window.addEventListener("beforeunload", (event) => {
    if (state.room && !state.room.finished) event.preventDefault();
  });
  sound.arm();
  started = true;
  try {
    await signedIn(await api.me());
  } catch {
    restart();
  }
  changed();
  // Ages and countdowns move by themselves.
  let beat = 0;
  setInterval(() => {
    beat += 1;
    const fast = state.room || sound.mutedFor() > 0 || desk.offers().length > 0 || state.link.state === "lost";
    if (state.person && !document.hidden && (fast || beat % 5 === 0)) changed();
    if (state.person) desk.soundAlarms();
  }, 1000);
}

start();
