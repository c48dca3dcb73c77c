// The start: words, who is signed in, and which page is shown.

import { render } from "./dom.js";
import * as words from "./words.js";
import * as api from "./api.js";
import * as desk from "./desk.js";
import * as room from "./room.js";
import * as sound from "./sound.js";
import { beforeLeaving, restart } from "./routes.js";
import { state, reset, changed, onChange } from "./state.js";
import { banner, connect, header, toastLine } from "../views/frame.js";
import { loginPage } from "../views/login.js";
import { clinicPage } from "../views/clinic.js";
import { doctorPage } from "../views/doctor.js";
import { overviewPage } from "../views/overview.js";
import { requestsPage } from "../views/requests.js";
import { askPage } from "../views/ask.js";
import { checkPage, endCheck } from "../views/check.js";
import { roomPage } from "../views/roompage.js";
import { forgetScores } from "../views/patient.js";

const root = document.getElementById("app");
let started = false;

function page() {
  const { name } = state.route;
  if (name !== "check") endCheck();
  if (name === "check") return checkPage();
  if (name === "room") return roomPage();
  if (desk.isDoctor()) return doctorPage();
  if (!desk.isClinic()) return overviewPage();
  if (name === "requests") return requestsPage();
  if (name === "ask") return askPage();
  return clinicPage();
}

function draw() {
  if (!started) return;
  if (!state.person) {
    document.title = words.t("product");
    render(root, loginPage(signedIn), toastLine());
    return;
  }
  const waiting = desk.openAlarms().filter((alarm) => alarm.signal === "on" || alarm.signal === "latched").length;
  document.title = waiting ? `(${waiting}) ${words.t("product")}` : words.t("product");
  render(root, header(), banner(), page(), toastLine());
}

async function signedIn(person) {
  reset();
  state.person = person;
  restart();
  desk.start();
  changed();
}

function forget(expired) {
  room.leave();
  endCheck();
  desk.stop();
  forgetScores();
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
