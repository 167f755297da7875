"""What was, replayed: the contacts of past days on a floor of agents that may be another one.

When each contact came is as it was. How long it takes an agent, how agents answer offers, and how long
customers stay beyond what was seen of them is drawn from what was seen, anew in each replication. Two floors
replayed with the same seed meet the same contacts with the same draws, so that what differs in their figures
is due to the floors. Times are in whole milliseconds since the record begins. What is simplified stands in
docs/reports.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from math import sqrt
from random import Random

from routing.matching import Profile
from simulation.engine import (
    NO_POLICY,
    AgentPolicy,
    AgentRule,
    Answer,
    Arrival,
    Simulation,
    SkillPolicy,
)
from simulation.measures import percentile
from simulation.queues import Contact
from simulation.sources import stream

STAYS = 0
LEAVES = 1
MOVES_ON = 2


class Ended(IntEnum):
    """How a stay in a queue ended; MOVED: the script took it to another queue."""

    WAITING = 0
    ANSWERED = 1
    ABANDONED = 2
    MOVED = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in the queue of a skill, as it was. `waited_ms`: until it ended, or until the record does.

    `profile` is a priority of the contact's own, `customer` who may be known from before. `is_in_time` and
    `is_short` are the record's own judgement.
    """

    skill: int
    queued_ms: int
    waited_ms: int
    ended: Ended
    handle_ms: int | None = None
    profile: Profile | None = None
    is_in_time: bool = False
    is_short: bool = False
    customer: int | None = None


class Reply(IntEnum):
    """What became of an offer."""

    ACCEPTED = 0
    REFUSED = 1
    EXPIRED = 2


@dataclass(frozen=True, slots=True)
class Record:
    """What was. Counted are the visits that begin in [start_ms, end_ms); the clock runs until `until_ms`.

    `visits` are in order of time. `replies` are what agents did with offers, and how long after them.
    `last_agents` names the worker who had the latest contact of a customer before the record begins.
    """

    visits: Sequence[Visit]
    replies: Sequence[tuple[Reply, int]]
    start_ms: int
    end_ms: int
    until_ms: int
    hour_ms: int = 3_600_000
    last_agents: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """What is asked of a skill."""

    profile: Profile
    threshold_ms: int
    short_ms: int | None = None
    """Who leaves within this time counts neither for nor against the service level; None: everybody does."""
    policy: SkillPolicy = NO_POLICY


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent; `name` tells his draws from those of others and stays his from floor to floor."""

    name: str
    skills: Mapping[int, int]
    places: int
    refusal_timeout_ms: int
    shifts: Sequence[tuple[int, int]]
    policy: AgentPolicy | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """The queues by their numbers, and the agents."""

    queues: Sequence[Queue]
    workers: Sequence[Worker]
    reoffer_delay_ms: int = 5_000


@dataclass(slots=True)
class Tally:
    """What is counted of one skill, or of all. `hours` maps the hour of the record to [in time, counted]."""

    contacts: int = 0
    in_time: int = 0
    abandoned: int = 0
    short: int = 0
    moved: int = 0
    waits_ms: list[int] = field(default_factory=list)
    hours: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def answered(self) -> int:
        return len(self.waits_ms)

    @property
    def waiting(self) -> int:
        """Counted, and neither answered nor gone when the clock stopped."""
        return self.contacts - self.answered - self.abandoned - self.moved

    def note(self, hour: int, ended: Ended, waited_ms: int, *, in_time: bool, short: bool) -> None:
        match ended:
            case Ended.ANSWERED:
                self.waits_ms.append(waited_ms)
                self.in_time += in_time
            case Ended.ABANDONED:
                self.abandoned += 1
                self.short += short
            case Ended.MOVED:
                self.moved += 1
        if ended is Ended.ANSWERED or (ended is Ended.ABANDONED and not short):
            entry = self.hours[hour]
            entry[0] += in_time
            entry[1] += 1

    def figures(self) -> dict[str, float | None]:
        """Percent and milliseconds; None of nothing. As the reports count them (docs/reports.md)."""
        counted = self.answered + self.abandoned - self.short
        ordered = sorted(self.waits_ms)
        left = self.abandoned - self.short
        return {
            "service_level": 100 * self.in_time / counted if counted else None,
            "mean_wait": sum(ordered) / len(ordered) if ordered else None,
            "p50_wait": percentile(ordered, 50),
            "p95_wait": percentile(ordered, 95),
            "abandoned": 100 * left / counted if counted else None,
            "waiting": float(self.waiting),
        }


FIGURES = ("service_level", "mean_wait", "p50_wait", "p95_wait", "abandoned", "waiting")


@dataclass(slots=True)
class Tallies:
    """Of each skill, and of all together."""

    skills: list[Tally]
    overall: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, skills: int) -> Tallies:
        return cls([Tally() for _skill in range(skills)])

    def each(self, skill: int) -> tuple[Tally, Tally]:
        return self.skills[skill], self.overall


def as_it_was(record: Record, skills: int) -> Tallies:
    """The same count of the record itself."""
    tallies = Tallies.of(skills)
    for visit in record.visits:
        if record.start_ms <= visit.queued_ms < record.end_ms:
            hour = (visit.queued_ms - record.start_ms) // record.hour_ms
            for tally in tallies.each(visit.skill):
                tally.contacts += 1
                tally.note(hour, visit.ended, visit.waited_ms, in_time=visit.is_in_time, short=visit.is_short)
    return tallies


class OutOfTime(Exception):
    """A replication was given up before its end: the time that there was for it is over."""


SLICES = 200
"""How often in a replication it is asked whether to give up."""


def replay(record: Record, floor: Floor, seed: int, *, is_over: Callable[[], bool] | None = None) -> Tallies:
    """One replication.

    Raises ValueError when nothing was handled that handling times could be drawn from, OutOfTime as soon as
    `is_over` says so.
    """
    counter = _Counter(record, floor)
    numbers = {worker.name: number for number, worker in enumerate(floor.workers)}
    simulation = Simulation(
        skills=[queue.profile for queue in floor.queues],
        agents=[_rule(worker, record, seed) for worker in floor.workers],
        traffic=_traffic(record, len(floor.queues), seed),
        recorder=counter,
        reoffer_delay_ms=floor.reoffer_delay_ms,
        policies={number: queue.policy for number, queue in enumerate(floor.queues)},
        last_agents={
            customer: numbers[name] for customer, name in record.last_agents.items() if name in numbers
        },
    )
    if is_over is not None:
        for number in range(1, SLICES):
            simulation.run(record.until_ms * number // SLICES)
            if is_over():
                raise OutOfTime
    simulation.run(record.until_ms)
    return counter.tallies


class _Counter:
    """A `Recorder` that counts as the reports do."""

    def __init__(self, record: Record, floor: Floor) -> None:
        self.record = record
        self.queues = floor.queues
        self.tallies = Tallies.of(len(floor.queues))

    def arrived(self, skill: int, queued_ms: int) -> None:
        if self.record.start_ms <= queued_ms < self.record.end_ms:
            for tally in self.tallies.each(skill):
                tally.contacts += 1

    def left_queue(self, contact: Contact, now_ms: int, *, accepted: bool) -> None:
        record = self.record
        if not record.start_ms <= contact.queued_ms < record.end_ms:
            return
        queue, waited = self.queues[contact.skill], now_ms - contact.queued_ms
        ended = Ended.ANSWERED
        if not accepted:
            ended = Ended.MOVED if contact.mark == MOVES_ON else Ended.ABANDONED
        is_short = queue.short_ms is not None and ended is Ended.ABANDONED and waited <= queue.short_ms
        hour = (contact.queued_ms - record.start_ms) // record.hour_ms
        for tally in self.tallies.each(contact.skill):
            tally.note(hour, ended, waited, in_time=accepted and waited <= queue.threshold_ms, short=is_short)

    def refused(self, contact: Contact) -> None: ...

    def busy(self, agent_id: int, from_ms: int, to_ms: int) -> None: ...


def _rule(worker: Worker, record: Record, seed: int) -> AgentRule:
    return AgentRule(
        skills=worker.skills,
        places=worker.places,
        refusal_timeout_ms=worker.refusal_timeout_ms,
        answers=_answers(worker, record.replies, stream(seed, "answers", worker.name)),
        shifts=worker.shifts,
        policy=worker.policy,
    )


def _answers(
    worker: Worker, replies: Sequence[tuple[Reply, int]], numbers: Random
) -> Callable[[], Answer] | None:
    """As agents answered then; who would have been too late for his refusal timeout lets the offer expire."""
    if not replies:
        return None
    timeout = worker.refusal_timeout_ms

    def answer() -> Answer:
        reply, after_ms = numbers.choice(replies)
        if reply is Reply.EXPIRED or after_ms >= timeout:
            return Answer(accepts=False, after_ms=timeout, is_missed=True)
        return Answer(accepts=reply is Reply.ACCEPTED, after_ms=after_ms)

    return answer


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of the contacts of a skill: handling times, and how often a wait ended otherwise."""

    handle_ms: Sequence[int]
    leaves_per_ms: float
    moves_per_ms: float


def _seen(record: Record, skills: int) -> list[_Seen]:
    handled: list[list[int]] = [[] for _skill in range(skills)]
    waited, left, moved = ([0] * skills for _number in range(3))
    for visit in record.visits:
        if visit.handle_ms is not None:
            handled[visit.skill].append(visit.handle_ms)
        waited[visit.skill] += visit.waited_ms
        left[visit.skill] += visit.ended is Ended.ABANDONED
        moved[visit.skill] += visit.ended is Ended.MOVED
    everything = [one for some in handled for one in some]
    if not everything:
        raise ValueError("no contact was handled")
    return [
        _Seen(
            handled[skill] or everything,
            _rate(left[skill], waited[skill]),
            _rate(moved[skill], waited[skill]),
        )
        for skill in range(skills)
    ]


def _rate(number: int, milliseconds: int) -> float:
    return number / max(milliseconds, 1)


def _traffic(record: Record, skills: int, seed: int) -> list[Iterable[Arrival]]:
    """The visits with new draws; who stayed for a time leaves later than that."""
    seen = _seen(record, skills)
    traffic: list[list[Arrival]] = [[] for _skill in range(skills)]
    handling = [stream(seed, "handling", str(skill)) for skill in range(skills)]
    patience = [stream(seed, "patience", str(skill)) for skill in range(skills)]
    for visit in record.visits:
        skill = visit.skill
        stays_ms, mark = _stay(visit, seen[skill], patience[skill])
        handle_ms = handling[skill].choice(seen[skill].handle_ms)
        traffic[skill].append(
            Arrival(visit.queued_ms, handle_ms, stays_ms, visit.profile, mark, visit.customer)
        )
    return list(traffic)


def _stay(visit: Visit, seen: _Seen, numbers: Random) -> tuple[int | None, int]:
    # Both are drawn for each visit, so that what is drawn for the next does not depend on this one.
    leaves = _later(seen.leaves_per_ms, numbers)
    moves = _later(seen.moves_per_ms, numbers)
    if visit.ended is Ended.ABANDONED:
        return visit.waited_ms, LEAVES
    if visit.ended is Ended.MOVED:
        return visit.waited_ms, MOVES_ON
    if leaves is None and moves is None:
        return None, STAYS
    if moves is None or (leaves is not None and leaves <= moves):
        assert leaves is not None
        return visit.waited_ms + round(leaves), LEAVES
    return visit.waited_ms + round(moves), MOVES_ON


def _later(rate: float, numbers: Random) -> float | None:
    return numbers.expovariate(rate) if rate else None


# The 97.5 % points of Student's distribution with 1, 2, 3 … degrees of freedom.
_T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


def interval(values: Iterable[float | None]) -> tuple[float | None, float | None]:
    """The mean of replications and the half of its 95 % confidence interval; None where there is too little.

    A replication without a value (no contact was answered) is left out.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None, None
    number = len(known)
    mean = sum(known) / number
    if number == 1:
        return mean, None
    variance = sum((value - mean) ** 2 for value in known) / (number - 1)
    return mean, _T_95[min(number - 1, len(_T_95)) - 1] * sqrt(variance / number)
