"""Scenarios whose outcome theory knows exactly: what the tests and the page of results are made from.

Everything is in minutes, as in the papers. `python -m simulation.report` prints all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from simulation import theory
from simulation.measures import Estimate, controlled, ratio
from simulation.run import Result
from simulation.scenario import AgentGroup, Scenario, Skill
from skills.priority import service_level_milli

MS_PER_MINUTE = 60_000
WARMUP = 0.05
"""The part of the run before the measuring begins."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: what it is exactly, and how it is estimated from a run."""

    name: str
    exact: float
    estimate: Callable[[Result], Estimate | None]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario with its exact figures. Times in minutes, rates per minute.

    `growth` is (initial, acceleration, maximum) of each skill.
    """

    name: str
    arrivals: Sequence[float]
    service: float
    servers: int
    growth: Sequence[tuple[float, float, float]]
    figures: Sequence[Figure]
    patience: float | None = None
    refuse_probability: float = 0
    refusal_timeout: float = 0.75
    proficiencies: Sequence[int] = ()
    cool_down: float = 0
    """After each contact."""

    def scenario(self, *, contacts: int, seed: int) -> Scenario:
        """As many contacts on average as asked for, apart from those of the warm-up."""
        hours = contacts / sum(self.arrivals) / 60
        skills = [
            Skill(
                name=f"skill {number}",
                arrivals_per_hour=rate * 60,
                mean_handle_seconds=60 / self.service,
                handle_distribution="exponential",
                initial_priority=initial,
                acceleration=acceleration,
                max_priority=maximum,
                mean_patience_seconds=60 / self.patience if self.patience else None,
                service_level_threshold_seconds=20,
            )
            for number, (rate, (initial, acceleration, maximum)) in enumerate(
                zip(self.arrivals, self.growth, strict=True), start=1
            )
        ]
        agents = [
            AgentGroup(
                count=count,
                skills={skill.name: proficiency for skill in skills},
                max_concurrent_sms=1,
                answer_delay_seconds=0,
                refuse_probability=self.refuse_probability,
                refusal_timeout_seconds=self.refusal_timeout * 60,
                cool_down_after_contact_seconds=self.cool_down * 60,
            )
            for count, proficiency in self._groups()
        ]
        return Scenario(
            seed=seed,
            warmup_hours=WARMUP * hours,
            hours=hours,
            reoffer_delay_seconds=5,
            skills=skills,
            agents=agents,
        )

    def _groups(self) -> list[tuple[int, int]]:
        if self.proficiencies:
            return [(1, proficiency) for proficiency in self.proficiencies]
        return [(self.servers, 1)]


def _all_wait(exact: float) -> Figure:
    def estimate(result: Result) -> Estimate | None:
        return _scaled(result.measures.mean_wait())

    return Figure("mean wait, all", exact, estimate)


def _wait(skill: int, exact: float, fifo: float) -> Figure:
    """Mean wait of a skill, with the mean of all as the control variate."""

    def estimate(result: Result) -> Estimate | None:
        waits, measures = result.measures.waits[skill], result.measures
        return _scaled(
            controlled(waits.sums, waits.counts, measures.sums, measures.counts, fifo * MS_PER_MINUTE)
        )

    return Figure(f"mean wait, skill {skill + 1}", exact, estimate)


def _beyond(skill: int, minutes: float, exact: float, fifo: float | None = None) -> Figure:
    """Share of a skill's contacts that wait longer."""

    def estimate(result: Result) -> Estimate | None:
        waits, measures = result.measures.waits[skill], result.measures
        beyond = waits.beyond(minutes * MS_PER_MINUTE)
        if fifo is None:
            return ratio(beyond, waits.counts)
        return controlled(beyond, waits.counts, measures.sums, measures.counts, fifo * MS_PER_MINUTE)

    return Figure(f"P(wait > {minutes:.4g} min), skill {skill + 1}", exact, estimate)


def _abandoned(exact: float) -> Figure:
    def estimate(result: Result) -> Estimate | None:
        waits = result.measures.waits[0]
        return ratio(waits.abandoned_counts, waits.counts)

    return Figure("abandoned", exact, estimate)


def _occupancy(exact: float, agent: int | None = None) -> Figure:
    """How busy all agents are, or one of them."""

    def estimate(result: Result) -> Estimate | None:
        busy = result.measures.busy_ms if agent is None else [result.measures.busy_ms[agent]]
        offered = result.measures.batch_ms * len(busy)
        return ratio([sum(parts) for parts in zip(*busy, strict=True)], [offered] * len(busy[0]))

    return Figure("occupancy" if agent is None else f"occupancy, agent {agent + 1}", exact, estimate)


def _scaled(estimate: Estimate | None) -> Estimate | None:
    if estimate is None or estimate.error is None:
        return None
    return Estimate(estimate.mean / MS_PER_MINUTE, estimate.error / MS_PER_MINUTE)


PLAIN = (0, 1, 1000)
"""The priority of a new skill."""


def _in_order_of_arrival() -> list[Case]:
    three = theory.mean_wait(4.2, 0.5, 12)
    return [
        Case(
            "Q1: one agent, in order of arrival",
            [0.8],
            1,
            1,
            [PLAIN],
            [
                _all_wait(theory.mean_wait(0.8, 1, 1)),
                *(_beyond(0, at, theory.wait_tail(0.8, 1, 1, at)) for at in (0, 2, 10)),
            ],
        ),
        Case(
            "Q2: three skills alike, 12 agents",
            [1.4] * 3,
            0.5,
            12,
            [PLAIN] * 3,
            [
                _all_wait(three),
                *(_wait(skill, three, three) for skill in range(3)),
                *(_beyond(0, at, theory.wait_tail(4.2, 0.5, 12, at), three) for at in (0, 1 / 3)),
                _occupancy(0.7),
            ],
        ),
    ]


def _two(
    name: str,
    growth: Sequence[tuple[float, float, float]],
    exact: tuple[float, float],
    *more: Figure,
) -> Case:
    """Two skills with 0.4 contacts a minute each, one agent who takes a minute."""
    fifo = theory.mean_wait(0.8, 1, 1)
    figures = [_all_wait(fifo), *(_wait(skill, wait, fifo) for skill, wait in enumerate(exact)), *more]
    return Case(name, [0.4, 0.4], 1, 1, growth, figures)


def _priorities() -> list[Case]:
    fifo = theory.mean_wait(0.8, 1, 1)
    static = theory.static_priorities([1, 1, 1.4], 1, 4)
    all_static = theory.mean_wait(3.4, 1, 4)
    kleinrock = theory.LowestWait(0.8, 1, 1, 0.2)
    behind = theory.LowestWait(0.8, 1, 1, 0.4)
    faster, slower = theory.accelerations([0.4, 0.4], [2, 1], 1, 1)
    return [
        Case(
            "Q4: acceleration 0, initial 1000, 500 and 0, 4 agents",
            [1, 1, 1.4],
            1,
            4,
            [(1000, 0, 1000), (500, 0, 1000), (0, 0, 1000)],
            [_all_wait(all_static), *(_wait(skill, wait, all_static) for skill, wait in enumerate(static))],
        ),
        _two(
            "Q5: acceleration 2 and 1",
            [(0, 2, 1000), (0, 1, 1000)],
            (faster, slower),
            *(_beyond(1, at, kleinrock.tail(at), fifo) for at in (2, 10, 20)),
        ),
        _two(
            "Q9: head start of 1.5 points, acceleration 1",
            [(1.5, 1, 1000), PLAIN],
            theory.head_start((0.4, 0.4), (1.5, 0), (1, 1), 1, 1),
            _beyond(1, 1, behind.tail(1), fifo),
        ),
        _two(
            "Q12: acceleration 2 and 1, maximum 3",
            [(0, 2, 3), (0, 1, 3)],
            theory.capped((0.4, 0.4), (2, 1), 3, 1, 1),
        ),
        _two(
            "head start of 2 points, acceleration 2 and 1",
            [(2, 2, 1000), PLAIN],
            theory.head_start((0.4, 0.4), (2, 0), (2, 1), 1, 1),
        ),
    ]


def _head_start(points: float) -> Case:
    growth = [(points, 1, 1000), PLAIN] if points < inf else [(1000, 0, 1000), (0, 0, 1000)]
    exact = theory.head_start((0.4, 0.4), (points, 0), (1, 1), 1, 1)
    name = f"head start of {points:g} points" if points < inf else "acceleration 0, one skill always ahead"
    return _two(name, growth, exact)


def _maximum(points: float) -> Case:
    maximum = min(points, 1000)
    exact = theory.capped((0.4, 0.4), (2, 1), points, 1, 1)
    name = f"acceleration 2 and 1, maximum {maximum:g}"
    return _two(name, [(0, 2, maximum), (0, 1, maximum)], exact)


def _agents() -> list[Case]:
    patient = theory.erlang_a(7, 0.5, 12, 0.3)
    hunted = theory.ordered_hunt(2.8, 1, 4)
    return [
        Case(
            "Q15: customers leave (Erlang A), 12 agents",
            [7],
            0.5,
            12,
            [PLAIN],
            [
                _all_wait(patient.wait),
                _abandoned(patient.abandoned),
                _beyond(0, 0, patient.delayed),
                _occupancy(patient.occupancy),
            ],
            patience=0.3,
        ),
        Case(
            "Q16: four proficiencies, the best that is free",
            [2.8],
            1,
            4,
            [PLAIN],
            [_occupancy(busy, agent) for agent, busy in enumerate(hunted)],
            proficiencies=(1, 2, 3, 4),
        ),
        Case(
            "Q17: four agents alike, the longest idle",
            [2.8],
            1,
            4,
            [PLAIN],
            [_occupancy(0.7, agent) for agent in range(4)],
        ),
        Case(
            "Q19: one offer in five unanswered, timeout 30 s, 8 agents",
            [6],
            1,
            8,
            [PLAIN],
            [_occupancy(theory.occupancy_with_refusals(6, 1, 8, 0.2, 0.5))],
            refuse_probability=0.2,
            refusal_timeout=0.5,
        ),
    ]


def _by_threshold(minutes: float) -> tuple[float, float, float]:
    initial, acceleration, most = service_level_milli(60 * minutes)
    return initial / 1000, acceleration / 1000, most / 1000


def _policies() -> list[Case]:
    # To those who wait a cool-down is a part of the contact before: 1 min, exponential, and 15 s.
    cooling = theory.mean_wait_general(0.5, 1.25, 2 + 2 * 0.25 + 0.25**2)
    # Due 3 minutes sooner is a head start of 3 minutes, at any acceleration, before and after it is due.
    thresholds = (0.5, 3.5)
    return [
        _two(
            "the least time left first, thresholds of 30 s and 210 s",
            [_by_threshold(one) for one in thresholds],
            theory.head_start((0.4, 0.4), (thresholds[1] - thresholds[0], 0), (1, 1), 1, 1),
        ),
        Case(
            "one agent, a cool-down of 15 s after each contact",
            [0.5],
            1,
            1,
            [PLAIN],
            [_all_wait(cooling)],
            cool_down=0.25,
        ),
    ]


CASES = [
    *_in_order_of_arrival(),
    *_priorities(),
    *(_head_start(points) for points in (0, 0.5, 3, 6, 12, inf)),
    *(_maximum(points) for points in (0.25, 0.5, 1, 6, 12, inf)),
    *_agents(),
    *_policies(),
]
