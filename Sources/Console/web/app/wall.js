// The wall screen: the desk in large type for a whole room to see, without what only a hand at the
// screen needs. It ends with its button, with Escape, and with the log-out.

import { changed } from "./state.js";

let on = false;

/** Whether the page is shown as on a wall. */
export const onWall = () => on;

function turn(to) {
  on = to;
  document.documentElement.classList.toggle("wall", on);
  changed();
}

/** Large type, and the whole screen where the browser grants it. */
export function enter() {
  turn(true);
  document.documentElement.requestFullscreen?.().catch(() => {});
}

/** Back to the page as it was. */
export function leave() {
  if (!on) return;
  turn(false);
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
}

document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) leave(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
