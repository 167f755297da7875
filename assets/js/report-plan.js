// While a plan is worked out: how far it is, and the page anew when it is done.

const host = document.querySelector("[data-plan-progress]");
const EVERY_MS = 1000;

async function look() {
  const response = await fetch(host.dataset.planProgress, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.ok) {
    const found = await response.json();
    if (!found.is_busy) {
      location.reload();
      return;
    }
    host.querySelector("progress").value = found.progress;
    host.querySelector("[data-label]").textContent = found.label;
  }
  setTimeout(look, EVERY_MS);
}

if (host) look();

for (const form of document.querySelectorAll("[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}
