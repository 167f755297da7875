// The parts of the editor in the order in which F6 leads through them, for who has a keyboard only.

const REGIONS = [
  { within: ".studio-bar", first: ["button:not(:disabled)"] },
  { within: ".palette", first: ["input"] },
  {
    within: ".canvas, .outline",
    first: [".react-flow__node.selected", "[aria-pressed=true]", ".react-flow__node", ".outline__action", ".canvas__start button"],
  },
  { within: ".panel-studio", first: [".panel-studio__fields :is(input, select, textarea)", "[role=tab][aria-selected=true]", "button:not(:disabled)"] },
  { within: ".problems", first: ["button:not(:disabled)"] },
];

/** Puts the focus into the next part that has something to take it, or with -1 into the one before. */
export function goToRegion(step) {
  const here = REGIONS.findIndex(({ within }) => document.activeElement?.closest(within));
  for (let count = 1; count <= REGIONS.length; count += 1) {
    // From nowhere forwards the first one is next, backwards the last.
    const from = here === -1 && step < 0 ? 0 : here;
    const place = (from + step * count + REGIONS.length * count) % REGIONS.length;
    if (enter(REGIONS[place])) return;
  }
}

/** Into the properties of what is selected. */
export function goToProperties() {
  enter(REGIONS[3]);
}

/** Back to the action that is selected, on the canvas or in the list. */
export function goToSelected() {
  enter(REGIONS[2]);
}

function enter({ within, first }) {
  const part = document.querySelector(within);
  if (!part) return false;
  for (const selector of first) {
    const target = [...part.querySelectorAll(selector)].find((element) => element.getClientRects().length > 0 && !element.matches(":disabled"));
    if (target) {
      target.focus();
      return document.activeElement === target;
    }
  }
  return false;
}
