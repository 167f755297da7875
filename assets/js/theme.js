// Loaded blocking from <head>, so that the page is never painted in the wrong colours first.
(function applyTheme() {
  let chosen = null;
  try {
    chosen = window.localStorage.getItem("acd.theme");
  } catch {
    // Storage can be forbidden; then the system's choice holds.
  }
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
  document.documentElement.setAttribute("data-bs-theme", theme);
})();
