import assert from "node:assert/strict";
import test from "node:test";
import { followsPattern, judgeName, normaliseName } from "../../assets/js/lib/name-rule.js";

// The rule as skills/names.py hands it over; test_modules.py compares the verdicts.
const RULE = { pattern: "^[\\p{L}\\p{Nd}._:-]{2,30}$", min_length: 2, max_length: 30 };
const states = (names) => names.map((name) => judgeName(name, RULE).state);

test("right, wrong and not finished", () => {
  assert.deepEqual(states(["", "  ", "a", "ab", "SMS_FR.1:a-b", "日本", "x".repeat(30)]), ["empty", "empty", "short", "ok", "ok", "ok", "ok"]);
  assert.deepEqual(states(["x".repeat(31), "a b", "/", "a+b", "½½", "😀😀", "a\u200bb"]), Array(7).fill("wrong"));
});

test("what cannot be used is named once, and characters are counted as people count them", () => {
  const judged = judgeName("a/b c/d", RULE);
  assert.deepEqual(judged.foreign, ["/", " "]);
  assert.equal(judgeName("𠮷野", RULE).count, 2);
});

test("an accent typed apart is the letter that the server stores", () => {
  assert.equal(normaliseName(" e\u0301te\u0301 "), "été");
  assert.equal(judgeName("e\u0301".repeat(30), RULE).state, "ok");
});

test("the organisation's pattern is matched whole; without one, or with one only Python reads, there is no verdict", () => {
  assert.equal(followsPattern("SMS_FR", "SMS_[A-Z]{2}"), true);
  assert.equal(followsPattern("SMS_FRANCE", "SMS_[A-Z]{2}"), false);
  assert.equal(followsPattern("x", "SMS|x"), true);
  assert.equal(followsPattern("x", ""), null);
  assert.equal(followsPattern("x", "(?P<a>x)"), null);
});
