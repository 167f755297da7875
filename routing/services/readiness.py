"""Keeps the list of agents who can take one more contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import sql
from core.errors import NotFound


@dataclass(slots=True)
class Seat:
    """An agent's state row, locked for the rest of the transaction."""

    agent_id: int
    status: str
    load: int
    limit: int
    refusal_timeout_seconds: int
    is_active: bool

    @property
    def can_take_one_more(self) -> bool:
        return self.is_active and self.status == "available" and self.load < self.limit


_LOCK = """
SELECT s.agent_id, s.status, s.load, s."limit", s.refusal_timeout_seconds, a.is_active
  FROM agents_agentstate s JOIN agents_agent a ON a.id = s.agent_id
 WHERE s.agent_id = %s FOR UPDATE OF s
"""


def lock_seat(agent_id: int) -> Seat:
    """Lock the agent's state row: the first lock of every transaction that touches an agent.

    Raises NotFound when there is no such agent.
    """
    found = sql.row(_LOCK, [agent_id])
    if found is None:
        raise NotFound("There is no such agent.")
    return Seat(*found)


def change_load(seat: Seat, by: int) -> None:
    """Count one more or one less; a CHECK of the table keeps the count within the slots."""
    seat.load += by
    sql.execute(
        'UPDATE agents_agentstate SET load = load + %s, slots = GREATEST("limit", load + %s) '
        "WHERE agent_id = %s",
        [by, by, seat.agent_id],
    )


def reset_idle(seat: Seat, now: datetime) -> None:
    """The idle time of an agent counts from the contact he last accepted or ended."""
    sql.execute("UPDATE agents_agentstate SET idle_since = %s WHERE agent_id = %s", [now, seat.agent_id])


_ENTER = """
INSERT INTO routing_readyagent (agent_id, skill_id, proficiency, idle_since)
SELECT k.agent_id, k.skill_id, k.proficiency, s.idle_since
  FROM agents_agentskill k
  JOIN agents_agentstate s ON s.agent_id = k.agent_id
 WHERE k.agent_id = %s
ON CONFLICT (agent_id, skill_id) DO UPDATE
   SET proficiency = EXCLUDED.proficiency, idle_since = EXCLUDED.idle_since
 WHERE routing_readyagent.proficiency <> EXCLUDED.proficiency
    OR routing_readyagent.idle_since <> EXCLUDED.idle_since
"""

_LEAVE_SKILLS = """
DELETE FROM routing_readyagent y
 WHERE y.agent_id = %s AND NOT EXISTS (
    SELECT 1 FROM agents_agentskill k WHERE k.agent_id = y.agent_id AND k.skill_id = y.skill_id)
"""


def refresh_readiness(seat: Seat, *, skills_changed: bool = False) -> None:
    """Enter or leave the list, by what the locked row says."""
    if not seat.can_take_one_more:
        sql.execute("DELETE FROM routing_readyagent WHERE agent_id = %s", [seat.agent_id])
        return
    if skills_changed:
        sql.execute(_LEAVE_SKILLS, [seat.agent_id])
    sql.execute(_ENTER, [seat.agent_id])
