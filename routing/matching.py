"""Which waiting contact comes first, and which agent.

Pure: plain values in, plain values out; no database, no clock. The dispatcher, the tests and the simulation
all use this module.

The rule is the vendor's: priority(t) = min(maximum, initial + acceleration x minutes waited). It is counted
in whole numbers, so SQL and Python agree to the last digit: time in milliseconds since 2024, priority in
thousandths of a point times 60,000 (a "fine point"), acceleration in thousandths of a point per minute,
which is fine points per millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MS_PER_MINUTE = 60_000
NOT_REACHED = Fraction(0)
"""Stands where no moment is compared."""


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 2024-01-01 UTC; what is below a millisecond is cut off."""
    return (at - EPOCH) // MILLISECOND


def milli(points: Decimal | float | str) -> int:
    """Points of priority in thousandths, rounded to the nearest."""
    return round(Decimal(str(points)) * 1000)


@dataclass(frozen=True, slots=True)
class Profile:
    """How the priority of a contact grows. Thousandths of a point; acceleration per minute."""

    initial_milli: int
    acceleration_milli: int
    max_milli: int


class Queued(Protocol):
    """What the order asks of a contact: thousandths of a point, fine points and milliseconds since 2024."""

    @property
    def contact_id(self) -> int: ...
    @property
    def queue_key(self) -> int: ...
    @property
    def acceleration_milli(self) -> int: ...
    @property
    def max_milli(self) -> int: ...
    @property
    def queued_ms(self) -> int: ...


QueuedT = TypeVar("QueuedT", bound=Queued)
Moment = TypeVar("Moment", datetime, int)
"""When something happened: as the database says it, or in milliseconds since 2024."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact in a queue, as far as the order is concerned."""

    contact_id: int
    queue_key: int
    acceleration_milli: int
    max_milli: int
    queued_ms: int


@dataclass(frozen=True, slots=True)
class Ready:
    """An agent who can take one more contact."""

    agent_id: int
    proficiency: int
    idle_since: datetime


def queue_key(profile: Profile, queued_ms: int) -> int:
    """The part of the priority that does not depend on the time: min(initial, maximum) - acceleration x e.

    Contacts that share acceleration and maximum keep the order of their keys for ever, before and after the
    maximum (facts: docs/routing.md, "Why few look-ups suffice").
    """
    start = min(profile.initial_milli, profile.max_milli) * MS_PER_MINUTE
    return start - profile.acceleration_milli * queued_ms


def fine_priority(contact: Queued, now_ms: int) -> int:
    """Priority in fine points at the moment `now_ms`."""
    grown = contact.queue_key + contact.acceleration_milli * now_ms
    return min(contact.max_milli * MS_PER_MINUTE, grown)


def priority(contact: Queued, now_ms: int) -> float:
    """Priority in points, for people to read."""
    return fine_priority(contact, now_ms) / (1000 * MS_PER_MINUTE)


def cap_reached_ms(contact: Queued) -> Fraction | None:
    """When the contact reaches its maximum, in milliseconds since 2024, exactly; None: never."""
    missing = contact.max_milli * MS_PER_MINUTE - contact.queue_key
    if contact.acceleration_milli:
        return Fraction(missing, contact.acceleration_milli)
    return None if missing > 0 else Fraction(contact.queued_ms)


def place_in_lane(contact: Queued) -> tuple[int, int, int]:
    """The order inside a lane, smallest first: the same as `place` at every moment, without the time."""
    return (-contact.queue_key, contact.queued_ms, contact.contact_id)


def place(contact: Queued, now_ms: int) -> tuple[int, int, Fraction, int, int]:
    """The total order of the queue, smallest first.

    Highest priority; at equal priority those at their maximum first, and of these the one that reached it
    first; then the older; then the lower id.
    """
    grown, most = contact.queue_key + contact.acceleration_milli * now_ms, contact.max_milli * MS_PER_MINUTE
    if grown < most:
        # Without the exact fraction, which costs more than all the rest.
        return (-grown, 1, NOT_REACHED, contact.queued_ms, contact.contact_id)
    reached = cap_reached_ms(contact)
    capped = reached is not None and reached <= now_ms
    return (
        -most,
        0 if capped else 1,
        reached if capped and reached is not None else NOT_REACHED,
        contact.queued_ms,
        contact.contact_id,
    )


def in_order(contacts: Iterable[QueuedT], now_ms: int) -> list[QueuedT]:
    """The contacts as they are to be offered, first one first."""
    waiting = list(contacts)
    if len(waiting) < 2:
        return waiting
    return sorted(waiting, key=lambda contact: place(contact, now_ms))


def place_of_agent(*, proficiency: int, idle_since: Moment, agent_id: int) -> tuple[int, Moment, int]:
    """The total order of agents, smallest first: best proficiency (1), longest idle, lower id."""
    return (proficiency, idle_since, agent_id)


def agents_in_order(agents: Iterable[Ready]) -> list[Ready]:
    """The agents as they are to be asked, first one first."""
    return sorted(
        agents,
        key=lambda agent: place_of_agent(
            proficiency=agent.proficiency, idle_since=agent.idle_since, agent_id=agent.agent_id
        ),
    )


def first_contact(contacts: Iterable[QueuedT], now_ms: int) -> QueuedT | None:
    """The contact to offer next, or None when nobody waits.

    Among the heads of lanes this is the first of all that wait in them.
    """
    highest, level = None, []
    for contact in contacts:
        fine = fine_priority(contact, now_ms)
        if highest is None or fine > highest:
            highest, level = fine, [contact]
        elif fine == highest:
            level.append(contact)
    # The exact fractions of a tie cost more than all the rest, and most moments have no tie.
    if len(level) > 1:
        return min(level, key=lambda contact: place(contact, now_ms))
    return level[0] if level else None
