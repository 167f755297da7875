// A filter of a list by one of many objects: searched for, then followed like any filter.
import { combobox, searchConfiguration } from "../lib/combobox.js";

export function enhanceSearchedFilter(element) {
  const input = element.querySelector("[role=combobox]");
  const list = element.querySelector("[role=listbox]");
  combobox({
    input,
    list,
    search: (words) => searchConfiguration(element.dataset.searchFilter, words),
    onChoose: ({ id }) => {
      const address = new URL(window.location.href);
      address.searchParams.set(element.dataset.parameter, id);
      address.searchParams.delete("p");
      window.location.assign(address);
    },
    opensEmpty: true,
  });
  element.closest("details").addEventListener("toggle", ({ target }) => {
    if (target.open) input.click();
    if (target.open) input.focus();
  });
}
