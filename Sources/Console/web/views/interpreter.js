// An interpreter's desk: what is asked, what is agreed, and the own hours. Who the patient is stays unsaid.

import { h } from "../app/dom.js";
import { t, languageName } from "../app/words.js";
import * as desk from "../app/desk.js";
import { go } from "../app/routes.js";
import { state } from "../app/state.js";
import { bookingCard } from "./bookings.js";
import { feedPart } from "./feed.js";
import { button, heading, waiting } from "./parts.js";

export function interpreterPage() {
  const all = [...state.bookings.values()];
  const live = all.filter(desk.isAgreed).sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const asked = live.filter((booking) => desk.ownClaim(booking)?.state === "invited");
  const agreed = live.filter((booking) => !asked.includes(booking));
  const past = all.filter((booking) => !desk.isLive(booking))
    .sort((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt)).slice(0, 12);
  return h("main", { key: "interpreter", class: "page" },
    h("div", { class: "section-head" }, heading(t("interpreter.title")),
      h("span", { class: "hint" }, state.interpreter?.languages?.map(languageName).join(", ") ?? ""),
      button(t("hours.edit"), () => go({ name: "hours" }), { kind: "" })),
    asked.length ? h("section", { key: "asked", class: "block" }, h("h2", {}, t("interpreter.asked")),
      h("div", { class: "booking-list" }, asked.map((booking) => bookingCard(booking, { prominent: true })))) : null,
    h("h2", {}, t("bookings.title")),
    !state.loaded ? waiting(2)
      : agreed.length ? h("div", { class: "booking-list" }, agreed.map((booking) => bookingCard(booking, { prominent: desk.canJoin(booking) })))
        : h("p", { class: "empty" }, t("interpreter.none")),
    past.length ? h("h2", {}, t("bookings.past")) : null,
    h("div", { class: "booking-list over" }, past.map((booking) => bookingCard(booking))),
    feedPart());
}
