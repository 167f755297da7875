import assert from "node:assert/strict";
import test from "node:test";
import { linkedPieces, plainLine, visiblePieces } from "../../assets/js/lib/text.js";

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

const links = (text) => linkedPieces(text).filter((piece) => piece.address || piece.phone).map((piece) => piece.address ?? piece.phone);
const whole = (text) => linkedPieces(text).map((piece) => piece.text ?? `[${piece.hidden}]`).join("");

for (const [text, expected] of [
  ["see https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"]],
  ["(http://example.co.uk/way)", ["http://example.co.uk/way"]],
  ["call +33 6 12 34 56 78 now", ["+33612345678"]],
  ["+447700900123, or https://a.example.org", ["+447700900123", "https://a.example.org"]],
  ["order 12345678, room 4, 06 12 34 56 78", []],
  ["1+447700900123 and x+447700900123", []],
]) {
  test(`plain addresses and numbers are found: ${text}`, () => {
    assert.deepEqual(links(text), expected);
    assert.equal(whole(text), text);
  });
}

for (const [name, text] of [
  ["another scheme", "javascript:alert(1) data:text/html,x ftp://example.com"],
  ["no scheme", "www.example.com example.com"],
  ["a user name that looks like the host", "https://bank.example@evil.example/"],
  ["a port, which may hide one", "https://example.com:443@evil.example/"],
  ["a host in disguise", "https://xn--pple-43d.com/"],
  ["letters of another script in the host", "https://аpple.com/ https://example.com\u0430/"],
  ["an override before it", "\u202ehttps://example.com/"],
  ["a zero-width space behind it", "https://example.com\u200b.evil.example/"],
  ["markup", "<a href=\"//evil.example\">x</a>"],
  ["a bare host of one label", "http://localhost/"],
]) {
  test(`hostile text is no link: ${name}`, () => {
    const found = links(text);
    assert.deepEqual(found.filter((address) => !new URL(address).host.includes("example.com") || /evil|xn--|@/.test(address)), []);
    if (name !== "a zero-width space behind it" && name !== "markup") assert.deepEqual(found, []);
  });
}

test("an address cut by a hidden character is not linked up to there", () => {
  assert.deepEqual(links("https://example.com\u200b.evil.example/"), []);
  assert.deepEqual(links("https://example.com/\u202egnp.exe"), []);
});
