// The rows of a list that an action is for: all at once, how many, and no action without one.
export function watchSelection(form) {
  const all = form.querySelector("[data-select-all]");
  const rows = [...form.querySelectorAll("input.action-select")];
  const count = form.querySelector("[data-selected-count]");
  const button = form.querySelector("button[name=index]");
  if (!all || !button) return;
  const show = () => {
    const chosen = rows.filter((row) => row.checked).length;
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
    button.disabled = chosen === 0;
    if (count) count.textContent = chosen ? `${chosen} / ${count.dataset.of}` : "";
  };
  all.addEventListener("change", () => {
    for (const row of rows) row.checked = all.checked;
    show();
  });
  for (const row of rows) row.addEventListener("change", show);
  show();
}
