// The choices of a report: days are asked for only when they are chosen, and empty fields stay out of the address.

const form = document.querySelector(".choices");
const period = form?.querySelector("[data-period]");

function showDays() {
  for (const field of form.querySelectorAll("[data-day]")) field.hidden = period.value !== "chosen";
}

if (form) {
  period.addEventListener("change", showDays);
  showDays();
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      const isIdleDay = field.closest("[data-day]")?.hidden;
      if (field.name && (field.value === "" || isIdleDay)) field.disabled = true;
    }
  });
  // Coming back by the browser's button finds the page as it was left.
  window.addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
