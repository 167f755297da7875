// Fields that only some providers need. What was typed into a hidden one stays.
export function showForProvider(root) {
  const select = root.querySelector("select[name=provider]");
  if (!select) return;
  const show = () => {
    for (const field of root.querySelectorAll("[data-only-for]")) {
      field.hidden = !field.dataset.onlyFor.split(" ").includes(select.value);
    }
  };
  select.addEventListener("change", show);
  show();
}
