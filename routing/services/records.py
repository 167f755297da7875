"""Why an offer was made: what the record of a decision holds, and how many are kept."""

from __future__ import annotations

import threading
import time

from django.conf import settings

from core import sql

RECORDED_AGENTS = 24
"""Of a skill, best proficiency first: whoever stands behind them would not have been asked before them."""

BURST_SECONDS = 5
REMOVED_AT_ONCE = 5_000

# The agents of the skill at the second of the offer, and what kept each of them from being asked: the first
# condition that holds. For a statement with the CTE `offer`.
AGENTS = f"""
SELECT jsonb_agg(
           jsonb_strip_nulls(jsonb_build_object(
               'agent', k.agent_id,
               'proficiency', k.proficiency,
               'outcome', CASE
                   WHEN k.agent_id = offer.agent_id THEN %(chosen)s::text
                   WHEN l.target_agent_id IS NOT NULL THEN 'kept_for_another'
                   WHEN NOT s.is_active THEN 'inactive'
                   WHEN k.proficiency NOT BETWEEN l.high_proficiency AND l.low_proficiency THEN 'out_of_range'
                   WHEN s.status <> 'available' THEN 'unavailable'
                   WHEN s.next_reason <> '' THEN 'leaving'
                   WHEN s.load >= s."limit" THEN 'at_limit'
                   WHEN s.cooling_until IS NOT NULL THEN 'cooling_down'
                   WHEN r.agent_id IS NOT NULL THEN 'refused_before'
                   ELSE %(also_ready)s::text END,
               'reason', CASE WHEN s.status <> 'available' THEN NULLIF(s.reason, '')
                              ELSE NULLIF(s.next_reason, '') END,
               'idle_since', CASE WHEN s.status = 'available' THEN s.idle_since END,
               'load', s.load,
               'limit', s."limit"))
           ORDER BY k.agent_id <> offer.agent_id, k.proficiency, s.idle_since, k.agent_id) AS found
  FROM (SELECT offer.agent_id,
               (SELECT proficiency FROM agents_agentskill
                 WHERE skill_id = offer.skill_id AND agent_id = offer.agent_id) AS proficiency
        UNION ALL
        SELECT agent_id, proficiency
          FROM (SELECT agent_id, proficiency FROM agents_agentskill
                 WHERE skill_id = offer.skill_id ORDER BY proficiency, agent_id LIMIT {RECORDED_AGENTS}) best
         WHERE best.agent_id <> offer.agent_id) k
  JOIN agents_agentstate s ON s.agent_id = k.agent_id
  LEFT JOIN contacts_lane l
         ON l.id = (SELECT c.lane_id FROM contacts_contact c WHERE c.id = offer.contact_id)
  LEFT JOIN routing_refusal r ON r.contact_id = offer.contact_id AND r.agent_id = k.agent_id
"""


class Allowance:
    """So many a second, and a few seconds' worth at once; above that nothing is recorded."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.left: float | None = None
        self.at = 0.0

    def take(self, per_second: int, now: float) -> bool:
        """Whether one more may be recorded at the moment `now` (seconds). 0 per second: always."""
        if not per_second:
            return True
        with self.lock:
            most = float(per_second * BURST_SECONDS)
            left = most if self.left is None else min(most, self.left + (now - self.at) * per_second)
            self.at = now
            self.left = left - 1 if left >= 1 else left
            return left >= 1


_allowance = Allowance()


def is_recorded() -> bool:
    """Whether the decision that is being made is recorded: DECISIONS_PER_SECOND of this process are."""
    return _allowance.take(settings.DECISIONS_PER_SECOND, time.monotonic())


def remove_old_decisions() -> int:
    """Forget records older than DECISIONS_KEPT_DAYS, some at a time; return how many."""
    # The oldest have the lowest keys, so no index on the time is needed.
    return sql.execute(
        "DELETE FROM routing_decision WHERE offer_id IN ("
        "SELECT offer_id FROM (SELECT offer_id, at FROM routing_decision ORDER BY offer_id LIMIT %s) oldest "
        "WHERE at < clock_timestamp() - make_interval(days => %s))",
        [REMOVED_AT_ONCE, settings.DECISIONS_KEPT_DAYS],
    )
