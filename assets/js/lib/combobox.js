// A search field with a list of what it finds: by mouse, by keyboard, for screen readers.
import { ApiError, createApi } from "./http.js";

const site = createApi({ base: "", csrfCookie: "csrftoken" });
const PATIENCE_MS = 200;

/**
 * Makes `input` (role=combobox) search as one types, and shows what it finds in `list` (role=listbox).
 *
 * `search(words)` resolves to `[{ id, title }]`; `onChoose(item)` is told what was chosen, after which the list is
 * closed. With `opensEmpty` the field also searches for nothing, when it is entered. The words of `list` (`data-nothing`,
 * `data-failed`) are shown when nothing is found, and when the search fails.
 */
export function combobox({ input, list, search, onChoose, opensEmpty = false }) {
  let timer = 0;
  let asked = 0;

  function close() {
    clearTimeout(timer);
    asked += 1; // An answer that is still on its way comes too late.
    list.classList.remove("show");
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  async function look() {
    const mine = ++asked;
    const words = input.value.trim();
    if (!words && !opensEmpty) return close();
    const shown = await answer(words);
    if (mine !== asked) return undefined;
    list.replaceChildren(...shown);
    const isOpen = list.children.length > 0;
    list.classList.toggle("show", isOpen);
    input.setAttribute("aria-expanded", String(isOpen));
    return activate(0);
  }

  /** The options found, or a remark in their place. */
  async function answer(words) {
    try {
      const items = await search(words);
      return items.length > 0 ? items.map(option) : [remark(list.dataset.nothing)];
    } catch (error) {
      if (error instanceof ApiError) return [remark(list.dataset.failed)];
      throw error;
    }
  }

  function option(item, number) {
    const element = document.createElement("li");
    element.id = `${list.id}-${number}`;
    element.className = "dropdown-item";
    element.setAttribute("role", "option");
    element.textContent = item.title;
    element.choose = () => {
      close();
      onChoose(item);
    };
    element.addEventListener("mousedown", (event) => {
      event.preventDefault(); // The field keeps the focus.
      element.choose();
    });
    return element;
  }

  const options = () => [...list.querySelectorAll("[role=option]")];

  function activate(number) {
    for (const [place, item] of options().entries()) item.setAttribute("aria-selected", String(place === number));
    const item = options()[number];
    if (!item) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", item.id);
    return item.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const active = options().findIndex((item) => item.getAttribute("aria-selected") === "true");
    activate((active + step + options().length) % Math.max(1, options().length));
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PATIENCE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const chosen = options().find((item) => item.getAttribute("aria-selected") === "true");
      event.preventDefault(); // It must not send the form.
      chosen?.choose();
    } else if (event.key === "Escape" && list.classList.contains("show")) {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.classList.contains("show")) move(event.key === "ArrowDown" ? 1 : -1);
      else look();
    }
  });
  input.addEventListener("click", () => {
    if (opensEmpty && !list.classList.contains("show")) look();
  });
  input.addEventListener("blur", close);
  return { close };
}

function remark(text) {
  const element = document.createElement("li");
  element.className = "dropdown-header";
  element.textContent = text;
  return element;
}

/** Asks an address of this site for JSON. Rejects with ApiError. */
export async function found(address, parameters) {
  const url = new URL(address, window.location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return (await site.get(url.pathname + url.search)).results;
}

/** What the search of the configuration finds, as items of a combobox. */
export async function searchConfiguration(address, words) {
  return (await found(address, { term: words })).map(({ id, text }) => ({ id, title: text }));
}
