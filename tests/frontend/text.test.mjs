import assert from "node:assert/strict";
import test from "node:test";
import { plainLine, visiblePieces } from "../../assets/js/lib/text.js";

test("a list line loses what reorders or hides text", () => {
  assert.equal(plainLine("pay\u202Eteg\u202C now\u200B!\u0000"), "payteg now!");
});

test("a list line is one line", () => {
  assert.equal(plainLine("  one\r\ntwo\n\n\tthree "), "one two three");
});

test("a long line is cut between characters, not inside an emoji", () => {
  assert.equal(plainLine("😀😀😀😀", 3), "😀😀…");
});

test("emoji joined from several keep their joiners", () => {
  assert.equal(plainLine("👩‍👩‍👧 ok"), "👩‍👩‍👧 ok");
  assert.deepEqual(visiblePieces("👩‍👧"), [{ text: "👩‍👧" }]);
});

test("a Persian word keeps its non-joiner, a Latin one shows it", () => {
  assert.equal(plainLine("می\u200Cخواهم"), "می\u200Cخواهم");
  assert.deepEqual(visiblePieces("pass\u200Cword"), [{ text: "pass" }, { hidden: "U+200C" }, { text: "word" }]);
});

test("the thread shows hidden characters by name and keeps new lines", () => {
  assert.deepEqual(visiblePieces("a\r\nb\u202Ec"), [{ text: "a\nb" }, { hidden: "U+202E" }, { text: "c" }]);
});

test("characters of the tag block are shown too", () => {
  assert.deepEqual(visiblePieces("x\u{E0041}"), [{ text: "x" }, { hidden: "U+E0041" }]);
});

test("marks piled on one letter are cut to four", () => {
  assert.equal(plainLine(`e${"\u0301".repeat(50)}`), `e${"\u0301".repeat(4)}`);
});

test("right-to-left text is left as it is", () => {
  assert.deepEqual(visiblePieces("שלום abc"), [{ text: "שלום abc" }]);
});
