// A search field with a list of what it finds: by mouse, by keyboard, for screen readers.
const PATIENCE_MS = 200;

/**
 * Makes `input` (role=combobox) search as one types, and shows what it finds in `list` (role=listbox).
 *
 * `search(words)` resolves to `[{ id, title }]`; `onChoose(item)` is told what was chosen, after which the list is
 * closed. With `opensEmpty` the field also searches for nothing, when it is entered. `nothing` is shown when nothing
 * is found.
 */
export function combobox({ input, list, search, onChoose, opensEmpty = false, nothing = "" }) {
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
    const found = await search(words);
    if (mine !== asked) return undefined;
    list.replaceChildren(...found.map(option), ...(found.length === 0 && nothing ? [remark(nothing)] : []));
    const isOpen = list.children.length > 0;
    list.classList.toggle("show", isOpen);
    input.setAttribute("aria-expanded", String(isOpen));
    return activate(0);
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

/** Asks an address of this site for JSON. Nothing is found where it refuses. */
export async function found(address, parameters) {
  const url = new URL(address, window.location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).results : [];
}

/** What the search of the configuration finds, as items of a combobox. */
export async function searchConfiguration(address, words) {
  return (await found(address, { term: words })).map(({ id, text }) => ({ id, title: text }));
}
