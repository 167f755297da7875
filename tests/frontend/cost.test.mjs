import assert from "node:assert/strict";
import test from "node:test";
import { formatMoney, setLanguage } from "../../assets/js/lib/i18n.js";

const ROUND = [
  ["en", 0.12, "EUR", "€0.12"],
  ["en", 0.0333, "EUR", "€0.033"],
  ["en", 12, "USD", "$12.00"],
  ["fr", 0.12, "EUR", "0,12\u00a0€"],
  ["fr", 1.234, "EUR", "1,23\u00a0€"],
];

for (const [lang, amount, currency, words] of ROUND) {
  test(`${amount} ${currency} in ${lang}`, () => {
    setLanguage({ strings: {}, lang });
    assert.equal(formatMoney(amount, currency), words);
  });
}
