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

test("every kind of key that a page makes has words", () => {
  const keys = Object.keys(vi);
  for (const path of scripts) {
    for (const [, before, after] of read(path).matchAll(/\bt\(`([\w.]*)\$\{[^}]*\}(\w*)`/g)) {
      assert.ok(keys.some((key) => key.startsWith(before) && key.endsWith(after)), `${path}: ${before}…${after}`);
    }
    for (const [, prefix] of read(path).matchAll(/\bterm\("([^"]+)"/g)) {
      assert.ok(keys.some((key) => key.startsWith(`${prefix}.`)), `${path}: ${prefix}.…`);
    }
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
