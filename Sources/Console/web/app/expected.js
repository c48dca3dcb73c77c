// About how long a request waits for a doctor: the server's forecast, read at most once a minute.

import * as api from "./api.js";
import { changed, now, state } from "./state.js";
import { t, lasting } from "./words.js";

const freshFor = 60000;

/**
 * The expected wait in words; null while it is not known.
 *
 * Of a request that has been asked already, `isAsked`, a free doctor is not promised: what holds it up then is something else,
 * which its explanation says.
 */
export function expectedWait(specialty, urgency, isAsked = false) {
  const known = state.form.expected ??= { items: new Map(), readAt: 0 };
  if (now() - known.readAt > freshFor) read(known);
  const found = known.items.get(specialty)?.find((one) => one.urgency === urgency);
  if (!found) return null;
  const { waitSeconds: seconds } = found;
  if (seconds === null || seconds === undefined) return t("queue.expectedNobody");
  if (seconds < 30) return isAsked ? null : t("queue.expectedNow");
  return t("queue.expected", { time: lasting(seconds) });
}

async function read(known) {
  known.readAt = now();
  try {
    const { items } = await api.get(`/forecast?hours=1${state.person?.site ? `&site=${state.person.site}` : ""}`);
    known.items = new Map(items.map((item) => [item.specialty, item.waits]));
    changed();
  } catch { /* What was known stays; asked again in a minute. */ }
}
