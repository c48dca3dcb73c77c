// A small virtual DOM: views return what the page should be, `render` changes only what differs,
// so that live updates never take the focus, the caret or a playing video away.

const svgTags = new Set(["svg", "path", "circle", "polygon", "polyline", "line", "rect", "g"]);
const svgNamespace = "http://www.w3.org/2000/svg";

/** An element to be; falsy children are left out, arrays are flattened. */
export function h(tag, props, ...children) {
  return { tag, props: props || {}, key: props?.key, children: tidy(children) };
}

function tidy(children) {
  const out = [];
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === true) continue;
    out.push(typeof child === "object" ? child : { text: String(child) });
  }
  return out;
}

/** Makes `root` show `vnodes`. */
export function render(root, ...vnodes) {
  const next = tidy(vnodes);
  const mounted = [];
  patchChildren(root, root.vnodes || [], next, mounted);
  root.vnodes = next;
  for (const vnode of mounted) vnode.props.mount(vnode.el);
}

function sameKind(a, b) {
  return a.tag === b.tag && a.key === b.key;
}

function patchChildren(parent, before, after, mounted) {
  const keyed = new Map();
  const loose = [];
  for (const vnode of before) {
    if (vnode.key !== undefined) keyed.set(vnode.key, vnode);
    else loose.push(vnode);
  }
  const used = new Set();
  const pairs = after.map((vnode) => {
    let old;
    if (vnode.key !== undefined) {
      old = keyed.get(vnode.key);
    } else {
      // The nearest unused loose node of the same kind, in order.
      const at = loose.findIndex((candidate) => sameKind(candidate, vnode));
      if (at >= 0) old = loose.splice(at, 1)[0];
    }
    if (old && sameKind(old, vnode) && !used.has(old)) {
      used.add(old);
      return old;
    }
    return undefined;
  });
  for (const vnode of before) if (!used.has(vnode)) remove(vnode);
  let cursor = parent.firstChild;
  after.forEach((vnode, position) => {
    const old = pairs[position];
    if (old) patch(old, vnode, mounted);
    else create(vnode, mounted);
    if (vnode.el === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(vnode.el, cursor);
  });
}

function create(vnode, mounted) {
  if (vnode.tag === undefined) {
    vnode.el = document.createTextNode(vnode.text);
    return;
  }
  vnode.el = svgTags.has(vnode.tag)
    ? document.createElementNS(svgNamespace, vnode.tag)
    : document.createElement(vnode.tag);
  patchChildren(vnode.el, [], vnode.children, mounted);
  setProps(vnode.el, {}, vnode.props);
  if (vnode.props.mount) mounted.push(vnode);
}

function patch(old, vnode, mounted) {
  vnode.el = old.el;
  if (vnode.tag === undefined) {
    if (old.text !== vnode.text) vnode.el.data = vnode.text;
    return;
  }
  // An element whose inside belongs to somebody else (a chart) is left alone.
  if (!vnode.props.foreign) patchChildren(vnode.el, old.children, vnode.children, mounted);
  setProps(vnode.el, old.props, vnode.props);
  if (vnode.props.update) vnode.props.update(vnode.el);
}

function remove(vnode) {
  unmount(vnode);
  vnode.el.remove();
}

function unmount(vnode) {
  if (vnode.tag === undefined) return;
  vnode.children.forEach(unmount);
  vnode.props.unmount?.(vnode.el);
}

const notAttributes = new Set(["key", "on", "mount", "update", "unmount", "foreign"]);
const properties = new Set(["value", "checked", "muted", "srcObject", "selected"]);

function setProps(el, before, after) {
  for (const name of Object.keys(before)) {
    if (!(name in after) && !notAttributes.has(name) && !properties.has(name)) {
      el.removeAttribute(name);
    }
  }
  for (const [name, value] of Object.entries(after)) {
    if (notAttributes.has(name)) continue;
    if (properties.has(name)) {
      if (el[name] !== value && value !== undefined) el[name] = value;
    } else if (value === false || value === null || value === undefined) {
      el.removeAttribute(name);
    } else {
      const text = value === true ? "" : String(value);
      if (el.getAttribute(name) !== text) el.setAttribute(name, text);
    }
  }
  setHandlers(el, after.on);
}

function setHandlers(el, handlers) {
  if (!handlers && !el.handlers) return;
  if (!el.handlers) {
    el.handlers = {};
    el.handleOnce = (event) => el.handlers[event.type]?.(event);
    el.handled = new Set();
  }
  el.handlers = handlers || {};
  for (const type of Object.keys(el.handlers)) {
    if (el.handled.has(type)) continue;
    el.handled.add(type);
    el.addEventListener(type, el.handleOnce);
  }
}

/** Loads a classic script of the distribution once, when something first needs it. */
export function loadScript(address) {
  loading.set(address, loading.get(address) ?? new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => {
      loading.delete(address);
      script.remove();
      reject(new Error(`cannot load ${address}`));
    };
    document.head.append(script);
  }));
  return loading.get(address);
}
const loading = new Map();

/** Loads a style sheet once, when something first needs it. */
export function loadStyle(address) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}

/** Speaks to screen readers without moving the focus; `urgent` interrupts. */
let announcing = null;
export function announce(text, urgent = false) {
  const place = document.getElementById(urgent ? "shout" : "say");
  place.textContent = "";
  announcing = setTimeout(() => { place.textContent = text; }, 50);
}

/** Forgets what was announced last: it may name a patient. */
export function hush() {
  clearTimeout(announcing);
  for (const id of ["say", "shout"]) document.getElementById(id).textContent = "";
}
