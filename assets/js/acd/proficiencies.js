// Rows of a name and a proficiency: searched by the API, added, removed.
const PATIENCE_MS = 200;

export function enhanceProficiencies(element) {
  const table = element.querySelector("table");
  const body = table.querySelector("tbody");
  const pattern = element.querySelector("template").content.querySelector("tr");
  const input = element.querySelector("[role=combobox]");
  const list = element.querySelector("[role=listbox]");
  let timer = 0;
  let asked = 0;

  const chosen = () => new Set([...body.querySelectorAll("input[type=hidden]")].map((field) => field.value));

  function add(id, title) {
    const row = pattern.cloneNode(true);
    row.querySelector("input[type=hidden]").value = id;
    row.querySelector("[data-title]").textContent = title;
    for (const labelled of row.querySelectorAll("[aria-label]")) labelled.ariaLabel += title;
    body.append(row);
    table.hidden = false;
    close();
    row.querySelector("input[type=number]").select();
  }

  function close() {
    list.classList.remove("show");
    list.replaceChildren();
    input.value = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  async function search() {
    const mine = ++asked;
    const words = input.value.trim();
    if (!words) return close();
    const address = new URL(element.dataset.search, window.location.href);
    address.searchParams.set("search", words);
    address.searchParams.set("is_active", "true");
    address.searchParams.set("limit", "20");
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok || mine !== asked) return undefined;
    const taken = chosen();
    const { results } = await answer.json();
    const fresh = results.filter((one) => !taken.has(String(one.id)));
    list.replaceChildren(...fresh.map((one, number) => option(one, number)));
    list.classList.toggle("show", fresh.length > 0);
    input.setAttribute("aria-expanded", String(fresh.length > 0));
    activate(0);
    return undefined;
  }

  function option(one, number) {
    const title = one.username ?? one.name;
    const item = document.createElement("li");
    item.id = `${list.id}-${number}`;
    item.className = "dropdown-item";
    item.setAttribute("role", "option");
    item.textContent = title;
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      add(one.id, title);
    });
    item.choose = () => add(one.id, title);
    return item;
  }

  const options = () => [...list.children];

  function activate(number) {
    for (const [place, item] of options().entries()) item.setAttribute("aria-selected", String(place === number));
    const item = options()[number];
    if (!item) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", item.id);
    return item.scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PATIENCE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const active = options().findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") {
      event.preventDefault();
      options()[active]?.choose();
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      activate((active + step + options().length) % Math.max(1, options().length));
    }
  });
  input.addEventListener("blur", close);
  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    button.closest("tr").remove();
    table.hidden = body.children.length === 0;
    input.focus();
  });
}
