"""Every pick of the simulation against brute force: the rules as they are said, over all that waits, in
exact rationals. The model sees only the journal; nothing here uses keys, lanes, heaps or `routing.matching`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from routing.matching import Profile
from simulation.engine import AgentRule, Arrival, Simulation
from simulation.measures import Measures

MINUTE = 60_000
END = 200 * MINUTE
PICKS = 50_000
"""Of contacts, and of agents, over the whole test."""


@dataclass
class Customer:
    number: int
    skill: int
    profile: Profile
    queued: int
    refused: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.initial, self.growth, self.maximum = (
            Fraction(value, 1000)
            for value in (
                min(self.profile.initial_milli, self.profile.max_milli),
                self.profile.acceleration_milli,
                self.profile.max_milli,
            )
        )
        missing = self.maximum - self.initial
        self.reached = None if missing and not self.growth else Fraction(self.queued)
        if missing and self.growth:
            self.reached = self.queued + missing / self.growth * MINUTE

    def is_at_maximum(self, now: int) -> bool:
        return self.reached is not None and self.reached <= now

    def priority(self, now: int) -> Fraction:
        if self.is_at_maximum(now):
            return self.maximum
        return self.initial + self.growth * Fraction(now - self.queued, MINUTE)

    def rank_at_equal_priority(self, now: int) -> tuple[int, Fraction, int, int]:
        """Smallest first: at the maximum; who reached it first; age; number."""
        if self.is_at_maximum(now):
            return (0, self.reached, self.queued, self.number)
        return (1, Fraction(0), self.queued, self.number)


def first_of(customers: list[Customer], now: int) -> Customer:
    priorities = [customer.priority(now) for customer in customers]
    highest = max(priorities)
    level = [one for one, value in zip(customers, priorities, strict=True) if value == highest]
    return min(level, key=lambda customer: customer.rank_at_equal_priority(now))


@dataclass
class Worker:
    number: int
    rule: AgentRule
    load: int = 0
    idle_since: int = 0

    @property
    def has_room(self) -> bool:
        return self.load < self.rule.places


class BruteForce:
    """Follows the journal and says at each offer whether it was the right one."""

    def __init__(self, customers: dict[int, Customer], rules: list[AgentRule], pause: int) -> None:
        self.workers = [Worker(number, rule) for number, rule in enumerate(rules)]
        self.customers = customers
        self.waiting: dict[int, Customer] = {}
        self.before: dict[int, Customer] = {}
        self.pause = pause
        self.now = 0
        self.picks: Counter[str] = Counter()

    def __call__(self, what: str, now: int, contact: int, agent: int | None) -> None:
        if now > self.now:
            self.check_nobody_waits_beside_a_ready_agent()
            self.now = now
        customer = self.customers[contact]
        getattr(self, what)(customer, None if agent is None else self.workers[agent])

    def may_have(self, worker: Worker, customer: Customer) -> bool:
        return worker.has_room and customer.skill in worker.rule.skills

    def asked_again(self, worker: Worker, customer: Customer) -> bool:
        """He refused it, his pause is over, and every other who is ready has refused it too."""
        ready = [one for one in self.workers if self.may_have(one, customer)]
        return (
            customer.refused.get(worker.number, self.now) <= self.now - self.pause
            and worker.number in customer.refused
            and all(one.number in customer.refused for one in ready)
        )

    def check_nobody_waits_beside_a_ready_agent(self) -> None:
        ready = [worker for worker in self.workers if worker.has_room]
        for customer in self.waiting.values() if ready else ():
            for worker in ready:
                if self.may_have(worker, customer):
                    assert worker.number in customer.refused
                    assert not self.asked_again(worker, customer)

    def queued(self, customer: Customer, _worker: None) -> None:
        assert customer.queued == self.now
        self.waiting[customer.number] = customer

    def offered(self, customer: Customer, worker: Worker) -> None:
        assert self.may_have(worker, customer)
        assert customer is self.first_for(worker)
        assert worker is self.best_for(customer)
        if worker.number in customer.refused:
            self.picks["asked again"] += 1
            customer.refused.clear()
        del self.waiting[customer.number]
        self.before[customer.number] = customer
        worker.load += 1

    def first_for(self, worker: Worker) -> Customer:
        mine = [customer for customer in self.waiting.values() if self.may_have(worker, customer)]
        fresh = [customer for customer in mine if worker.number not in customer.refused]
        found = fresh or [customer for customer in mine if self.asked_again(worker, customer)]
        self.picks["contacts"] += 1
        self.picks["contacts with a choice"] += len(found) > 1
        first = first_of(found, self.now)
        self.picks["contacts at the maximum"] += first.is_at_maximum(self.now)
        return first

    def best_for(self, customer: Customer) -> Worker:
        ready = [worker for worker in self.workers if self.may_have(worker, customer)]
        unasked = [worker for worker in ready if worker.number not in customer.refused]
        found = unasked or [worker for worker in ready if self.asked_again(worker, customer)]
        self.picks["agents"] += 1
        self.picks["agents with a choice"] += len(found) > 1
        return min(
            found,
            key=lambda one: (one.rule.skills[customer.skill], one.idle_since, one.number),
        )

    def accepted(self, customer: Customer, worker: Worker) -> None:
        del self.before[customer.number]
        worker.idle_since = self.now

    def refused(self, customer: Customer, worker: Worker) -> None:
        worker.load -= 1
        customer.refused[worker.number] = self.now
        self.waiting[customer.number] = self.before.pop(customer.number)

    def abandoned(self, customer: Customer, _worker: None) -> None:
        del self.waiting[customer.number]

    def ended(self, _customer: Customer, worker: Worker) -> None:
        worker.load -= 1
        worker.idle_since = self.now


points = st.sampled_from([0, 1, 500, 1000, 2000, 5000, 60_000, 333, 1_000_000])
profiles = st.tuples(points, points, points).map(
    lambda three: Profile(min(three[0], three[2]), three[1], max(three[0], three[2]))
)
agents = st.tuples(
    st.dictionaries(st.integers(0, 2), st.integers(1, 3), min_size=1),
    st.integers(1, 3),
    st.sampled_from([0, 0, 2_000]),
    st.sampled_from([0.0, 0.0, 0.3, 0.6]),
)


def make_arrivals(chance: Random, overrides: list[Profile], gap: int) -> list[tuple[int, Arrival]]:
    """With their skills, in the order in which contacts are numbered.

    In whole seconds, so that much happens in the same millisecond; apart by skill, so that the numbers are
    known beforehand.
    """
    at = 0
    made = []
    for _number in range(150):
        at += chance.choice((0, 0, 1, 1, 2, 5)) * gap
        skill = chance.randrange(3)
        arrival = Arrival(
            at_ms=at + skill,
            handle_ms=chance.randint(0, 12) * 5_000,
            patience_ms=chance.choice((None, None, chance.randint(0, 8) * 15_000)),
            profile=chance.choice((None, None, *overrides)),
        )
        made.append((skill, arrival))
    return sorted(made, key=lambda one: one[1].at_ms)


def follow(seed, skills, overrides, groups, pause, gap) -> Counter[str]:
    chance = Random(seed)
    rules = [
        AgentRule(served, places, delay, 10_000, (lambda p=p: chance.random() < p) if p else None)
        for served, places, delay, p in groups
    ]
    arrivals = make_arrivals(chance, overrides, gap)
    customers = {
        number: Customer(number, skill, arrival.profile or skills[skill], arrival.at_ms)
        for number, (skill, arrival) in enumerate(arrivals, start=1)
    }
    model = BruteForce(customers, rules, pause)
    simulation = Simulation(
        skills=skills,
        agents=rules,
        traffic=[[arrival for own, arrival in arrivals if own == skill] for skill in range(3)],
        recorder=Measures(skills=3, agents=len(rules), start_ms=0, end_ms=END),
        reoffer_delay_ms=pause,
        journal=model,
    )
    simulation.run(END)
    return model.picks


def test_every_pick_is_that_of_brute_force():
    picks: Counter[str] = Counter()

    @settings(max_examples=500, deadline=None, database=None, phases=[Phase.generate])
    @given(
        seed=st.integers(0, 2**32),
        skills=st.lists(profiles, min_size=3, max_size=3),
        overrides=st.lists(profiles, max_size=3),
        groups=st.lists(agents, min_size=1, max_size=5),
        pause=st.sampled_from([0, 5_000, 30_000]),
        gap=st.sampled_from([2_000, 5_000, 10_000]),
    )
    def run(seed, skills, overrides, groups, pause, gap):
        picks.update(follow(seed, skills, overrides, groups, pause, gap))

    run()
    assert picks["contacts"] >= PICKS
    assert picks["agents"] >= PICKS
    # And they were no walk-over.
    assert picks["contacts with a choice"] >= PICKS / 5
    assert picks["agents with a choice"] >= PICKS / 10
    assert picks["contacts at the maximum"] >= PICKS / 10
    assert picks["asked again"] >= PICKS / 20
