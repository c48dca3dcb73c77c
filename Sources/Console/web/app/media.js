// This end's camera, microphone and speaker: opened, chosen, measured, heard.

/** What the reader chose, by kind; in memory only. */
export const chosen = { audio: null, video: null, speaker: null };

/** Opens camera and microphone as far as there are any; says what is missing. */
export async function openMedia(wish = { audio: true, video: true }) {
  if (!navigator.mediaDevices?.getUserMedia) {
    return { stream: new MediaStream(), audio: "insecure", video: "insecure" };
  }
  const found = { audio: wish.audio ? "ok" : "off", video: wish.video ? "ok" : "off" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: wish.audio && constraints("audio"), video: wish.video && constraints("video"),
    });
    return { stream, ...found };
  } catch {
    // One of the two may still be there.
    const stream = new MediaStream();
    for (const kind of ["audio", "video"]) {
      if (!wish[kind]) continue;
      try {
        const one = await navigator.mediaDevices.getUserMedia({ [kind]: constraints(kind) });
        one.getTracks().forEach((track) => stream.addTrack(track));
      } catch (error) {
        found[kind] = error.name === "NotAllowedError" ? "denied" : "none";
      }
    }
    return { stream, ...found };
  }
}

function constraints(kind) {
  const device = chosen[kind] ? { deviceId: { ideal: chosen[kind] } } : {};
  return kind === "audio"
    ? { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...device }
    : { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 }, ...device };
}

/** The devices to choose from, by kind; names come once the browser has allowed one. */
export async function devices() {
  const all = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) ?? [];
  const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId);
  return { audio: of("audioinput"), video: of("videoinput"), speaker: of("audiooutput") };
}

/** The device that a stream uses for a kind. */
export const inUse = (stream, kind) =>
  stream.getTracks().find((track) => track.kind === kind)?.getSettings?.().deviceId ?? null;

/** Whether the browser lets the reader choose the speaker. */
export const canChooseSpeaker = () => "setSinkId" in HTMLMediaElement.prototype;

/** Lets a video or audio element sound from the chosen speaker. */
export function soundFrom(element) {
  if (!chosen.speaker || element.sinkId === chosen.speaker) return;
  element.setSinkId?.(chosen.speaker).catch(() => {});
}

/** Two tones from the chosen speaker; resolves when they are over. */
export async function playTest() {
  const context = new AudioContext();
  if (chosen.speaker) await context.setSinkId?.(chosen.speaker).catch(() => {});
  for (const [at, pitch] of [[0, 523], [0.35, 659]]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + 0.05 + at;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.2, start + 0.03);
    volume.gain.linearRampToValueAtTime(0, start + 0.3);
    tone.frequency.value = pitch;
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  }
  await new Promise((resolve) => { setTimeout(resolve, 900); });
  await context.close();
}

/** The microphone's level from 0 to 10, told when it changes; returns how to end it. */
export function meter(stream, told) {
  if (!stream.getAudioTracks().length) return () => {};
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let last = -1;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const level = Math.min(10, Math.round(Math.sqrt(power) * 60));
    if (level !== last) told(last = level);
  }, 150);
  return () => {
    clearInterval(timer);
    context.close();
  };
}

/** Ends a stream's tracks: the camera's light goes out. */
export const endStream = (stream) => stream?.getTracks().forEach((track) => track.stop());
