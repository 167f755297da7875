"""Runs a scenario and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from routing.matching import Profile, milli
from simulation import theory
from simulation.engine import AgentPolicy, AgentRule, Arrival, Journal, Simulation, SkillPolicy
from simulation.measures import Estimate, Measures, Waits, percentile
from simulation.scenario import AgentGroup, Scenario, Skill
from simulation.sources import (
    HANDLE_DISTRIBUTIONS,
    MS_PER_HOUR,
    MS_PER_SECOND,
    coin,
    exponential,
    one_of,
    poisson,
    stream,
)

DRAIN_STEPS = 100


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured. `seconds` is the processor time it took."""

    scenario: Scenario
    measures: Measures
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The document that `manage.py simulate` prints. Every figure is described in docs/simulation.md."""
        skills = zip(self.scenario.skills, self.measures.waits, strict=True)
        return {
            "skills": {skill.name: _skill_figures(skill, waits) for skill, waits in skills},
            "overall": self._overall(),
            "agents": {
                "occupancy_percent": _percent(sum(map(sum, self.measures.busy_ms)), self._offered_ms()),
                "groups": list(self._group_figures()),
            },
            "seconds_per_million_contacts": _rounded(self.seconds * 1e6 / max(1, self.measures.contacts)),
        }

    def _overall(self) -> dict[str, Any]:
        exact = exact_mean_wait(self.scenario)
        return {
            "contacts": sum(self.measures.counts),
            **_mean_figures(self.measures.mean_wait()),
            "exact_mean_wait_seconds": None if exact is None else _rounded(exact),
        }

    def _offered_ms(self, places: int | None = None) -> int:
        total = sum(group.places for group in self.scenario.agents) if places is None else places
        return total * (self.measures.end_ms - self.measures.start_ms)

    def _group_figures(self) -> Iterator[dict[str, Any]]:
        first = 0
        for group in self.scenario.agents:
            busy = sum(map(sum, self.measures.busy_ms[first : first + group.count]))
            first += group.count
            yield {
                "count": group.count,
                "occupancy_percent": _percent(busy, self._offered_ms(group.places)),
            }


def run(scenario: Scenario, *, journal: Journal | None = None) -> Result:
    """Let the customers come, and go on after the end until every counted contact has left its queue.

    Under an unstable load that would take for ever; then it stops after as many hours again.
    """
    return run_traffic(scenario, [_traffic(skill, scenario.seed) for skill in scenario.skills], journal)


def run_traffic(
    scenario: Scenario, traffic: list[Iterable[Arrival]], journal: Journal | None = None
) -> Result:
    """The same with the arrivals given, skill by skill: `arrivals_per_hour` and the rest do not count."""
    start, end = _ms(scenario.warmup_hours), _ms(scenario.warmup_hours + scenario.hours)
    agents = [
        rule
        for number, group in enumerate(scenario.agents)
        for rule in [_rule(scenario, group, number)] * group.count
    ]
    measures = Measures(skills=len(scenario.skills), agents=len(agents), start_ms=start, end_ms=end)
    began = time.process_time()
    simulation = Simulation(
        skills=[_profile(skill) for skill in scenario.skills],
        agents=agents,
        traffic=traffic,
        recorder=measures,
        reoffer_delay_ms=round(scenario.reoffer_delay_seconds * MS_PER_SECOND),
        journal=journal,
        policies=_policies(scenario.skills),
    )
    simulation.run(end)
    step = (end - start) // DRAIN_STEPS + 1
    for number in range(1, DRAIN_STEPS + 1):
        if simulation.is_over or not measures.outstanding:
            break
        simulation.run(end + number * step)
    return Result(scenario, measures, time.process_time() - began)


def exact_mean_wait(scenario: Scenario) -> float | None:
    """The mean wait of all contacts together, in seconds, where theory knows it; None elsewhere.

    It does not depend on the priorities (conservation law) if every agent serves every skill, nobody
    refuses, delays, cools down or abandons, and the handling times of all skills are alike.
    """
    skills = [skill for skill in scenario.skills if skill.arrivals_per_hour]
    places = sum(group.places for group in scenario.agents)
    kinds = {(skill.handle_distribution, skill.mean_handle_seconds) for skill in skills}
    alike = all(set(group.skills) >= {skill.name for skill in skills} for group in scenario.agents)
    if (
        len(kinds) != 1
        or not alike
        or any(
            group.extra_seconds or group.decline_probability or group.has_policy for group in scenario.agents
        )
    ):
        return None
    if any(skill.mean_patience_seconds is not None for skill in skills):
        return None
    ((distribution, mean),) = kinds
    rate = sum(skill.arrivals_per_hour for skill in skills) / 3600
    if rate * mean >= places:
        return None
    if distribution == "exponential":
        return theory.mean_wait(rate, 1 / mean, places)
    return theory.mean_wait_general(rate, mean, mean * mean) if places == 1 else None


def _ms(hours: float) -> int:
    return round(hours * MS_PER_HOUR)


def _profile(skill: Skill) -> Profile:
    return Profile(milli(skill.initial_priority), milli(skill.acceleration), milli(skill.max_priority))


def _traffic(skill: Skill, seed: int) -> Iterable[Arrival]:
    if not skill.arrivals_per_hour:
        return []
    patience = None
    if skill.mean_patience_seconds is not None:
        patience = exponential(
            skill.mean_patience_seconds * MS_PER_SECOND, stream(seed, "skill", skill.name, "patience")
        )
    handle = HANDLE_DISTRIBUTIONS[skill.handle_distribution]
    return poisson(
        exponential(MS_PER_HOUR / skill.arrivals_per_hour, stream(seed, "skill", skill.name, "arrivals")),
        handle(skill.mean_handle_seconds * MS_PER_SECOND, stream(seed, "skill", skill.name, "handling")),
        patience,
        None if skill.customers is None else one_of(skill.customers, skill.name, seed),
    )


def _policies(skills: Sequence[Skill]) -> dict[int, SkillPolicy]:
    names = [skill.name for skill in skills]
    return {
        number: SkillPolicy(
            asks_last_agent=skill.returning_agent_seconds > 0,
            overflow_to=None if skill.overflow_skill is None else names.index(skill.overflow_skill),
            overflow_after_ms=round(skill.overflow_after_seconds * MS_PER_SECOND),
        )
        for number, skill in enumerate(skills)
    }


def _policy(group: AgentGroup) -> AgentPolicy | None:
    if not group.has_policy:
        return None
    return AgentPolicy(
        after_accept_ms=round(group.cool_down_after_accept_seconds * MS_PER_SECOND),
        after_refusal_ms=round(group.cool_down_after_refusal_seconds * MS_PER_SECOND),
        after_miss_ms=round(group.cool_down_after_miss_seconds * MS_PER_SECOND),
        after_contact_ms=round(group.cool_down_after_contact_seconds * MS_PER_SECOND),
        misses_before_refused=group.misses_before_refused,
        refused_after_refusal=group.refused_after_refusal,
        away_ms=round(group.away_after_refused_seconds * MS_PER_SECOND),
    )


def _rule(scenario: Scenario, group: AgentGroup, number: int) -> AgentRule:
    names = [skill.name for skill in scenario.skills]
    return AgentRule(
        skills={names.index(name): proficiency for name, proficiency in group.skills.items()},
        places=group.max_concurrent_sms,
        answer_delay_ms=round(group.answer_delay_seconds * MS_PER_SECOND),
        refusal_timeout_ms=round(group.refusal_timeout_seconds * MS_PER_SECOND),
        refuses=coin(group.refuse_probability, stream(scenario.seed, "agents", str(number), "refusals")),
        declines=coin(group.decline_probability, stream(scenario.seed, "agents", str(number), "declines")),
        policy=_policy(group),
    )


def _skill_figures(skill: Skill, waits: Waits) -> dict[str, Any]:
    ordered = waits.sorted()
    threshold = skill.service_level_threshold_seconds
    within = None if threshold is None else waits.accepted_within(threshold * MS_PER_SECOND)
    return {
        "contacts": len(ordered),
        **_mean_figures(waits.mean()),
        "p50_wait_seconds": _seconds(percentile(ordered, 50)),
        "p95_wait_seconds": _seconds(percentile(ordered, 95)),
        "service_level_percent": None if within is None else _percent(within, len(ordered)),
        "abandoned_percent": _percent(sum(waits.abandoned_counts), len(ordered)),
        "refusals": waits.refusals,
        "waiting_at_end": waits.outstanding,
    }


def _mean_figures(estimate: Estimate | None) -> dict[str, Any]:
    return {
        "mean_wait_seconds": _seconds(None if estimate is None else estimate.mean),
        "ci95_seconds": _seconds(None if estimate is None else estimate.half_width),
    }


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else _rounded(milliseconds / MS_PER_SECOND)


def _percent(part: float, whole: float) -> float | None:
    return _rounded(100 * part / whole) if whole else None


def _rounded(value: float) -> float:
    return round(value, 4)
