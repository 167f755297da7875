// Buttons that copy the value of a field.
const SHOWN_MS = 2_000;

export function copyOnClick(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // Not allowed here (plain HTTP): the value is selected, to be copied by the keyboard.
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = before;
    }, SHOWN_MS);
  });
}
