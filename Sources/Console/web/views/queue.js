// Who waits for a doctor: in which order, for how long already, and for about how long still.

import { h } from "../app/dom.js";
import { personName, t, term, lasting, number } from "../app/words.js";
import * as desk from "../app/desk.js";
import { expectedWait } from "../app/expected.js";
import { go } from "../app/routes.js";
import { state, age } from "../app/state.js";
import { enterButton } from "./bookings.js";
import { specialtyName, urgencyTag } from "./parts.js";

/** The queue of whoever is signed in; nothing while nobody waits. */
export function queueList() {
  const waiting = [...state.queue ?? []].sort((a, b) => a.position - b.position);
  if (waiting.length === 0) return null;
  return h("section", { key: "queue", class: "queue", "aria-label": t("queue.title") },
    h("div", { class: "section-head" }, h("h2", {}, t("queue.title")), h("span", { class: "count" }, number(waiting.length))),
    h("ol", { class: "queue-list" }, waiting.map(queueItem)));
}

function queueItem(one) {
  const booking = state.bookings.get(one.booking);
  const here = one.participants ?? [];
  return h("li", { key: one.session, class: `queue-item urgency-edge-${one.urgency}` },
    h("span", { class: "queue-place" }, h("span", { class: "unseen" }, `${t("queue.place")} `), number(one.position)),
    h("div", { class: "queue-what" },
      h("strong", {}, desk.isDoctor() ? one.siteName ?? one.site : booking?.doctorName ?? t("room.title")),
      h("span", { class: "hint" }, [
        booking?.patient ? t("patient.called", { patient: booking.patient }) : null,
        t("queue.since", { age: lasting(age(one.since)) }), waitText(one),
        here.length ? t("queue.here", { who: here.map((person) => `${personName(person)} (${term("role", person.role)})`).join(", ") }) : null,
      ].filter(Boolean).join(" · "))),
    urgencyTag(one.urgency),
    booking && desk.isDoctor() ? enterButton(booking) : null);
}

/** The first is next; for the others the server estimates. */
function waitText({ position, expectedWaitSeconds: seconds }) {
  if (position === 1 && !seconds) return t("queue.soon");
  return seconds === undefined || seconds === null ? null : t("queue.wait", { time: lasting(seconds) });
}

/** The site's requests for which a doctor is still sought, with the wait that is expected; nothing without one. */
export function soughtList() {
  const sought = desk.unanswered();
  if (sought.length === 0) return null;
  return h("section", { key: "sought", class: "queue sought", "aria-label": t("queue.doctors") },
    h("div", { class: "section-head" }, h("h2", {}, t("queue.doctors")), h("span", { class: "count" }, number(sought.length))),
    h("ol", { class: "queue-list" }, sought.slice(0, 6).map((request) => h("li", { key: request.id, class: `queue-item urgency-edge-${request.urgency}` },
      h("div", { class: "queue-what" },
        h("strong", {}, specialtyName(request.specialty)),
        h("span", { class: "hint" }, [
          t("patient.called", { patient: request.patient }), t("queue.asked", { age: lasting(age(request.openedAt)) }),
        ].join(" · ")),
        h("span", { class: "queue-expected" }, [
          term("requestState", request.state), expectedWait(request.specialty, request.urgency, true),
        ].filter(Boolean).join(" · "))),
      urgencyTag(request.urgency),
      h("button", { type: "button", class: "linkish", on: { click: () => go({ name: "requests" }) } }, t("upcoming.all"))))));
}
