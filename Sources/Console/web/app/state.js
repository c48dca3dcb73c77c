// What the page knows, all of it in memory: nothing about a patient is stored or put in the URL.

/** A fresh, signed-out state. */
function empty() {
  return {
    person: null,
    site: null,
    doctor: null,
    interpreter: null,
    link: { state: "off", since: null, why: null },
    loaded: false,
    patients: new Map(),
    alarms: new Map(),
    requests: new Map(),
    bookings: new Map(),
    sessions: new Map(),
    incidents: [],
    queue: null,
    series: new Map(),
    explanations: new Map(),
    details: new Map(),
    route: { name: "desk" },
    toast: null,
    room: null,
    form: {},
    offset: 0,
    busy: new Set(),
  };
}

export const state = empty();
let draw = () => {};
let scheduled = false;

/** Says how the page is drawn. */
export function onChange(action) { draw = action; }

/** Draws the page soon; many changes make one drawing. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  const go = () => { scheduled = false; draw(); };
  if (document.hidden) setTimeout(go, 200);
  else requestAnimationFrame(go);
}

/** Forgets everything: after log-out no patient data stay in the page. */
export function reset() {
  Object.assign(state, empty());
  changed();
}

/** The server's time in milliseconds, as far as known. */
export const now = () => Date.now() + state.offset;

/** Seconds since a time of the server. */
export const age = (at) => (now() - Date.parse(at)) / 1000;

/** A line at the foot of the page; errors stay longer. */
export function toast(text, kind = "info") {
  state.toast = { text, kind, id: Math.random() };
  const { id } = state.toast;
  setTimeout(() => {
    if (state.toast?.id === id) { state.toast = null; changed(); }
  }, kind === "error" ? 9000 : 4000);
  changed();
}

/** Runs an action once at a time under a name, for buttons that must not fire twice. */
export async function once(name, action) {
  if (state.busy.has(name)) return undefined;
  state.busy.add(name);
  changed();
  try {
    return await action();
  } finally {
    state.busy.delete(name);
    changed();
  }
}
export const busy = (name) => state.busy.has(name);
