// The scheduler's reasons in the reader's language. The server writes them in English; those known
// here are said again from the dictionary, any other is shown as it came.

import { t, current } from "./words.js";

const until = "(?: until (?<time>.+))?";
const sayings = [
  ["said.chain", /^of the site's chain hospital$/],
  ["said.province", /^of the same province$/],
  ["said.continuity", /^held the last consult$/],
  ["said.load", /^no other consult that day$/],
  ["said.askedFor", /^the doctor asked for$/],
  ["said.hospitalAskedFor", /^of the hospital asked for$/],
  ["said.onCall", /^on call now$/],
  ["said.available", /^available now$/],
  ["said.atOnce", /^can begin at once$/],
  ["said.at", /^can begin at (?<time>.+)$/],
  ["said.off", new RegExp(`^the doctor is off${until}$`)],
  ["said.noWindow", new RegExp(`^the doctor has no window then${until}$`)],
  ["said.booked", new RegExp(`^the doctor is booked${until}$`)],
  ["said.fullDay", /^the doctor has (?<load>\d+) minutes of consults that day; the limit is (?<limit>\d+)$/],
  ["said.tired", /^the doctor would work (?<minutes>\d+) minutes without a pause; the limit is (?<limit>\d+)$/],
  ["said.closed", new RegExp(`^the site is closed${until}$`)],
  ["said.language", /^the doctor does not speak .+$/],
  ["said.licence", /^the licence does not cover (?<place>.+)$/],
  ["said.declined", /^the doctor declined$/],
  ["said.silent", /^the doctor did not answer or did not come$/],
  ["said.overlap", /^another consult of the same patient overlaps$/],
  ["said.station", /^the site's .*stations? (?:is|are) taken$/],
  ["said.tier", /^the hospital .+ requests need a central or provincial one$/],
  ["said.notBefore", /^not before (?<time>.+)$/],
  ["said.deadline", /^the deadline is (?<time>.+)$/],
  ["said.later", /^begins at (?<time>.+)$/],
  ["said.notAskedFor", /^not the doctor or the hospital asked for$/],
  ["said.notOnCall", /^available, not on call$/],
  ["said.offNow", /^off now$/],
  ["said.central", /^a central hospital, which routine consults spare$/],
  ["said.notChain", /^of the same province, not of the site's chain hospital$/],
  ["said.far", /^of another province$/],
  ["said.stranger", /^did not hold the last consult$/],
  ["said.busier", /^has more work that day$/],
  ["said.unlock.deadline", /^a deadline of (?<time>.+)$/],
  ["said.unlock.interpreter", /^an interpreter of (?<languages>.+?)(?: who is free then)?$/],
  ["said.interpreter", /^no interpreter of .+ is free(?: until .+)?$/],
  ["said.group", /^one time for (?<doctors>\d+) doctors? and (?<sites>\d+) sites?$/],
  ["said.withInterpreter", /^with an interpreter of (?<languages>.+)$/],
  ["said.unlock.licence", /^a licence for the province$/],
  ["said.unlock.tier", /^a doctor of a hospital below provincial level$/],
  ["said.unlock.again", /^a doctor who was asked already and says yes$/],
  ["said.unlock.patient", /^the patient's other consult moved$/],
  ["said.unlock.station", /^a free station at the site$/],
  ["said.unlock.called", /^a doctor called in outside their windows$/],
  ["said.unlock.consults", /^a doctor's other consults moved$/],
  ["said.unlock.overload", /^a doctor taking on more than the daily load$/],
  ["said.unlock.noPause", /^a doctor working without the pause$/],
  ["said.unlock.open", /^the site open longer$/],
  ["said.unlock.moved", /^(?<name>.+)'s consult of (?<time>.+) moved$/],
  ["said.unlock.specialty", /^a doctor of (?<specialty>\w+)$/],
];

/** One reason in the reader's language. */
export function say(text) {
  if (current() === "en") return text;
  for (const [key, pattern] of sayings) {
    const match = pattern.exec(text);
    if (!match) continue;
    const { time, ...rest } = match.groups ?? {};
    return t(key, { ...rest, time, until: time ? t("said.until", { time }) : "" });
  }
  return text;
}

/** Whether the server's own sentence can be shown to this reader beside its parts. */
export const speaksServer = () => current() === "en";
