// What a blank limit inherits, for the team that is chosen at the moment.
export function showInherited(team) {
  const { form } = team;
  const show = () => {
    const [option] = team.selectedOptions;
    for (const words of form.querySelectorAll("[data-inherits]")) {
      const name = words.dataset.inherits;
      const said = option?.getAttribute(`data-${name}-said`);
      if (name === "sms_refusal_timeout_seconds") continue; // Teams set none.
      words.textContent = said ?? words.dataset.unknown;
      form.elements[name].placeholder = option?.getAttribute(`data-${name}`) ?? "";
    }
  };
  team.addEventListener("change", show);
}
