// The windows of File > New and File > Import, which the server writes: buttons that open and close them.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens], [data-closes], [data-focuses]");
  if (!button) return;
  if (button.dataset.opens) openDialog(button.dataset.opens);
  else if (button.dataset.focuses) document.getElementById(button.dataset.focuses)?.focus();
  else button.closest("dialog")?.close();
});

export function openDialog(id) {
  document.getElementById(id)?.showModal();
}
