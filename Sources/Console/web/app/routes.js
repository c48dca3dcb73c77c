// Where the reader is. The way lies in memory; the browser's history holds only a depth, so that
// neither the URL nor a restored tab ever names a patient.

import { state, changed } from "./state.js";

let way = [{ name: "desk" }];
let leaving = () => true;

/** Asked before a page is left; false keeps the reader there. */
export function beforeLeaving(check) { leaving = check; }

/** Goes to a page. */
export function go(route) {
  way = way.slice(0, (history.state?.depth ?? 0) + 1);
  way.push(route);
  history.pushState({ depth: way.length - 1 }, "");
  show(route);
}

/** Replaces the page, as after sending a form. */
export function replace(route) {
  way[history.state?.depth ?? 0] = route;
  show(route);
}

/** Back to where the reader came from. */
export function back() {
  if ((history.state?.depth ?? 0) > 0) history.back();
  else replace({ name: "desk" });
}

/** Starts over, as after log-in and log-out. */
export function restart() {
  way = [{ name: "desk" }];
  history.replaceState({ depth: 0 }, "", "/");
  show(way[0]);
}

function show(route) {
  state.route = route;
  changed();
  setTimeout(() => {
    window.scrollTo(0, 0);
    document.querySelector("[data-focus]")?.focus({ preventScroll: true });
  }, 60);
}

window.addEventListener("popstate", (event) => {
  const depth = event.state?.depth ?? 0;
  if (!leaving()) {
    history.pushState({ depth: way.length - 1 }, "");
    return;
  }
  show(way[depth] ?? { name: "desk" });
});
