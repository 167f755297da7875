"""Keeps the list of agents who can take one more contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core import sql
from core.errors import NotFound


@dataclass(slots=True)
class Seat:
    """An agent's state row, locked for the rest of the transaction.

    `now` is the moment the lock was had. `is_listed` says whether the list of ready agents has him, and
    `is_stale` whether it has him with an idle time that has passed.
    """

    agent_id: int
    status: str
    load: int
    limit: int
    refusal_timeout_seconds: int
    is_active: bool
    next_reason: str
    misses: int
    is_cooling: bool
    cool_down_after_accept_seconds: int
    cool_down_after_refusal_seconds: int
    cool_down_after_miss_seconds: int
    cool_down_after_contact_seconds: int
    now: datetime
    is_listed: bool = field(init=False)
    is_stale: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.is_listed = self.can_take_one_more

    @property
    def can_take_one_more(self) -> bool:
        is_there = self.is_active and self.status == "available" and not self.next_reason
        return is_there and self.load < self.limit and not self.is_cooling

    def leaves_after(self, by: int) -> bool:
        """Whether he becomes unavailable, as he asked, when his load changes by so many."""
        return bool(self.next_reason) and self.load + by == 0


_SEAT = """agent_id, status, load, "limit", refusal_timeout_seconds, is_active, next_reason, misses,
               cooling_until IS NOT NULL, cool_down_after_accept_seconds, cool_down_after_refusal_seconds,
               cool_down_after_miss_seconds, cool_down_after_contact_seconds"""

# The clock is read outside, so after a wait for the lock. Only the locked row is read: after a wait it is the
# newest, while a row joined to it would be as old as the beginning of the wait.
_LOCK = f"""
SELECT seat.*, date_trunc('milliseconds', clock_timestamp())
  FROM (SELECT {_SEAT}
          FROM agents_agentstate WHERE agent_id = %s FOR NO KEY UPDATE) seat
"""


def lock_seat(agent_id: int) -> Seat:
    """Lock the agent's state row: the first lock of every transaction that touches an agent.

    Raises NotFound when there is no such agent.
    """
    found = sql.row(_LOCK, [agent_id])
    if found is None:
        raise NotFound("There is no such agent.")
    return Seat(*found)


_LOCK_FREE = f"""
SELECT seat.*, date_trunc('milliseconds', clock_timestamp())
  FROM (SELECT {_SEAT}
          FROM agents_agentstate WHERE agent_id = ANY(%s)
         ORDER BY agent_id FOR NO KEY UPDATE SKIP LOCKED) seat
"""


def lock_free_seats(agent_ids: Sequence[int]) -> list[Seat]:
    """Lock the state rows of those agents whom nobody else has locked, in the order given, with one `now`."""
    seats = {seat.agent_id: seat for seat in (Seat(*row) for row in sql.rows(_LOCK_FREE, [list(agent_ids)]))}
    latest = max((seat.now for seat in seats.values()), default=None)
    for seat in seats.values():
        assert latest is not None
        seat.now = latest
    return [seats[agent_id] for agent_id in agent_ids if agent_id in seats]


_COUNT = """
UPDATE agents_agentstate
   SET load = load + %(by)s, slots = GREATEST("limit", load + %(by)s),
       idle_since = COALESCE(%(idle_since)s, idle_since),
       cooling_until = GREATEST(cooling_until, %(cooling_until)s), misses = %(misses)s{leave}
 WHERE agent_id = %(agent)s
"""
_LEAVE = """,
       status = 'unavailable', reason = next_reason, since = %(now)s, next_reason = ''"""
_COUNT_ONLY, _COUNT_AND_LEAVE = _COUNT.format(leave=""), _COUNT.format(leave=_LEAVE)


COUNT_ONE_MORE = 'UPDATE agents_agentstate SET load = load + 1, slots = GREATEST("limit", load + 1)'
"""For a statement that gives the agent a contact, which then calls `count_one_more`."""


def count_one_more(*seats: Seat) -> None:
    """What follows from COUNT_ONE_MORE: those who are full leave the list."""
    for seat in seats:
        seat.load += 1
    full = [seat for seat in seats if seat.is_listed and not seat.can_take_one_more]
    if full:
        sql.execute(
            "DELETE FROM routing_readyagent WHERE agent_id = ANY(%s)", [[seat.agent_id for seat in full]]
        )
    for seat in full:
        seat.is_listed = False


def change_load(
    seat: Seat, by: int, *, idle_since: datetime | None = None, cool_down_seconds: int = 0
) -> None:
    """Count one more, one less or as many; a CHECK of the table keeps the count within the slots.

    `idle_since` is given when he accepts or ends a contact: from there his idle time counts. For
    `cool_down_seconds` from now nothing is offered to him. `seat.misses` is written too. Who asked to leave
    after what he has becomes unavailable with the last of it.
    """
    cooling_until = seat.now + timedelta(seconds=cool_down_seconds) if cool_down_seconds else None
    values = {
        "by": by,
        "idle_since": idle_since,
        "cooling_until": cooling_until,
        "misses": seat.misses,
        "agent": seat.agent_id,
    }
    if seat.leaves_after(by):
        sql.execute(_COUNT_AND_LEAVE, {**values, "now": seat.now})
        seat.status, seat.next_reason = "unavailable", ""
    else:
        sql.execute(_COUNT_ONLY, values)
    seat.load += by
    seat.is_cooling = seat.is_cooling or cooling_until is not None
    seat.is_stale = idle_since is not None
    _list(seat)


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
    """Enter or leave the list by what the locked row says, whatever the list said before."""
    if seat.can_take_one_more and skills_changed:
        sql.execute(_LEAVE_SKILLS, [seat.agent_id])
    seat.is_listed, seat.is_stale = not seat.can_take_one_more, True
    _list(seat)


def _list(seat: Seat) -> None:
    """The list holds him while he can take one more; it is written only when that changes."""
    if not seat.can_take_one_more:
        if seat.is_listed:
            sql.execute("DELETE FROM routing_readyagent WHERE agent_id = %s", [seat.agent_id])
    elif seat.is_stale or not seat.is_listed:
        sql.execute(_ENTER, [seat.agent_id])
    seat.is_listed, seat.is_stale = seat.can_take_one_more, False
