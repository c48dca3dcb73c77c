// Checks of the console's files that need no browser. Run: node --test Tests/Console
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const web = new URL("../../Sources/Console/web/", import.meta.url);
const read = (path) => readFileSync(new URL(path, web), "utf8");
const files = (folder) => readdirSync(new URL(folder, web)).map((name) => `${folder}${name}`);
const scripts = [...files("app/"), ...files("views/")];
const vi = JSON.parse(read("words/vi.json"));
const en = JSON.parse(read("words/en.json"));

test("both dictionaries have the same keys and the same fields in each sentence", () => {
  assert.deepEqual(Object.keys(vi).sort(), Object.keys(en).sort());
  const fields = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(vi)) assert.deepEqual(fields(vi[key]), fields(en[key]), key);
});

test("every key that a page names has words", () => {
  for (const path of scripts) {
    for (const [, key] of read(path).matchAll(/\bt\("([^"]+)"/g)) assert.ok(key in vi, `${path}: ${key}`);
  }
});

test("the page has no inline script or style, which the content policy forbids", () => {
  const page = read("index.html");
  assert.doesNotMatch(page, /<script(?![^>]*src=)|<style|style=|\son\w+=/);
  for (const path of scripts) {
    assert.doesNotMatch(read(path), /innerHTML|setAttribute\("style"|\beval\(|new Function|style: "/, path);
  }
});

test("nothing but the language is stored, and nothing goes into the URL", () => {
  for (const path of scripts) {
    const source = read(path);
    for (const [, key] of source.matchAll(/(?:local|session)Storage\.\w+\("(\w+)"/g)) assert.equal(key, "language");
    assert.doesNotMatch(source, /location\.(hash|search|href) ?=|document\.cookie|indexedDB/, path);
  }
});

/** A socket whose other end is the test. */
class Socket {
  static last;
  readyState = 1;
  sent = [];
  constructor() { Socket.last = this; }
  send(text) { this.sent.push(JSON.parse(text)); }
  close(code) { this.readyState = 3; this.closed = code; }
  says(message) { this.onmessage({ data: JSON.stringify(message) }); }
}

async function liveLane() {
  globalThis.location = { href: "http://127.0.0.1/" };
  const { Lane } = await import(new URL("app/lane.js", web));
  const got = [];
  const timers = [];
  const lane = new Lane({
    ticket: async () => ({ token: "k", url: "/ws" }), Socket,
    received: (type) => got.push(type), changed: () => {},
    wait: (_, action) => { timers.push(action); return timers.length; },
  });
  await lane.open();
  const socket = Socket.last;
  socket.onopen();
  socket.says({ t: "welcome", q: 1, b: { heartbeatSeconds: 20 } });
  return { lane, socket, got, timers };
}

test("the lane says hello first, with the ticket and without a number", async () => {
  const { lane, socket } = await liveLane();
  assert.equal(socket.sent[0].t, "hello");
  assert.equal(socket.sent[0].b.ticket, "k");
  assert.equal(socket.sent[0].q, undefined);
  lane.close();
});

test("a repeated message is acknowledged again and not delivered twice", async () => {
  const { lane, socket, got } = await liveLane();
  socket.says({ t: "alarm", q: 2, b: {} });
  const before = socket.sent.length;
  socket.says({ t: "alarm", q: 2, b: {} });
  assert.deepEqual(got, ["welcome", "alarm"]);
  assert.equal(socket.sent.length, before + 1);
  assert.equal(socket.sent.at(-1).a, 2);
  lane.close();
});

test("the eighth unacknowledged message is acknowledged at once, the seventh is not", async () => {
  const { lane, socket } = await liveLane();
  for (let q = 2; q <= 7; q++) socket.says({ t: "alarm", q, b: {} });
  assert.equal(socket.sent.filter((one) => one.t === "heartbeat").length, 0);
  socket.says({ t: "alarm", q: 8, b: {} });
  assert.equal(socket.sent.at(-1).a, 8);
  lane.close();
});

test("a hole closes the socket with 4400", async () => {
  const { lane, socket, got } = await liveLane();
  socket.says({ t: "alarm", q: 3, b: {} });
  assert.equal(socket.closed, 4400);
  assert.deepEqual(got, ["welcome"]);
  lane.close();
});

test("own messages are numbered from 1, and a reply settles its request", async () => {
  const { lane, socket } = await liveLane();
  const asked = lane.request("join", {});
  const refused = lane.request("desc", {});
  const [first, second] = socket.sent.slice(-2);
  assert.deepEqual([first.q, second.q], [1, 2]);
  socket.says({ t: "ok", q: 2, re: first.id, b: { fine: true } });
  socket.says({ t: "err", q: 3, re: second.id, b: { code: "stale_negotiation" } });
  assert.deepEqual(await asked, { fine: true });
  await assert.rejects(refused, { code: "stale_negotiation" });
  lane.close();
});
