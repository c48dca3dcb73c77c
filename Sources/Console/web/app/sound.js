// The sound of high-priority alarms, in the pulse pattern of IEC 60601-1-8, and a softer ring for
// an offered consult. A mute is always visible and always ends by itself.

import { changed } from "./state.js";

const muteSeconds = 120;
const everySeconds = 10;
let context = null;
let mutedUntil = 0;
let wanted = null;
let timer = null;
let quiet = false;

/** Browsers allow sound after a gesture only: the first one anywhere arms it. */
export function arm() {
  const ready = () => {
    context ??= new AudioContext();
    context.resume().then(changed, () => {});
  };
  for (const type of ["pointerdown", "keydown"]) {
    document.addEventListener(type, ready, { capture: true, passive: true });
  }
}

/** Whether sound can be heard. */
export const armed = () => context?.state === "running";
/** Seconds until the mute ends; 0 when not muted. */
export const mutedFor = () => Math.max(0, Math.ceil((mutedUntil - Date.now()) / 1000));

export function mute() {
  mutedUntil = Date.now() + muteSeconds * 1000;
  setTimeout(() => { changed(); next(); }, muteSeconds * 1000 + 50);
  changed();
}

export function unmute() {
  mutedUntil = 0;
  changed();
  next();
}

/** Softer while a conversation is on. */
export function inRoom(on) { quiet = on; }

/** Sets what should sound until further notice: "high", "offer" or null. */
export function want(kind) {
  if (wanted === kind) return;
  wanted = kind;
  next();
}
export const wants = () => wanted;

function next() {
  clearTimeout(timer);
  if (!wanted) return;
  if (armed() && mutedFor() === 0) play(wanted);
  timer = setTimeout(next, everySeconds * 1000);
}

function play(kind) {
  const volume = quiet ? 0.06 : 0.22;
  // Two bursts of five for a high alarm; two falling tones for an offer.
  const pulses = kind === "high"
    ? [0, 0.2, 0.4, 0.75, 0.95].flatMap((at) => [[at, 880], [at + 1.8, 880]])
    : [[0, 660], [0.28, 523]];
  for (const [at, pitch] of pulses) pulse(context.currentTime + 0.05 + at, pitch, volume);
}

function pulse(at, pitch, volume) {
  const envelope = context.createGain();
  envelope.connect(context.destination);
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(volume, at + 0.02);
  envelope.gain.setValueAtTime(volume, at + 0.12);
  envelope.gain.linearRampToValueAtTime(0, at + 0.16);
  // The harmonics make it easier to find by ear than a pure tone.
  for (const [factor, part] of [[1, 0.7], [2, 0.2], [3, 0.1]]) {
    const tone = context.createOscillator();
    const share = context.createGain();
    share.gain.value = part;
    tone.frequency.value = pitch * factor;
    tone.connect(share).connect(envelope);
    tone.start(at);
    tone.stop(at + 0.18);
  }
}
