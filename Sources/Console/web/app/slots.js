// Finding a time, holding it while somebody decides, booking it; and moving what is booked.

import * as api from "./api.js";
import * as desk from "./desk.js";
import { furtherBody } from "./further.js";
import { dayNumber, dayOf, dayStart } from "./localtime.js";
import { state, changed, now } from "./state.js";

/** The form of a route: what is asked for, what was found, what is held. */
export function formFor(route) {
  if (state.form.slots?.for === route) return state.form.slots;
  const moved = route.move ? state.bookings.get(route.move) : null;
  const form = {
    for: route, move: moved?.id ?? null, others: false,
    patient: moved?.patient ?? route.patient ?? "",
    specialty: moved?.specialty ?? route.specialty ?? state.doctor?.specialties?.[0] ?? null,
    urgency: moved?.urgency ?? route.urgency ?? "routine", reason: route.reason ?? "",
    further: route.further ?? null, from: null, found: null, hold: null, problem: null, key: api.freshKey(),
  };
  state.form.slots = form;
  if (form.move || form.patient && form.specialty) search(form);
  return form;
}

/** What the server is asked for. */
function draft(form) {
  const patient = state.patients.get(form.patient);
  const day = form.from ? dayOf(form.from) : null;
  return {
    patient: form.patient, specialty: form.specialty, urgency: form.urgency,
    ...(form.further ? furtherBody(form.further) : patient?.languages?.length ? { languages: patient.languages } : {}),
    ...(day !== null && day > dayNumber(now()) ? { earliest: new Date(dayStart(day)).toISOString() } : {}),
    ...(form.reason.trim() ? { reason: form.reason.trim() } : {}),
  };
}

/** What is asked for instead of a booking's slot. */
function instead(form) {
  const fields = new URLSearchParams({ limit: 24 });
  if (form.others) fields.set("others", "true");
  if (form.from && dayOf(form.from) > dayNumber(now())) fields.set("from", new Date(dayStart(dayOf(form.from))).toISOString());
  return fields;
}

export async function search(form) {
  form.problem = null;
  const turn = form.turn = (form.turn ?? 0) + 1;
  try {
    const answer = form.move ? await api.get(`/bookings/${form.move}/slots?${instead(form)}`)
      : await api.post("/slots/search", { ...draft(form), limit: 24 });
    // What was asked for before the reader chose otherwise may come last.
    if (form.turn !== turn) return;
    form.found = answer.items;
  } catch (problem) {
    if (form.turn !== turn) return;
    form.found = null;
    form.problem = problem;
  }
  changed();
}

/** Takes a slot for some minutes; when it has just gone, the others that are left are shown. */
export async function choose(form, slot) {
  form.problem = null;
  try {
    if (form.move) {
      const answer = await api.post(`/bookings/${form.move}/reschedule`, {
        start: slot.start, ...(form.others ? { doctor: slot.doctor } : {}),
      });
      // Another doctor is asked first; until the yes the booking stands, and its news come by the feed.
      if (!form.others) desk.takeBooking(answer);
      return true;
    }
    form.hold = {
      ...await api.post("/holds", { ...draft(form), doctor: slot.doctor, start: slot.start }, { key: form.key }),
      doctorName: slot.doctorName, reasons: slot.reasons,
    };
  } catch (problem) {
    form.problem = problem;
    if (problem.alternatives?.length) form.found = await named(problem.alternatives);
  }
  form.key = api.freshKey();
  changed();
  return false;
}

/** The slots that a refusal names, with the doctors' names. */
async function named(slots) {
  return Promise.all(slots.map(async (slot) => {
    const doctor = await api.get(`/doctors/${slot.doctor}`).catch(() => null);
    return { ...slot, doctorName: doctor?.name ?? slot.doctor, reasons: [] };
  }));
}

export async function book(form) {
  desk.takeBooking(await api.post("/bookings", { hold: form.hold.id }, { key: form.hold.id }));
  delete state.form.slots;
}

export async function giveBack(form) {
  const { id } = form.hold;
  form.hold = null;
  changed();
  await api.remove(`/holds/${id}`);
}

/** Seconds until a hold ends by itself. */
export const secondsLeft = (hold) => (hold.expiresAt ? (Date.parse(hold.expiresAt) - now()) / 1000 : 0);
