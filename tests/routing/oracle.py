"""The rules of routing as they are said, over everything that is in the tables, in exact rationals.

Nothing here uses lanes, heads, indexes or `routing.matching`: it is what those are held against.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

from core import sql

EPOCH = datetime.fromisoformat("2024-01-01T00:00:00+00:00")
MINUTE = 60_000


def moment(at: datetime) -> int:
    """Whole milliseconds since 2024."""
    return (at - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Customer:
    """A contact that waits. Priorities are points: `grown` without its maximum, at the moment zero."""

    contact_id: int
    skill_id: int
    grown: Fraction
    growth: Fraction
    maximum: Fraction
    queued_ms: int
    best: int
    least: int
    target_agent_id: int | None
    overflow_skill_id: int | None
    pause: timedelta
    refused: dict[int, datetime] = field(default_factory=dict)

    def reached(self) -> Fraction | None:
        """When it reaches its maximum, in milliseconds; None: never."""
        missing = self.maximum - self.grown
        if self.growth:
            return missing / self.growth * MINUTE
        return None if missing > 0 else Fraction(self.queued_ms)

    def place(self, now_ms: int) -> tuple[Fraction, int, Fraction, int, int]:
        reached = self.reached()
        if reached is not None and reached <= now_ms:
            return (-self.maximum, 0, reached, self.queued_ms, self.contact_id)
        priority = self.grown + self.growth * Fraction(now_ms, MINUTE)
        return (-priority, 1, Fraction(0), self.queued_ms, self.contact_id)


@dataclass(frozen=True)
class Worker:
    """An agent, and the skills he has with his proficiency in each."""

    agent_id: int
    can_take_one_more: bool
    room: int
    idle_since: datetime
    skills: dict[int, int]

    def may_have(self, customer: Customer) -> bool:
        if not self.can_take_one_more:
            return False
        if customer.target_agent_id is not None:
            return customer.target_agent_id == self.agent_id
        return bool(self._abilities(customer))

    def _abilities(self, customer: Customer) -> list[tuple[int, int]]:
        """With which of the two skills he may have it, and how well: its own goes first."""
        skills = enumerate((customer.skill_id, customer.overflow_skill_id))
        found = [(tier, self.skills.get(skill_id or 0, 0)) for tier, skill_id in skills]
        return [one for one in found if customer.best <= one[1] <= customer.least]

    def place(self, customer: Customer) -> tuple[tuple[int, int], datetime, int]:
        ability = (0, 1) if customer.target_agent_id else self._abilities(customer)[0]
        return (ability, self.idle_since, self.agent_id)


class Floor:
    """Everything that matters to routing, as it is at one moment at which nobody acts."""

    def __init__(self) -> None:
        self.workers = {one.agent_id: one for one in _workers()}
        self.customers = {one.contact_id: one for one in _customers()}

    def asked(self, customer: Customer, now: datetime) -> list[Worker]:
        """Who may be asked for a contact now, best first."""
        ready = [worker for worker in self.workers.values() if worker.may_have(customer)]
        unasked = [worker for worker in ready if worker.agent_id not in customer.refused]
        # Everybody who is ready has refused it: a new round may begin with those whose pause is over.
        again = [one for one in ready if customer.refused.get(one.agent_id, now) <= now - customer.pause]
        return sorted(unasked or again, key=lambda worker: worker.place(customer))

    def order_for(self, agent_id: int, now: datetime) -> list[int]:
        """The contacts that may be put before an agent now, first one first."""
        worker = self.workers[agent_id]
        mine = [one for one in self.customers.values() if worker.may_have(one)]
        fresh = [one for one in mine if agent_id not in one.refused]
        found = fresh or [one for one in mine if worker in self.asked(one, now)]
        return _ids(found, now)

    def take_first(self, agent_id: int, now: datetime) -> int | None:
        """Offer the agent what comes first for him, if anything does: he has room for one less then."""
        order = self.order_for(agent_id, now)
        if not order:
            return None
        worker = self.workers[agent_id]
        del self.customers[order[0]]
        self.workers[agent_id] = replace(
            worker, room=worker.room - 1, can_take_one_more=worker.can_take_one_more and worker.room > 1
        )
        return order[0]

    def could_be_offered(self, now: datetime) -> list[tuple[int, int]]:
        """Pairs of a contact that waits and an idle agent who may be asked for it: a fault at rest."""
        return [
            (customer.contact_id, worker.agent_id)
            for customer in self.customers.values()
            for worker in self.asked(customer, now)
        ]


def _ids(customers: Iterable[Customer], now: datetime) -> list[int]:
    now_ms = moment(now)
    return [one.contact_id for one in sorted(customers, key=lambda one: one.place(now_ms))]


def _workers() -> list[Worker]:
    skills: dict[int, dict[int, int]] = {}
    for agent_id, skill_id, proficiency in sql.rows(
        "SELECT agent_id, skill_id, proficiency FROM agents_agentskill"
    ):
        skills.setdefault(agent_id, {})[skill_id] = proficiency
    found = sql.rows(
        "SELECT s.agent_id, a.is_active AND s.status = 'available' AND s.load < s.\"limit\" "
        "AND s.next_reason = '' AND s.cooling_until IS NULL, s.\"limit\" - s.load, s.idle_since "
        "FROM agents_agentstate s JOIN agents_agent a ON a.id = s.agent_id"
    )
    return [
        Worker(agent_id, can_take, room, idle_since, skills.get(agent_id, {}))
        for agent_id, can_take, room, idle_since in found
    ]


def _customers() -> list[Customer]:
    refused: dict[int, dict[int, datetime]] = {}
    for contact_id, agent_id, refused_at in sql.rows(
        "SELECT contact_id, agent_id, refused_at FROM routing_refusal"
    ):
        refused.setdefault(contact_id, {})[agent_id] = refused_at
    found = sql.rows(
        "SELECT c.id, l.skill_id, c.queue_key, l.acceleration_milli, l.max_priority_milli, c.queued_at, "
        "l.high_proficiency, l.low_proficiency, l.target_agent_id, "
        "CASE WHEN l.overflows THEN s.overflow_skill_id END, b.reoffer_delay_seconds "
        "FROM contacts_contact c JOIN contacts_lane l ON l.id = c.lane_id "
        "JOIN skills_skill s ON s.id = l.skill_id "
        "JOIN organizations_businessunit b ON b.id = c.business_unit_id WHERE c.state = 'queued'"
    )
    return [
        Customer(
            contact_id,
            skill_id,
            Fraction(key, 1000 * MINUTE),
            Fraction(growth, 1000),
            Fraction(maximum, 1000),
            moment(queued_at),
            best,
            least,
            target,
            overflow,
            timedelta(seconds=pause),
            refused.get(contact_id, {}),
        )
        for contact_id, skill_id, key, growth, maximum, queued_at, best, least, target, overflow, pause in (
            found
        )
    ]
