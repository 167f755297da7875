import assert from "node:assert/strict";
import test from "node:test";
import { countSegments, foreignCharacters, inDefaultAlphabet, replacementOf } from "../../assets/js/lib/segments.js";

const cases = [
  ["the empty text", "", "gsm-7", 0, 0, 160],
  ["160 septets fit one part", "a".repeat(160), "gsm-7", 160, 1, 160],
  ["161 septets need two parts of 153", "a".repeat(161), "gsm-7", 161, 2, 306],
  ["306 septets still need two", "a".repeat(306), "gsm-7", 306, 2, 306],
  ["307 septets need three", "a".repeat(307), "gsm-7", 307, 3, 459],
  ["the euro sign takes two septets", "€".repeat(80), "gsm-7", 160, 1, 160],
  ["an escape pair is not split between parts", `${"a".repeat(152)}€${"a".repeat(10)}`, "gsm-7", 164, 2, 306],
  ["an escape pair at every border costs a part", `${"a".repeat(152)}€${"a".repeat(150)}€${"a".repeat(2)}`, "gsm-7", 308, 3, 459],
  ["French accents of the default alphabet", "à é è ù Ç", "gsm-7", 9, 1, 160],
  ["ê is outside the alphabet", "fête", "ucs-2", 4, 1, 70],
  ["ç in lower case is outside too", "ça", "ucs-2", 2, 1, 70],
  ["an emoji is two UTF-16 units", "😀".repeat(35), "ucs-2", 70, 1, 70],
  ["36 emoji need two parts", "😀".repeat(36), "ucs-2", 72, 2, 134],
  ["a surrogate pair is not split between parts", `${"ж".repeat(66)}😀${"ж".repeat(66)}`, "ucs-2", 134, 3, 201],
  ["the backtick is outside the alphabet", "`", "ucs-2", 1, 1, 70],
  ["a new line is in it", "a\nb", "gsm-7", 3, 1, 160],
];

for (const [name, text, encoding, units, segments, limit] of cases) {
  test(name, () => {
    const { foreign, ...count } = countSegments(text);
    assert.deepEqual(count, { encoding, units, segments, limit });
    assert.equal(foreign.length > 0, encoding === "ucs-2");
  });
}

test("names the first characters that force Unicode, each once", () => {
  assert.deepEqual(countSegments("çççêîô").foreign, ["ç", "ê", "î"]);
});

test("every replacement is in the default alphabet", () => {
  const text = "‘’“”«»–—…\u00a0\u202f•œŒçêîôûëïâÀ™×→";
  for (const { character, replacement } of foreignCharacters(text, 100)) {
    assert.equal(countSegments(replacement ?? "?").encoding, "gsm-7", character);
    assert.notEqual(replacement, null, character);
  }
  assert.equal(countSegments(inDefaultAlphabet(text)).encoding, "gsm-7");
});

test("what has no replacement stays: emoji and other scripts", () => {
  assert.equal(replacementOf("😀"), null);
  assert.equal(replacementOf("ж"), null);
  assert.equal(inDefaultAlphabet("Ça « va » ? 😀"), 'Ça " va " ? 😀');
});

test("names each character once, and no more than asked for", () => {
  assert.deepEqual(foreignCharacters("ççê"), [{ character: "ç", replacement: "c" }, { character: "ê", replacement: "e" }]);
  assert.equal(foreignCharacters("abc").length, 0);
  assert.equal(foreignCharacters("жзийклмнопр", 4).length, 4);
});
