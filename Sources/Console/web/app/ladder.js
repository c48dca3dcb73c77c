// How much of a consult a line carries: pictures, sound alone, stills, text. Each step down is taken
// when the line has been poor for a while, each step up is tried after it has been good for longer.

/** The steps, best first. */
export const levels = ["video", "audio", "stills", "text"];

/** What a step needs: sending rate in bit/s, and the loss and round trip that it still bears. */
const needs = {
  video: { rate: 150e3, loss: 0.12, trip: 1.2 },
  audio: { rate: 24e3, loss: 0.3, trip: 2.5 },
  stills: { rate: 8e3, loss: 0.6, trip: 8 },
};
const poorBeforeDown = 3;
const goodBeforeUp = 6;
const mostGoodBeforeUp = 96;

/** The lower of two steps. */
export const lower = (one, other) => (levels.indexOf(one) > levels.indexOf(other) ? one : other);

/** A ladder that stands at its top. */
export const startLadder = () => ({ level: "video", poor: 0, good: 0, patience: goodBeforeUp });

/** Whether a step bears what was measured; what is unknown speaks for it. */
export function bears(level, { rate, loss, trip }) {
  const need = needs[level];
  if (!need) return true;
  return !(rate < need.rate) && !(loss > need.loss) && !(trip > need.trip);
}

/**
 * The ladder after one more sample `{rate, loss, trip}` (bit/s, 0–1, s; undefined where unknown).
 * Three poor samples in a row lead one step down, six good ones one step up; a step up that did not
 * hold doubles how long the next one waits, up to 96 samples.
 */
export function step(ladder, sample) {
  const at = levels.indexOf(ladder.level);
  if (!bears(ladder.level, sample)) {
    const poor = ladder.poor + 1;
    if (poor < poorBeforeDown) return { ...ladder, poor, good: 0 };
    const patience = ladder.climbed ? Math.min(ladder.patience * 2, mostGoodBeforeUp) : ladder.patience;
    return { level: levels[at + 1] ?? ladder.level, poor: 0, good: 0, patience, climbed: false };
  }
  const good = ladder.good + 1;
  // Sound alone fills no line, so its rate says nothing about pictures: loss and trip do.
  const wouldBear = at > 0 && bears(levels[at - 1], { loss: sample.loss, trip: sample.trip });
  if (at === 0) return { ...ladder, poor: 0, good, patience: good >= mostGoodBeforeUp ? goodBeforeUp : ladder.patience };
  if (!wouldBear || good < ladder.patience) return { ...ladder, poor: 0, good: wouldBear ? good : 0 };
  return { level: levels[at - 1], poor: 0, good: 0, patience: ladder.patience, climbed: true };
}

/** The worst of several links' samples. */
export const worst = (samples) => samples.reduce((all, one) => ({
  rate: least(all.rate, one.rate), loss: most(all.loss, one.loss), trip: most(all.trip, one.trip),
}), {});

const least = (a, b) => (a === undefined ? b : b === undefined ? a : Math.min(a, b));
const most = (a, b) => (a === undefined ? b : b === undefined ? a : Math.max(a, b));
