// A list of the API, read page by page as the reader asks for more.

import * as api from "./api.js";
import { state, changed } from "./state.js";

/** What is known of the list of a page; its first items are read at once, and again whenever the
    reader comes to the page. */
export function paged(name, path, fields = {}) {
  const asked = JSON.stringify(fields);
  const known = state.form[name];
  if (known?.asked === asked && known.route === state.route) return known;
  const list = state.form[name] = { path, fields, asked, route: state.route, items: [], next: null, loading: false, problem: null, isRead: false };
  more(list);
  return list;
}

/** Reads the next page, or the first. */
export async function more(list) {
  if (list.loading) return;
  list.loading = true;
  list.problem = null;
  try {
    const page = await api.get(api.query(list.path, { limit: 50, ...list.fields, cursor: list.next }));
    list.items.push(...page.items);
    list.next = page.next;
    list.isRead = true;
  } catch (problem) {
    list.problem = problem;
  }
  list.loading = false;
  changed();
}
