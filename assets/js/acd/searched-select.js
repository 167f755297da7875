// A select with few of many options becomes a search field. The select stays, unseen: it is what the form sends.
import { combobox, searchConfiguration } from "../lib/combobox.js";

export function enhanceSearchedSelect(select) {
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const host = document.createElement("div");
  host.className = "searched";
  input.type = "text";
  input.className = select.className.replace("form-select", "form-control form-select");
  input.autocomplete = "off";
  input.id = select.id;
  select.id += "-value";
  list.id = `${input.id}-found`;
  Object.assign(list.dataset, { nothing: select.dataset.nothing, failed: select.dataset.failed });
  list.className = "found dropdown-menu";
  list.setAttribute("role", "listbox");
  setAttributes(input, {
    role: "combobox",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-describedby": select.getAttribute("aria-describedby"),
    "aria-invalid": select.getAttribute("aria-invalid"),
    "aria-required": String(select.required),
  });
  list.setAttribute("aria-label", input.ariaLabel || labelOf(input));
  select.hidden = true;
  select.required = false; // The browser could not show what is missing; the server says it.
  select.before(host);
  host.append(input, list);

  const shown = () => (select.value ? select.selectedOptions[0].textContent : "");
  input.value = shown();

  function choose({ id, title }) {
    if (![...select.options].some((option) => option.value === id)) select.add(new Option(title, id));
    select.value = id;
    input.value = shown();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function search(words) {
    return searchConfiguration(select.dataset.search, words === shown() ? "" : words);
  }

  combobox({ input, list, search, onChoose: choose, opensEmpty: true });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    if (input.value.trim() === "" && select.querySelector('option[value=""]')) choose({ id: "", title: "" });
    input.value = shown();
  });
}

function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (value) element.setAttribute(name, value);
}

function labelOf(input) {
  return document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent.replace("*", "").trim() ?? "";
}
