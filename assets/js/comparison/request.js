// What is asked of the API, from what stands in the form. Pure: the server decides what is right.

/** A number as people write it, 2,5 or 2.5, as the API reads it; anything else is left for the server to refuse. */
export function numberText(text) {
  const compact = text.replace(/[\s\u00a0\u202f]/g, "");
  return /^-?\d*,\d+$/.test(compact) ? compact.replace(",", ".") : compact;
}

/**
 * The body for `skills/compare-priorities`. `own` are the present values of the form, first in the answer; `others`
 * are saved skills. Two lines cannot have one name: `fallback` names a skill without a name or with a taken one.
 */
export function requestBody({ own, others, elapsed, interval, fallback }) {
  return {
    skills: [
      {
        name: ownName(own.name, others, fallback),
        initial_priority: numberText(own.initial_priority),
        acceleration: numberText(own.acceleration),
        max_priority: numberText(own.max_priority),
      },
      ...others.map((skill) => Number(skill.value)),
    ],
    elapsed_minutes: numberText(elapsed),
    interval_minutes: numberText(interval),
  };
}

export function ownName(typed, others, fallback) {
  const name = typed.normalize("NFC").trim().slice(0, 100);
  if (name === "") return fallback;
  return others.some((skill) => skill.label === name) ? `${name} (${fallback})` : name;
}

const OWN_FIELD = /^skills\[0\]\.(name|initial_priority|acceleration|max_priority)$/;

/** The API's sentences by the input of the page that they are about; what fits none is `rest`. */
export function errorsByInput(fields) {
  const errors = { rest: [] };
  for (const [name, sentences] of Object.entries(fields)) {
    const input = name === "elapsed_minutes" || name === "interval_minutes" ? name : OWN_FIELD.exec(name)?.[1];
    if (input) errors[input] = sentences.join(" ");
    else errors.rest.push(...sentences);
  }
  return errors;
}
