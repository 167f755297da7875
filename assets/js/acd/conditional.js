// Sections that make sense only with one value of another field: class "only-if--FIELD--VALUE".
const PATTERN = /^only-if--(\w+)--(\w+)$/;

export function showOnlyIf(section) {
  const [, name, value] = [...section.classList].map((word) => word.match(PATTERN)).find(Boolean);
  const form = section.closest("form");
  const show = () => {
    const chosen = new FormData(form).get(name);
    // A field that the page does not let one change is not sent: then the section stays.
    section.hidden = chosen !== null && chosen !== value && !section.querySelector(".is-invalid");
    for (const link of document.querySelectorAll(`a[href="#${CSS.escape(section.id)}"]`)) link.hidden = section.hidden;
  };
  form.addEventListener("change", show);
  show();
}
