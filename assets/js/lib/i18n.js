// Words, numbers and times in the language of the page. The words come from the server (json_script "strings").

let words = {};
let language = "en";
let formats = {};

/**
 * Take the catalogue of this page. Keys ending in `.one` and `.other` are plural forms of one sentence. `preferred`
 * are the reader's locales: dates follow the first one that is of the page's language (en-GB: 24 November, 13:05).
 */
export function setLanguage({ strings, lang, preferred = [] }) {
  words = strings;
  language = lang;
  const locale = preferred.find((candidate) => candidate.split("-")[0] === lang) ?? lang;
  formats = {
    locale,
    plural: new Intl.PluralRules(lang),
    number: new Intl.NumberFormat(locale),
    time: new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }),
    day: new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    full: new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }),
    relativeDay: new Intl.RelativeTimeFormat(lang, { numeric: "auto" }),
  };
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The sentence of `key` with its `{placeholders}` filled; the key itself if the catalogue lacks it. */
export function t(key, values = {}) {
  return fill(words[key] ?? key, values);
}

/** The plural form of `key` for `count`, which is also the placeholder `{count}`. */
export function plural(key, count, values = {}) {
  const form = `${key}.${formats.plural.select(count)}`;
  return fill(words[form] ?? words[`${key}.other`] ?? key, { count: formats.number.format(count), ...values });
}

export const formatNumber = (number) => formats.number.format(number);
/** An amount of money, to a tenth of a cent where it is that small. `currency`: three letters (ISO 4217). */
export function formatMoney(amount, currency) {
  const options = { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: amount < 1 ? 3 : 2 };
  return new Intl.NumberFormat(formats.locale, options).format(amount);
}

export const formatTime = (date) => formats.time.format(date);
export const formatMoment = (date) => formats.full.format(date);

/** "Today", "Yesterday", or the date in full. Both moments are read in the browser's time zone. */
export function formatDay(date, today) {
  const days = Math.round((startOfDay(date) - startOfDay(today)) / 86_400_000);
  if (days === 0 || days === -1) return capitalise(formats.relativeDay.format(days, "day"));
  return capitalise(formats.day.format(date));
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function capitalise(text) {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

/** Seconds as `m:ss` or `h:mm:ss`; below zero counts as zero. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (part) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = pad(whole % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}
