// Small panels that open over the page close again: by Escape, and by a click elsewhere.
export function closeElsewhere(panels) {
  document.addEventListener("click", (event) => {
    for (const panel of panels) if (panel.open && !panel.contains(event.target)) panel.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const panel of panels) {
      if (!panel.open) continue;
      panel.open = false;
      panel.querySelector("summary").focus();
    }
  });
}
