// What a try of a script shows: which cards and branches light up, and what stands on the phone. Pure.

/** Seconds that the buttons of the clock jump. */
export const JUMPS = [60, 3_600, 86_400];
const LONGEST_JUMP = 31 * 86_400;

/** The steps among what happened, in order. */
export function stepsOf(entries) {
  return entries.filter((entry) => entry.kind === "step");
}

/** The card of a step: an action of a called script stands behind the one that calls it. */
export function cardOf(step) {
  return step.action.split("/")[0];
}

export function edgeKey({ from, branch, to }) {
  return `${from}/${branch}/${to}`;
}

/** What lights up for these steps: cards with how often they were passed, branches, and where it stands now. */
export function litBy(steps) {
  const cards = new Map();
  const edges = new Set();
  for (const step of steps) {
    const id = cardOf(step);
    cards.set(id, (cards.get(id) ?? 0) + 1);
    if (step.edge) edges.add(edgeKey(step.edge));
  }
  return { cards, edges, current: steps.length > 0 ? cardOf(steps.at(-1)) : null };
}

/** Seconds from now until something becomes due by itself; null where nothing does. */
export function untilDue(played) {
  const moments = [played.status === "waiting" ? played.waits.until : null, played.waits.queue_until]
    .filter(Boolean)
    .map((moment) => Date.parse(moment));
  if (moments.length === 0) return null;
  const seconds = Math.ceil((Math.min(...moments) - Date.parse(played.now)) / 1000);
  return Math.min(Math.max(seconds, 0), LONGEST_JUMP);
}

/** The form of the last screen pop that the agent sees, as pairs of a variable and its label. */
export function formOf(entries) {
  return entries.findLast((entry) => entry.kind === "screen_pop" && entry.form.length > 0)?.form ?? [];
}

/** Seconds each step lasted until the next began; null for the last. */
export function lasted(steps) {
  return steps.map((step, index) => (index + 1 < steps.length ? (Date.parse(steps[index + 1].at) - Date.parse(step.at)) / 1000 : null));
}

/** A moment as the field of date and time wants it, in the time of the browser. */
export function localMoment(date) {
  const pad = (part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
