// Every page: menus, the choice of colours, and tidying up at sign-out.
import "bootstrap/js/src/dropdown.js";
import { closeNotifications } from "./lib/notifications.js";
import { clearTab, readStored, removeStored, writeStored } from "./lib/storage.js";

const DESK = "/agent/";
const THEME_KEY = "acd.theme";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

function chosenTheme() {
  const chosen = readStored(THEME_KEY);
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

function showTheme() {
  const chosen = chosenTheme();
  const shown = chosen === "auto" ? (systemDark.matches ? "dark" : "light") : chosen;
  document.documentElement.setAttribute("data-bs-theme", shown);
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}

for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.addEventListener("click", () => {
    const choice = button.dataset.themeChoice;
    if (choice === "auto") removeStored(THEME_KEY);
    else writeStored(THEME_KEY, choice);
    showTheme();
  });
}

// Drafts, notes and what notifications say are the customer's and the agent's words: they do not stay on a shared
// machine. `submit()` sends the form without asking here again.
for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    removeStored("acd.draft.", { prefix: true });
    clearTab();
    await closeNotifications(DESK);
    form.submit();
  });
}

systemDark.addEventListener("change", showTheme);
window.addEventListener("storage", (event) => {
  if (event.key === THEME_KEY) showTheme();
});
showTheme();
