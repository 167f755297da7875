// Asks before what was typed into a form is left behind.
export function watchChanges(form) {
  const before = fingerprint(form);
  let leaving = false;
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && fingerprint(form) !== before) event.preventDefault();
  });
}

function fingerprint(form) {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString();
}
