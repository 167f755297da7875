// When a figure calls for attention: "calm", "warn" (near its threshold) or "alarm" (beyond it). Pure.

const NEAR = 0.75;
const NEAR_PERCENT = 5;
const RANK = { calm: 0, warn: 1, alarm: 2 };

/** Of a value that must not reach `limit`; null is no limit. */
export function upperLevel(value, limit) {
  if (limit === null || value === null) return "calm";
  if (value >= limit) return "alarm";
  return value >= limit * NEAR ? "warn" : "calm";
}

/** Of a percentage that must not fall below `limit`. */
export function lowerLevel(percent, limit) {
  if (percent === null || limit === null) return "calm";
  if (percent < limit) return "alarm";
  return percent < Math.min(100, limit + NEAR_PERCENT) ? "warn" : "calm";
}

/** The levels of a skill's figures at the moment `now` (milliseconds since 1970), and of its tile. */
export function skillLevels(skill, now) {
  const waited = skill.oldest_at === null ? null : Math.max(0, (now - Date.parse(skill.oldest_at)) / 1000);
  const levels = {
    waited,
    wait: waited === null ? "calm" : upperLevel(waited, skill.wait_limit),
    waiting: upperLevel(skill.waiting, skill.waiting_limit),
    service: lowerLevel(skill.service_level, skill.level_limit),
  };
  return { ...levels, tile: worst([levels.wait, levels.waiting, levels.service]) };
}

export function worst(levels) {
  return levels.reduce((found, level) => (RANK[level] > RANK[found] ? level : found), "calm");
}

const STATE_ORDER = { offered: 0, queued: 1, pre_queue: 2, active: 3, after_contact_work: 4 };

/** Contacts as a supervisor looks at them: what runs out first, then the queue in its order, then the rest. */
export function contactsInOrder(contacts) {
  return [...contacts].sort(
    (a, b) =>
      STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
      (a.state === "offered" ? Date.parse(a.expires_at) - Date.parse(b.expires_at) : 0) ||
      (a.state === "queued" ? a.skill - b.skill : 0) ||
      (a.place ?? 0) - (b.place ?? 0) ||
      a.id - b.id,
  );
}

/**
 * Where a waiting contact goes when it is put at the place of `target`, of the same skill: `{before}` or `{after}` for
 * the server; null when it is there already or cannot go there.
 */
export function placeBeside(moved, target) {
  if (!target || moved.id === target.id || moved.skill !== target.skill) return null;
  if (moved.state !== "queued" || target.state !== "queued") return null;
  return moved.place > target.place ? { before: target.id } : { after: target.id };
}

/** The waiting contact one place further up (-1) or down (+1) in the queue of the same skill. */
export function queueNeighbour(contacts, contact, step) {
  return contacts.find(
    (other) => other.state === "queued" && other.skill === contact.skill && other.place === contact.place + step,
  );
}

/** The agents whose name, user name or team holds `words`: the available ones first, then by name. */
export function agentsInOrder(agents, words, language) {
  const wanted = words.trim().toLocaleLowerCase(language);
  const holds = (agent) =>
    [agent.name, agent.username, agent.team ?? ""].some((text) => text.toLocaleLowerCase(language).includes(wanted));
  return agents
    .filter((agent) => wanted === "" || holds(agent))
    .sort(
      (a, b) =>
        (a.status === "available" ? 0 : 1) - (b.status === "available" ? 0 : 1) || a.name.localeCompare(b.name, language),
    );
}

/** Whether an agent can take one more contact: free, full (there, but nothing is offered to him now) or away. */
export function readiness(agent) {
  if (agent.status !== "available") return "away";
  return agent.load < agent.limit && !agent.next_reason && !agent.is_cooling ? "free" : "full";
}

/** A contact's priority in points at `now`, as the server reckons it. */
export function priorityOf(queue, queuedAt, now) {
  const minutes = Math.max(0, (now - Date.parse(queuedAt)) / 60_000);
  return Math.min(queue.maximum, queue.priority_when_queued + queue.acceleration * minutes);
}
