// Phones in the browser: each texts a number of the organisation and shows what comes back.

import { render } from "lit/html.js";
import { ApiError, createApi, pageData } from "../lib/http.js";
import { setLanguage } from "../lib/i18n.js";
import { readStoredJson, writeStoredJson } from "../lib/storage.js";
import { freeNumber, mergeTexts, newPhone, newsAfter } from "./phone.js";
import { keepAtEnd, simulatorView } from "./view.js";

const STORE_KEY = "acd.phones";
const POLL_MS = 1_000;
const MAX_PHONES = 8;

const config = pageData("simulator-config");
setLanguage({
  strings: pageData("strings"),
  lang: document.documentElement.lang,
  preferred: navigator.languages,
});
const api = createApi({ base: "", csrfCookie: config.csrf_cookie ?? "csrftoken" });
const root = document.querySelector("[data-phones]") ?? document.getElementById("main");

let nextId = 1;
const page = {
  numbers: config.numbers,
  phones: restoredPhones(),
  maxPhones: MAX_PHONES,
  isSingle: config.is_single ?? false,
};

function restoredPhones() {
  if (config.is_single) return [newPhone({ id: nextId++, mine: freeNumber([]), number: defaultNumber() })];
  const stored = readStoredJson(STORE_KEY, []);
  const known = new Set(config.numbers.map((number) => number.transport_code));
  const phones = (Array.isArray(stored) ? stored : []).map(({ mine, number }) =>
    newPhone({ id: nextId++, mine: String(mine), number: known.has(number) ? number : defaultNumber() }),
  );
  if (phones.length > 0) return phones.slice(0, MAX_PHONES);
  const first = newPhone({ id: nextId++, mine: freeNumber([]), number: defaultNumber() });
  return [first, newPhone({ id: nextId++, mine: freeNumber([first]), number: defaultNumber() })];
}

function defaultNumber() {
  return config.numbers[0]?.transport_code ?? "";
}

function remember() {
  if (page.isSingle) return;
  writeStoredJson(STORE_KEY, page.phones.map(({ mine, number }) => ({ mine, number })));
}

function draw() {
  render(simulatorView(page, actions), root);
  keepAtEnd(root);
}

const actions = {
  add() {
    page.phones.push(newPhone({ id: nextId++, mine: freeNumber(page.phones), number: defaultNumber() }));
    remember();
    draw();
  },
  remove(phone) {
    page.phones = page.phones.filter((other) => other !== phone);
    remember();
    draw();
  },
  changeLine(phone, fields) {
    Object.assign(phone, fields, { texts: [], error: "" });
    remember();
    draw();
    refresh(phone);
  },
  write(phone, draft) {
    phone.draft = draft;
    draw();
  },
  async send(phone, text) {
    if (text.trim() === "" || phone.isSending) return;
    const isDraft = text === phone.draft;
    Object.assign(phone, { isSending: true, error: "" });
    draw();
    try {
      await api.post(config.texts_url, { from: phone.mine, to: phone.number, text });
      if (isDraft) phone.draft = "";
    } catch (error) {
      takeError(phone, error);
    }
    phone.isSending = false;
    draw();
    await refresh(phone);
  },
};

async function refresh(phone) {
  const { mine, number } = phone;
  if (!mine || !number) return;
  const query = new URLSearchParams({ from: mine, to: number, after: newsAfter(phone.texts, Date.now()) });
  try {
    const { texts } = await api.get(`${config.texts_url}?${query}`);
    if (phone.mine !== mine || phone.number !== number) return; // Changed while the answer was on its way.
    phone.texts = mergeTexts(phone.texts, texts);
    if (phone.error?.status === 0) phone.error = "";
  } catch (error) {
    takeError(phone, error);
  }
  draw();
}

function takeError(phone, error) {
  if (!(error instanceof ApiError)) throw error;
  phone.error = error;
}

async function pollForEver() {
  if (!document.hidden) await Promise.all(page.phones.map(refresh));
  setTimeout(pollForEver, POLL_MS);
}

root.replaceChildren();
draw();
pollForEver();
