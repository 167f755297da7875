// Rows of a name and a proficiency: searched by the API, added, removed.
import { combobox, found } from "../lib/combobox.js";

export function enhanceProficiencies(element) {
  const table = element.querySelector("table");
  const body = table.querySelector("tbody");
  const pattern = element.querySelector("template").content.querySelector("tr");
  const input = element.querySelector("[role=combobox]");
  const list = element.querySelector("[role=listbox]");

  const chosen = () => new Set([...body.querySelectorAll("input[type=hidden]")].map((field) => field.value));

  function add({ id, name }) {
    const row = pattern.cloneNode(true);
    row.querySelector("input[type=hidden]").value = id;
    row.querySelector("[data-title]").textContent = name;
    for (const labelled of row.querySelectorAll("[aria-label]")) labelled.ariaLabel += name;
    body.append(row);
    table.hidden = false;
    input.value = "";
    row.querySelector("input[type=number]").select();
  }

  async function search(words) {
    const results = await found(element.dataset.search, { search: words, is_active: "true", limit: "20" });
    const taken = chosen();
    return results
      .filter((one) => !taken.has(String(one.id)))
      .map(({ id, name, username }) => ({ id, name, title: username && username !== name ? `${name} (${username})` : name }));
  }

  combobox({ input, list, search, onChoose: add });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    button.closest("tr").remove();
    table.hidden = body.children.length === 0;
    input.focus();
  });
}
