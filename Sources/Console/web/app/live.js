// Live readings, as they come from any socket: who listens, what came just now, and how a reading joins a history.

const listeners = new Set();
/** Calls `action(patient, signs)` for each live reading; returns how to stop it. */
export function onVitals(action) {
  listeners.add(action);
  return () => listeners.delete(action);
}

const recent = new Map();
const recentFor = 30_000;
/**
 * A patient's live readings of the last half minute, the oldest first: a history that is asked for up to now may lack them,
 * because a page knows the server's time only nearly.
 */
export const recentVitals = (id) => stillRecent(id).map(({ signs }) => signs);

const stillRecent = (id) => (recent.get(id) ?? []).filter(({ came }) => Date.now() - came < recentFor);

/** Tells whoever listens, and remembers the reading for who comes just after it. */
export function hear(id, signs) {
  recent.set(id, [...stillRecent(id), { came: Date.now(), signs }]);
  for (const listener of listeners) listener(id, signs);
}

const lateness = 60_000;
/**
 * Puts a point where its time belongs, the same moment once; false when it is there, or too late for a history of means.
 *
 * In a room two sockets bring a clinic the same readings, and either may be behind the other.
 */
export function putPoint(points, point) {
  let place = points.length;
  if (place > 0 && points[place - 1][0] - point[0] > lateness) return false;
  while (place > 0 && points[place - 1][0] > point[0]) place--;
  if (place > 0 && points[place - 1][0] === point[0]) return false;
  points.splice(place, 0, point);
  return true;
}
