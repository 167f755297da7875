// Whoever may do anything to objects may see them: the first box of a row goes with the others.
export function tieView(matrix) {
  for (const row of matrix.querySelectorAll("tbody tr")) {
    const [view, ...others] = row.querySelectorAll("input[type=checkbox]");
    if (!view) continue;
    row.addEventListener("change", (event) => {
      if (event.target === view && !view.checked) {
        for (const other of others) if (!other.disabled) other.checked = false;
        view.checked = others.some((other) => other.checked);
      } else if (event.target.checked && !view.disabled) {
        view.checked = true;
      }
    });
  }
}
