// The part of an agent's window that the server writes: his limit and his skills.

/** Fill the part once it is there, and send what is saved by `save(agentId, values)`. */
export async function loadAgentForm(part, save) {
  if (part.dataset.state) return;
  part.dataset.state = "loading";
  const response = await fetch(part.dataset.loads, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  part.replaceChildren(...page.body.childNodes);
  const form = part.querySelector("form[data-agent-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    save(Number(form.dataset.agent), valuesOf(form));
  });
}

function valuesOf(form) {
  const skills = [...form.querySelectorAll("input[data-skill]")]
    .filter((input) => input.value !== "")
    .map((input) => ({ skill: input.dataset.skill, proficiency: Number(input.value) }));
  const limit = form.elements.limit.value;
  return { max_concurrent_sms: limit === "" ? null : Number(limit), skills };
}
