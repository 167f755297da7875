import assert from "node:assert/strict";
import test from "node:test";
import { clockText, formatDay, plural, setLanguage, t } from "../../assets/js/lib/i18n.js";

const strings = { greet: "Bonjour {name}", "unread.one": "{count} texte", "unread.other": "{count} textes" };

test("fills placeholders and leaves unknown ones visible", () => {
  setLanguage({ strings, lang: "fr" });
  assert.equal(t("greet", { name: "Zoé" }), "Bonjour Zoé");
  assert.equal(t("greet"), "Bonjour {name}");
});

test("French counts zero as singular, and its `many` falls back to `other`", () => {
  setLanguage({ strings, lang: "fr" });
  assert.equal(plural("unread", 0), "0 texte");
  assert.equal(plural("unread", 2), "2 textes");
  assert.match(plural("unread", 1_000_000), /textes$/);
});

test("a filled value is not searched for placeholders again", () => {
  setLanguage({ strings: { both: "{a} {b}" }, lang: "en" });
  assert.equal(t("both", { a: "{b}", b: "x" }), "{b} x");
});

test("clock text in minutes and hours, never negative", () => {
  assert.equal(clockText(-3), "0:00");
  assert.equal(clockText(65.9), "1:05");
  assert.equal(clockText(3_725), "1:02:05");
});

test("days near today have names", () => {
  setLanguage({ strings, lang: "en" });
  const today = new Date(2026, 10, 23, 0, 30);
  assert.equal(formatDay(new Date(2026, 10, 23, 23, 0), today), "Today");
  assert.equal(formatDay(new Date(2026, 10, 22, 23, 59), today), "Yesterday");
  assert.equal(formatDay(new Date(2026, 10, 20, 12, 0), today), "Friday, November 20, 2026");
});

test("dates follow the reader's region when it is of the page's language", () => {
  setLanguage({ strings, lang: "en", preferred: ["fr-FR", "en-GB"] });
  assert.match(formatDay(new Date(2026, 10, 20, 12, 0), new Date(2026, 10, 23)), /^Friday,? 20 November 2026$/);
});
