import assert from "node:assert/strict";
import test from "node:test";
import { askedFor, inserted, matching } from "../../assets/js/desk/quick.js";

const reply = (shortcut, name) => ({ shortcut, name, text: `text of ${shortcut}` });

test("a slash at the beginning of a word asks; inside a word, a date or an address it does not", () => {
  assert.deepEqual(askedFor("/he", 3), { from: 0, word: "he" });
  assert.deepEqual(askedFor("Hello /", 7), { from: 6, word: "" });
  assert.equal(askedFor("24/12", 5), null);
  assert.equal(askedFor("https://example", 15), null);
  assert.equal(askedFor("/he llo", 7), null);
});

test("the shortcut's beginning is before a word of the name; accents do not matter", () => {
  const replies = [reply("bye", "Réponse polie"), reply("repeat", "Again"), reply("other", "Nothing")];
  assert.deepEqual(matching(replies, "rep").map(({ shortcut }) => shortcut), ["repeat", "bye"]);
  assert.equal(matching(replies, "").length, 3);
});

test("the reply takes the place of what asked for it, and the caret is behind it", () => {
  assert.deepEqual(inserted("Hi /he there", 6, reply("hello", "x")), { text: "Hi text of hello there", caret: 16 });
  assert.deepEqual(inserted("Hi ", 3, reply("hello", "x")), { text: "Hi text of hello", caret: 16 });
});
