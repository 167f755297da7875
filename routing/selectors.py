"""What the dispatcher reads: heads of lanes, best agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import shards, sql
from routing.matching import EPOCH, Waiting


@dataclass(frozen=True, slots=True)
class Head:
    """A contact near the front of a lane."""

    waiting: Waiting
    skill_id: int
    lane_id: int


# As `milliseconds` has it, in a tenth of the time that Python takes to read a moment.
_QUEUED_MS = f"floor(extract(epoch FROM c.queued_at) * 1000)::bigint - {int(EPOCH.timestamp()) * 1000}"

# The lanes that agents serve, each once; `{who}` compares with one agent, or with several, and `{lanes}` are
# those of the skill `s`.
_LANES = """
    SELECT s.agent_id, l.id, l.skill_id, l.acceleration_milli, l.max_priority_milli
      FROM agents_agentskill s
      JOIN {lanes} l ON l.skill_id = s.skill_id AND l.target_agent_id IS NULL
       AND s.proficiency BETWEEN l.high_proficiency AND l.low_proficiency
     WHERE s.agent_id {who}
    UNION ALL
    SELECT l.target_agent_id, l.id, l.skill_id, l.acceleration_milli, l.max_priority_milli
      FROM contacts_lane l
     WHERE l.target_agent_id {who}
    UNION ALL
    SELECT s.agent_id, l.id, l.skill_id, l.acceleration_milli, l.max_priority_milli
      FROM agents_agentskill s
      JOIN skills_skill o ON o.overflow_skill_id = s.skill_id
      JOIN contacts_lane l ON l.skill_id = o.id AND l.overflows AND l.target_agent_id IS NULL
       AND s.proficiency BETWEEN l.high_proficiency AND l.low_proficiency
     WHERE s.agent_id {who}
       AND NOT EXISTS (
           SELECT FROM agents_agentskill own
            WHERE own.agent_id = s.agent_id AND own.skill_id = l.skill_id
              AND own.proficiency BETWEEN l.high_proficiency AND l.low_proficiency)
"""
# One by one, by their index: what others have would be read with them.
_LANES_OF_ONE = _LANES.format(
    who="= %(agent)s",
    lanes="LATERAL (SELECT * FROM contacts_lane WHERE skill_id = s.skill_id OFFSET 0)",
)

_FRONT = f"""
    SELECT c.id, c.queue_key, {_QUEUED_MS} AS queued_ms
      FROM contacts_contact c
     WHERE c.state = 'queued' AND c.lane_id = mine.id
       AND NOT EXISTS (
           SELECT 1 FROM routing_refusal r WHERE r.contact_id = c.id AND r.agent_id = %(agent)s)
     ORDER BY c.queue_key DESC, c.queued_at, c.id
"""

# A lane is looked up by its index, so the cost is lanes x log(backlog), whatever waits behind.
_HEADS = f"""
WITH mine AS ({_LANES_OF_ONE})
SELECT h.id, h.queue_key, h.queued_ms, mine.acceleration_milli, mine.max_priority_milli, mine.skill_id,
       mine.id
  FROM mine
 CROSS JOIN LATERAL ({_FRONT} LIMIT {{window}}) h
"""

FEW_LANES, FRONT_OF_FEW = 4, 4

# One of each lane is enough to go by. Where the lanes are few some more are read, for the record of the
# decision, and for the case that somebody else has the first.
_FIRST_HEADS = f"""
WITH mine AS ({_LANES_OF_ONE}), few AS (SELECT count(*) <= {FEW_LANES} AS is_so FROM mine)
SELECT h.id, h.queue_key, h.queued_ms, mine.acceleration_milli, mine.max_priority_milli, mine.skill_id,
       mine.id, (SELECT is_so FROM few)
  FROM mine
 CROSS JOIN LATERAL (
    ({_FRONT} LIMIT 1)
    UNION ALL
    SELECT * FROM ({_FRONT} OFFSET 1 LIMIT {FRONT_OF_FEW - 1}) behind WHERE (SELECT is_so FROM few)
 ) h
"""

# Contacts that the agent refused come back to him when nobody else is left to ask and the pause is over.
_REFUSED_HEADS = f"""
SELECT id, queue_key, queued_ms, acceleration_milli, max_priority_milli, skill_id, lane_id
  FROM (
SELECT c.id, c.queue_key, {_QUEUED_MS} AS queued_ms, l.acceleration_milli, l.max_priority_milli,
       l.skill_id, c.lane_id,
       row_number() OVER (PARTITION BY l.id ORDER BY c.queue_key DESC, c.queued_at, c.id) AS place
  FROM routing_refusal r
  JOIN contacts_contact c ON c.id = r.contact_id AND c.state = 'queued'
  JOIN contacts_lane l ON l.id = c.lane_id
  JOIN skills_skill k ON k.id = l.skill_id
  JOIN organizations_businessunit b ON b.id = c.business_unit_id
 WHERE r.agent_id = %(agent)s
   AND r.refused_at <= %(now)s - make_interval(secs => b.reoffer_delay_seconds)
   AND (l.target_agent_id = %(agent)s OR EXISTS (
       SELECT 1 FROM agents_agentskill s
        WHERE s.agent_id = %(agent)s AND l.target_agent_id IS NULL
          AND s.skill_id IN (l.skill_id, CASE WHEN l.overflows THEN k.overflow_skill_id END)
          AND s.proficiency BETWEEN l.high_proficiency AND l.low_proficiency))
   AND NOT EXISTS (
       SELECT 1 FROM routing_readyagent y
        WHERE l.target_agent_id IS NULL
          AND y.skill_id IN (l.skill_id, CASE WHEN l.overflows THEN k.overflow_skill_id END)
          AND y.proficiency BETWEEN l.high_proficiency AND l.low_proficiency
          AND NOT EXISTS (
              SELECT 1 FROM routing_refusal o WHERE o.contact_id = c.id AND o.agent_id = y.agent_id))
  ) refused
 WHERE place <= {{window}}
"""


def _head(
    contact_id: int,
    key: int,
    queued_ms: int,
    acceleration: int,
    maximum: int,
    skill_id: int,
    lane_id: int,
) -> Head:
    return Head(Waiting(contact_id, key, acceleration, maximum, queued_ms), skill_id, lane_id)


def first_heads(*, agent_id: int) -> tuple[list[Head], int]:
    """The first contacts of each lane that the agent serves, without those he refused, and how many of each.

    FRONT_OF_FEW of each where he serves no more than FEW_LANES, else one.
    """
    found = sql.rows(_FIRST_HEADS, {"agent": agent_id})
    window = FRONT_OF_FEW if found and found[0][-1] else 1
    return [_head(*row[:-1]) for row in found], window


def lane_heads(*, agent_id: int, window: int) -> list[Head]:
    """The first `window` contacts of each lane that the agent serves, without those he refused."""
    # A limit that is a parameter would be planned for anew each time, and worse.
    return [_head(*row) for row in sql.rows(_HEADS.format(window=window), {"agent": agent_id})]


def refused_heads(*, agent_id: int, window: int, now: datetime) -> list[Head]:
    """Contacts the agent refused that may be put before him again."""
    found = sql.rows(_REFUSED_HEADS.format(window=window), {"agent": agent_id, "now": now})
    return [_head(*row) for row in found]


# -- For many agents at once ---------------

_LANES_OF_MANY = _LANES.format(who="= ANY(%(agents)s)", lanes="contacts_lane")
_LANES_OF_EACH = f"""
SELECT agent_id, array_agg(id) FROM ({_LANES_OF_MANY}) mine GROUP BY agent_id
"""


def lanes_of_each(*, agent_ids: Sequence[int]) -> dict[int, list[int]]:
    """The lanes that each of the agents serves; who serves none is left out."""
    return dict(sql.rows(_LANES_OF_EACH, {"agents": list(agent_ids)}))


_FRONTS = f"""
SELECT l.id, l.skill_id, l.acceleration_milli, l.max_priority_milli, h.id, h.queue_key, h.queued_ms
  FROM contacts_lane l
 CROSS JOIN LATERAL (
    SELECT c.id, c.queue_key, {_QUEUED_MS} AS queued_ms
      FROM contacts_contact c
     WHERE c.state = 'queued' AND c.lane_id = l.id
     ORDER BY c.queue_key DESC, c.queued_at, c.id
     LIMIT {{window}}
 ) h
 WHERE l.id = ANY(%s)
"""


def fronts(*, lane_ids: Sequence[int], window: int) -> dict[int, list[Head]]:
    """The first `window` contacts of each of the lanes, in its order, whoever refused them."""
    found: dict[int, list[Head]] = {lane: [] for lane in lane_ids}
    for lane, skill, acceleration, maximum, contact, key, queued_ms in sql.rows(
        _FRONTS.format(window=window), [list(lane_ids)]
    ):
        waiting = Waiting(contact, key, acceleration, maximum, queued_ms)
        found[lane].append(Head(waiting, skill, lane))
    return found


# The pause of whoever refused is over, or not.
_REFUSED_BY_EACH = """
SELECT r.agent_id, r.contact_id, r.refused_at <= %(now)s - make_interval(secs => b.reoffer_delay_seconds)
  FROM routing_refusal r
  JOIN contacts_contact c ON c.id = r.contact_id AND c.state = 'queued'
  JOIN organizations_businessunit b ON b.id = c.business_unit_id
 WHERE r.agent_id = ANY(%(agents)s)
"""


def refused_by_each(*, agent_ids: Sequence[int], now: datetime) -> tuple[dict[int, set[int]], set[int]]:
    """The waiting contacts that each of the agents refused, and whose pause is over for one of them."""
    refused: dict[int, set[int]] = {}
    again = set()
    for agent_id, contact_id, is_over in sql.rows(_REFUSED_BY_EACH, {"agents": list(agent_ids), "now": now}):
        refused.setdefault(agent_id, set()).add(contact_id)
        if is_over:
            again.add(agent_id)
    return refused, again


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who could take a contact, and whether he refused it before."""

    agent_id: int
    proficiency: int
    idle_since: datetime
    refused: bool


CANDIDATES = 16

# The skill is one value, not a joined column: only so does the index give the order (facts:
# docs/routing.md).
_CANDIDATES = f"""
WITH place AS MATERIALIZED (
    SELECT l.skill_id, l.high_proficiency, l.low_proficiency, l.target_agent_id,
           CASE WHEN l.overflows THEN s.overflow_skill_id END AS overflow_skill_id
      FROM contacts_contact c
      JOIN contacts_lane l ON l.id = c.lane_id
      JOIN skills_skill s ON s.id = l.skill_id
     WHERE c.id = %(contact)s AND c.state = 'queued'
), suited AS (
    (SELECT y.agent_id, y.proficiency, y.idle_since, 0 AS tier
       FROM routing_readyagent y
      WHERE y.skill_id = (SELECT skill_id FROM place WHERE target_agent_id IS NULL)
        AND y.proficiency BETWEEN (SELECT high_proficiency FROM place) AND (SELECT low_proficiency FROM place)
        AND NOT EXISTS (
            SELECT FROM routing_refusal r WHERE r.contact_id = %(contact)s AND r.agent_id = y.agent_id)
      ORDER BY y.proficiency, y.idle_since, y.agent_id
      LIMIT {CANDIDATES})
    UNION ALL
    (SELECT y.agent_id, y.proficiency, y.idle_since, 1
       FROM routing_readyagent y
      WHERE y.skill_id = (SELECT overflow_skill_id FROM place WHERE target_agent_id IS NULL)
        AND y.proficiency BETWEEN (SELECT high_proficiency FROM place) AND (SELECT low_proficiency FROM place)
        AND NOT EXISTS (
            SELECT FROM routing_refusal r WHERE r.contact_id = %(contact)s AND r.agent_id = y.agent_id)
      ORDER BY y.proficiency, y.idle_since, y.agent_id
      LIMIT {CANDIDATES})
    UNION ALL
    SELECT y.agent_id, y.proficiency, y.idle_since, CASE y.skill_id WHEN place.skill_id THEN 0 ELSE 1 END
      FROM routing_refusal r
      JOIN place ON place.target_agent_id IS NULL
     CROSS JOIN LATERAL (
        -- Each refuser by himself, never all who are ready.
        SELECT * FROM routing_readyagent
         WHERE agent_id = r.agent_id AND skill_id IN (place.skill_id, place.overflow_skill_id)
           AND proficiency BETWEEN place.high_proficiency AND place.low_proficiency
        OFFSET 0) y
     WHERE r.contact_id = %(contact)s
    UNION ALL
    SELECT s.agent_id, 1, s.idle_since, 0
      FROM place
      JOIN agents_agentstate s ON s.agent_id = place.target_agent_id
      JOIN agents_agent a ON a.id = s.agent_id AND a.is_active
     WHERE s.status = 'available' AND s.next_reason = '' AND s.load < s.limit AND s.cooling_until IS NULL
)
SELECT agent_id, proficiency, idle_since, EXISTS (
    SELECT FROM routing_refusal r WHERE r.contact_id = %(contact)s AND r.agent_id = suited.agent_id)
  FROM suited
 ORDER BY tier, proficiency, idle_since, agent_id
"""


def candidates(*, contact_id: int) -> list[Candidate]:
    """Ready agents for a contact that waits, best first: proficiency, then longest idle.

    Of those who have not refused it the first CANDIDATES, and all who have; agents of the overflow skill, if
    the contact has come so far, behind those of its own. Or the one agent it is meant for. Nobody when it
    does not wait (any more).
    """
    found = [Candidate(*row) for row in sql.rows(_CANDIDATES, {"contact": contact_id})]
    # Who has both skills is found by both, and stands where he stands first.
    first: dict[int, Candidate] = {}
    for one in found:
        first.setdefault(one.agent_id, one)
    return list(first.values())


# Peace is an empty answer: a ready agent and a contact he could take exist together only for a moment,
# after a lost hint, or while a refused contact waits out its pause.
_IDLE_BESIDE_WAITING = """
SELECT DISTINCT y.agent_id, y.idle_since
  FROM routing_readyagent y
  JOIN contacts_lane l ON l.skill_id = y.skill_id AND l.target_agent_id IS NULL
   AND y.proficiency BETWEEN l.high_proficiency AND l.low_proficiency
 WHERE EXISTS (SELECT 1 FROM contacts_contact c WHERE c.lane_id = l.id AND c.state = 'queued')
   AND {ours}
UNION
SELECT y.agent_id, y.idle_since
  FROM skills_skill o
  JOIN contacts_lane l ON l.skill_id = o.id AND l.overflows AND l.target_agent_id IS NULL
  JOIN routing_readyagent y ON y.skill_id = o.overflow_skill_id
   AND y.proficiency BETWEEN l.high_proficiency AND l.low_proficiency
 WHERE EXISTS (SELECT 1 FROM contacts_contact c WHERE c.lane_id = l.id AND c.state = 'queued')
UNION
SELECT s.agent_id, s.idle_since
  FROM contacts_lane l
  JOIN agents_agentstate s ON s.agent_id = l.target_agent_id
  JOIN agents_agent a ON a.id = s.agent_id AND a.is_active
 WHERE s.status = 'available' AND s.next_reason = '' AND s.load < s.limit AND s.cooling_until IS NULL
   AND EXISTS (SELECT 1 FROM contacts_contact c WHERE c.lane_id = l.id AND c.state = 'queued')
   AND {ours}
 ORDER BY idle_since, agent_id
 LIMIT 200
"""


def agents_idle_beside_waiting() -> list[int]:
    """Agents who could take one more contact while one waits that they could serve, longest idle first."""
    ours = shards.ours("(SELECT business_unit_id FROM skills_skill k WHERE k.id = l.skill_id)")
    return [agent_id for agent_id, _idle_since in sql.rows(_IDLE_BESIDE_WAITING.format(ours=ours))]
