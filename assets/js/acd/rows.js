// A table of rows to fill in, with one empty row at its end: a button adds another.

export function enhanceRows(element) {
  const body = element.querySelector("tbody");
  const button = element.querySelector("[data-add-row]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const row = body.lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("input")) field.value = "";
    for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
    body.append(row);
    row.querySelector("input, select").focus();
  });
}
