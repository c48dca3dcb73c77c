// A doctor's or interpreter's iCalendar feed: an address for calendar programs, made and ended here, and a file.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import * as api from "../app/api.js";
import { state, changed, toast } from "../app/state.js";
import { button, run } from "./parts.js";

/** Whose calendar it is. */
const owner = () => (state.person.doctor ? `/doctors/${state.person.doctor}` : `/interpreters/${state.person.interpreter}`);

/** Below the calendar; what it holds is read when it is opened. */
export function feedPart() {
  const known = state.form.feed ??= { url: undefined };
  const address = `${owner()}/calendar-address`;
  const read = (event) => {
    if (!event.target.open || known.url !== undefined) return;
    run("feed", async () => { take(known, await api.get(address)); });
  };
  return h("details", { key: "feed", class: "card feed", on: { toggle: read } },
    h("summary", {}, t("calendar.feed")),
    h("p", { class: "hint" }, t("calendar.feedHint")),
    known.url ? h("div", {}, h("label", { for: "feed-url" }, t("calendar.feedAddress")),
      h("input", { id: "feed-url", readonly: true, value: known.url, on: { focus: (event) => event.target.select() } }))
      : known.url === null ? h("p", { class: "empty" }, t("calendar.feedNone")) : null,
    h("div", { class: "step-foot" },
      known.url ? button(t("calendar.feedCopy"), async () => {
        await navigator.clipboard.writeText(known.url);
        toast(t("calendar.feedCopied"), "good");
      }, { name: "feed-copy" }) : null,
      known.url ? button(t("calendar.feedEnd"), async () => {
        await api.remove(address);
        take(known, { url: null });
      }, { name: "feed-end" }) : null,
      button(t("calendar.feedMake"), async () => { take(known, await api.post(address)); }, { name: "feed-make" }),
      button(t("calendar.feedSave"), () => api.save(`${owner()}/calendar.ics`, "text/calendar", "telehealth.ics"),
        { name: "feed-save", kind: "primary" })));
}

function take(known, { url }) {
  known.url = url ?? null;
  changed();
}
