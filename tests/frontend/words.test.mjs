import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import test from "node:test";

const ROOT = path.join(import.meta.dirname, "..", "..");
const PAGES = {
  "workspace/strings.py": ["assets/js/desk", "assets/js/lib/company.js", "assets/js/lib/errors.js"],
  "simulator/strings.py": ["assets/js/simulator", "assets/js/lib/errors.js"],
  "acd/words.py": ["assets/js/comparison", "assets/js/lib/dual-list.js", "assets/js/lib/errors.js", "assets/js/skill-name.js"],
  "studio/strings.py": ["assets/js/studio"],
  "supervisor/strings.py": ["assets/js/supervisor", "assets/js/lib/company.js", "assets/js/lib/errors.js"],
};
// Keys put together at run time: `state.${…}`, `status.${…}` and the like.
const BUILT = /^(status|state|direction|reason|comparison\.(elapsed|interval)|dual\.(available|selected)|alerts\.(permission-|alert|offer|reply|muted)|today|keys|action\.(whisper|take|hand|front|priority)|alert|event|offer|outcome|tile|note\.(note|transfer|consultation)|aside\.(consulted|handing_on)|composer\.mode|told|difference\.(added|changed|removed)|trial\.(agents|jump|phone|steps|tests))\b/;

function sources(place) {
  const full = path.join(ROOT, place);
  if (statSync(full).isFile()) return readFileSync(full, "utf8");
  return readdirSync(full, { recursive: true })
    .filter((name) => /\.jsx?$/.test(name))
    .map((name) => readFileSync(path.join(full, name), "utf8"))
    .join("\n");
}

function usedKeys(text) {
  const keys = [...text.matchAll(/\bt\(\s*"([^"]+)"/g)].map((match) => match[1]);
  const plurals = [...text.matchAll(/\bplural\(\s*"([^"]+)"/g)].flatMap((match) => [`${match[1]}.one`, `${match[1]}.other`]);
  return new Set([...keys, ...plurals]);
}

for (const [catalogue, places] of Object.entries(PAGES)) {
  const words = new Map(
    [...readFileSync(path.join(ROOT, catalogue), "utf8").matchAll(/^ {4}"([^"]+)":/gm)].map((match) => [match[1], true]),
  );
  const own = places.map(sources).join("\n");

  test(`${catalogue} has every sentence its page asks for`, () => {
    assert.deepEqual([...usedKeys(own)].filter((key) => !words.has(key)), []);
  });

  test(`${catalogue} has no sentence that nobody asks for`, () => {
    const used = usedKeys(own + sources("assets/js/desk/views/parts.js"));
    const unused = [...words.keys()].filter((key) => !used.has(key) && !BUILT.test(key) && !own.includes(`"${key}"`));
    assert.deepEqual(unused, []);
  });
}

test("no script writes markup from a string", () => {
  assert.doesNotMatch(sources("assets/js"), /innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|document\.write|\beval\(|new Function/);
});

test("no template has inline script, inline style or an event attribute", () => {
  const full = path.join(ROOT, "templates");
  const pages = readdirSync(full, { recursive: true }).filter((name) => name.endsWith(".html"));
  for (const name of pages) {
    assert.doesNotMatch(readFileSync(path.join(full, name), "utf8"), /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/, name);
  }
});
