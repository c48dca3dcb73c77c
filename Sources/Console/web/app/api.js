// The HTTP API. The session is an HttpOnly cookie that this page never sees; the CSRF token lives
// in memory only and is fetched again by `GET /me`.

const base = "/api/v1";
let csrf = null;
let language = "vi";
let onSignedOut = () => {};

/** What the server refused, with its stable `code`. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `HTTP ${status}`);
    this.status = status;
    this.code = body?.code || (status === 0 ? "network" : `http${status}`);
    this.detail = body?.detail;
    this.alternatives = body?.alternatives ?? [];
  }
}

export function setLanguage(code) { language = code; }
export function whenSignedOut(action) { onSignedOut = action; }

async function once(method, path, body, options) {
  const headers = { Accept: options.accept ?? "application/json", "Accept-Language": language };
  if (body !== undefined) headers["Content-Type"] = options.type ?? "application/json";
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  if (options.key) headers["Idempotency-Key"] = options.key;
  if (options.version) headers["If-Match"] = options.version;
  let response;
  try {
    response = await fetch(base + path, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: body === undefined || options.type ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeout ?? 15000),
    });
  } catch (error) {
    throw new Problem(0, { detail: error.message, code: "network" });
  }
  if (options.accept && response.ok) return response.blob();
  const text = await response.text();
  let answer = null;
  if (text) {
    try { answer = JSON.parse(text); } catch { answer = { detail: text.slice(0, 200) }; }
  }
  if (!response.ok) throw new Problem(response.status, answer);
  return options.versioned ? { body: answer, version: response.headers.get("etag") } : answer;
}

async function call(method, path, body, options = {}) {
  try {
    return await once(method, path, body, options);
  } catch (problem) {
    if (problem.status === 401 && !options.quiet) onSignedOut();
    // Another tab signed in again: its CSRF token replaced ours.
    if (problem.status === 403 && /csrf/i.test(problem.code) && !options.again) {
      await me();
      return call(method, path, body, { ...options, again: true });
    }
    throw problem;
  }
}

/** A key of its own for an order: sending it twice orders once. */
export const freshKey = () => crypto.randomUUID?.() ?? String(Math.random());

export const get = (path, options) => call("GET", path, undefined, options);
/** `{ body, version }`: what a change names as its `version` is refused when it is another by then. */
export const versioned = (path) => get(path, { versioned: true });
export const post = (path, body = {}, options) => call("POST", path, body, options);
/** An answer of another media type, as a file. */
export const file = (path, accept) => call("GET", path, undefined, { accept, timeout: 60000 });
/** An answer of another media type, saved under a name. */
export async function save(path, accept, name) {
  const link = document.createElement("a");
  const url = URL.createObjectURL(await file(path, accept));
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
export const remove = (path, options) => call("DELETE", path, undefined, options);
export const put = (path, body, options) => call("PUT", path, body, options);

/** A path with its query, leaving out what is not given. */
export function query(path, fields) {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return parts.length ? `${path}?${parts.join("&")}` : path;
}

/** All pages of a list, up to `most` items. */
export async function list(path, fields = {}, most = 300) {
  const items = [];
  let cursor;
  do {
    const page = await get(query(path, { limit: 100, ...fields, cursor }));
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return items;
}

export async function logIn(user, password) {
  const person = await call("POST", "/login", { user, password }, { quiet: true });
  csrf = person.csrf;
  // The token of the body is for programs; the page lives on the cookie alone.
  const { token: _, ...rest } = person;
  return rest;
}

export async function me() {
  const person = await call("GET", "/me", undefined, { quiet: true });
  csrf = person.csrf;
  return person;
}

export async function logOut() {
  try {
    await call("POST", "/logout", undefined, { quiet: true });
  } finally {
    csrf = null;
  }
}
