"""A scenario: which customers come, which agents work, and how; read from a JSON document.

What is left out has the product's default. docs/simulation.md describes every field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from simulation.sources import HANDLE_DISTRIBUTIONS
from skills.priority import service_level_milli

VERSIONS = (1, 2)
"""Of the format. 1 has no policies."""
MAX_POINTS = 1000
MAX_THRESHOLD_SECONDS = 86_400
"""In the order of the service level; longer ones have no initial priority."""
ORDERS = ("priority", "service_level")
COOL_DOWN_EVENTS = ("accept", "refusal", "miss", "contact")
PRIORITY_FIELDS = ("initial_priority", "acceleration", "max_priority")
LARGEST_SETS = 10
"""With more skills than this only each alone and all together are checked for too much load."""


@dataclass(frozen=True, slots=True)
class Skill:
    """A queue and its customers. Points, points per minute, seconds.

    `customers` is how many people write, each contact from any of them; None: always somebody new.
    """

    name: str
    arrivals_per_hour: float
    mean_handle_seconds: float
    handle_distribution: str
    initial_priority: float
    acceleration: float
    max_priority: float
    mean_patience_seconds: float | None
    service_level_threshold_seconds: float | None
    customers: int | None = None
    returning_agent_seconds: float = 0
    overflow_skill: str | None = None
    overflow_after_seconds: float = 60

    @property
    def load(self) -> float:
        """Agents' places that its contacts keep busy, without refusals."""
        return self.arrivals_per_hour * self.mean_handle_seconds / 3600


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """Agents who are alike. `skills` maps names to proficiencies, 1 (best) to 20."""

    count: int
    skills: Mapping[str, int]
    max_concurrent_sms: int
    answer_delay_seconds: float
    refuse_probability: float
    refusal_timeout_seconds: float
    decline_probability: float = 0
    cool_down_after_accept_seconds: float = 0
    cool_down_after_refusal_seconds: float = 0
    cool_down_after_miss_seconds: float = 0
    cool_down_after_contact_seconds: float = 0
    misses_before_refused: int | None = None
    refused_after_refusal: bool = False
    away_after_refused_seconds: float = 300

    @property
    def has_policy(self) -> bool:
        """Whether he is not always ready at once for what comes next."""
        return bool(
            self.cool_down_after_accept_seconds
            or self.cool_down_after_refusal_seconds
            or self.cool_down_after_miss_seconds
            or self.cool_down_after_contact_seconds
            or self.misses_before_refused is not None
            or self.refused_after_refusal
        )

    @property
    def places(self) -> int:
        return self.count * self.max_concurrent_sms

    @property
    def extra_seconds(self) -> float:
        """How long a contact keeps a place on average before it is accepted."""
        misses, declines = self.refuse_probability, self.decline_probability * (1 - self.refuse_probability)
        lost = misses * self.refusal_timeout_seconds + declines * self.answer_delay_seconds
        return self.answer_delay_seconds + lost / (1 - misses - declines)


@dataclass(frozen=True, slots=True)
class Scenario:
    seed: int
    warmup_hours: float
    hours: float
    reoffer_delay_seconds: float
    skills: Sequence[Skill]
    agents: Sequence[AgentGroup]


class ScenarioError(ValueError):
    """What is wrong, sentence by field: `{"skills[0].acceleration": "must be at least 0"}`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {sentence}" for path, sentence in fields.items()))
        self.fields = fields


def read_scenario(document: object) -> Scenario:
    """Raises ScenarioError with everything that is wrong."""
    errors: dict[str, str] = {}
    top = _Fields(document, "", errors)
    top.version = top.whole("version", default=VERSIONS[-1], least=VERSIONS[0], most=VERSIONS[-1])
    scenario = Scenario(
        seed=top.whole("seed", default=1),
        warmup_hours=top.number("warmup_hours", default=0),
        hours=top.number("hours", above=0),
        reoffer_delay_seconds=top.number("reoffer_delay_seconds", default=5),
        skills=[_skill(fields) for fields in top.each("skills")],
        agents=[_group(fields) for fields in top.each("agents")],
    )
    top.refuse_unknown()
    if not errors:
        _check_names(scenario, errors)
    if errors:
        raise ScenarioError(errors)
    return scenario


def _skill(fields: _Fields) -> Skill:
    policies: dict[str, Any] = {}
    order = "priority"
    if fields.version > 1:
        order = fields.choice("queue_order", ORDERS, default=order)
        policies = {
            "customers": fields.whole_or_none("customers", least=1, most=10_000_000),
            "returning_agent_seconds": fields.number("returning_agent_seconds", default=0, most=3600),
            "overflow_skill": fields.text_or_none("overflow_skill"),
            "overflow_after_seconds": fields.number("overflow_after_seconds", default=60, most=86_400),
        }
    skill = Skill(
        name=fields.text("name"),
        arrivals_per_hour=fields.number("arrivals_per_hour"),
        mean_handle_seconds=fields.number("mean_handle_seconds", above=0),
        handle_distribution=fields.choice(
            "handle_distribution", sorted(HANDLE_DISTRIBUTIONS), default="exponential"
        ),
        mean_patience_seconds=fields.number_or_none("mean_patience_seconds", default=None, above=0),
        **(_by_service_level(fields) if order == "service_level" else _by_priority(fields)),
        **policies,
    )
    if skill.initial_priority > skill.max_priority:
        fields.complain("initial_priority", "must not be above max_priority")
    fields.refuse_unknown()
    return skill


def _by_priority(fields: _Fields) -> dict[str, Any]:
    return {
        "initial_priority": fields.number("initial_priority", default=0, most=MAX_POINTS),
        "acceleration": fields.number("acceleration", default=1, most=MAX_POINTS),
        "max_priority": fields.number("max_priority", default=MAX_POINTS, most=MAX_POINTS),
        "service_level_threshold_seconds": fields.number_or_none(
            "service_level_threshold_seconds", default=30
        ),
    }


def _by_service_level(fields: _Fields) -> dict[str, Any]:
    """The priorities follow from the threshold."""
    threshold = fields.number("service_level_threshold_seconds", default=30, most=MAX_THRESHOLD_SECONDS)
    for name in PRIORITY_FIELDS:
        fields.refuse(name, "follows from the threshold when queue_order is service_level: leave it out")
    points = (value / 1000 for value in service_level_milli(threshold))
    return {
        **dict(zip(PRIORITY_FIELDS, points, strict=True)),
        "service_level_threshold_seconds": threshold,
    }


def _group(fields: _Fields) -> AgentGroup:
    policies: dict[str, Any] = {}
    if fields.version > 1:
        policies = {
            "decline_probability": fields.number("decline_probability", default=0, most=1),
            **{
                name: fields.number(name, default=0, most=600)
                for name in (f"cool_down_after_{event}_seconds" for event in COOL_DOWN_EVENTS)
            },
            "misses_before_refused": fields.whole_or_none("misses_before_refused", least=1, most=20),
            "refused_after_refusal": fields.yes_or_no("refused_after_refusal", default=False),
            "away_after_refused_seconds": fields.number("away_after_refused_seconds", default=300, above=0),
        }
    group = AgentGroup(
        count=fields.whole("count", least=1, most=100_000, default=1),
        skills=fields.proficiencies("skills"),
        max_concurrent_sms=fields.whole("max_concurrent_sms", least=0, most=30, default=3),
        answer_delay_seconds=fields.number("answer_delay_seconds", default=0),
        refuse_probability=fields.number("refuse_probability", default=0, most=1),
        refusal_timeout_seconds=fields.number("refusal_timeout_seconds", default=45, above=0),
        **policies,
    )
    for name in ("refuse_probability", "decline_probability"):
        if getattr(group, name) == 1:
            fields.complain(name, "must be below 1: somebody must accept some time")
    if group.answer_delay_seconds >= group.refusal_timeout_seconds:
        fields.complain("answer_delay_seconds", "must be below refusal_timeout_seconds")
    fields.refuse_unknown()
    return group


def _check_names(scenario: Scenario, errors: dict[str, str]) -> None:
    names = [skill.name for skill in scenario.skills]
    for number, name in enumerate(names):
        if name and name in names[:number]:
            errors[f"skills[{number}].name"] = f"another skill is called {name!r}"
    for number, skill in enumerate(scenario.skills):
        if skill.overflow_skill == skill.name:
            errors[f"skills[{number}].overflow_skill"] = "must be another skill"
        elif skill.overflow_skill is not None and skill.overflow_skill not in names:
            errors[f"skills[{number}].overflow_skill"] = "there is no such skill in the scenario"
        if skill.returning_agent_seconds and skill.customers is None:
            errors[f"skills[{number}].returning_agent_seconds"] = (
                "nobody returns: say in customers how many people write"
            )
    for number, group in enumerate(scenario.agents):
        for name in group.skills:
            if name not in names:
                errors[f"agents[{number}].skills.{name}"] = "there is no such skill in the scenario"


class _Fields:
    """Reads the fields of one JSON object and collects what is wrong with them."""

    def __init__(self, document: object, path: str, errors: dict[str, str]) -> None:
        self._path = path
        self._errors = errors
        self._read: set[str] = set()
        self._document = document if isinstance(document, dict) else {}
        self._is_object = isinstance(document, dict)
        self.version = VERSIONS[-1]
        if not self._is_object:
            errors[path or "scenario"] = "must be an object with named fields"

    def complain(self, name: str, sentence: str) -> None:
        if self._is_object:
            self._errors.setdefault(self._at(name), sentence)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _take(self, name: str, default: object = ...) -> Any:
        self._read.add(name)
        if name not in self._document:
            if default is ...:
                self.complain(name, "is missing")
                return None
            return default
        return self._document[name]

    def refuse_unknown(self) -> None:
        for name in self._document:
            if name not in self._read:
                self.complain(name, f"is not a field here; there are {', '.join(sorted(self._read))}")

    def refuse(self, name: str, sentence: str) -> None:
        """Complain of a field if it is there."""
        self._read.add(name)
        if name in self._document:
            self.complain(name, sentence)

    def number(
        self,
        name: str,
        *,
        default: object = ...,
        above: float | None = None,
        least: float = 0,
        most: float = math.inf,
    ) -> float:
        """A finite number; what is wrong counts as 1, so that reading goes on."""
        value = self._take(name, default)
        if value is None and name not in self._document:
            return 1
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.complain(name, "must be a number")
        elif above is not None and value <= above:
            self.complain(name, f"must be above {above:g}")
        elif value < least:
            self.complain(name, f"must be at least {least:g}")
        elif value > most:
            self.complain(name, f"must be at most {most:g}")
        else:
            return value
        return 1

    def number_or_none(self, name: str, *, default: float | None, above: float | None = None) -> float | None:
        if self._document.get(name, default) is None:
            self._read.add(name)
            return None
        return self.number(name, default=default, above=above)

    def whole(self, name: str, *, default: int, least: float = -math.inf, most: float = math.inf) -> int:
        value = self.number(name, default=default, least=least, most=most)
        if value != int(value):
            self.complain(name, "must be a whole number")
        return int(value)

    def whole_or_none(self, name: str, *, least: float, most: float) -> int | None:
        """None unless given."""
        if self._document.get(name) is None:
            self._read.add(name)
            return None
        return self.whole(name, default=1, least=least, most=most)

    def text_or_none(self, name: str) -> str | None:
        if self._document.get(name) is None:
            self._read.add(name)
            return None
        return self.text(name)

    def yes_or_no(self, name: str, *, default: bool) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            self.complain(name, "must be true or false")
        return value is True

    def text(self, name: str) -> str:
        value = self._take(name)
        if name in self._document and (not isinstance(value, str) or not value.strip()):
            self.complain(name, "must be a text")
        return value if isinstance(value, str) else ""

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        value = self._take(name, default)
        if value not in choices:
            self.complain(name, f"must be one of {', '.join(choices)}")
            return default
        return str(value)

    def proficiencies(self, name: str) -> dict[str, int]:
        value = self._take(name)
        if not isinstance(value, dict) or not value:
            self.complain(name, 'must map names of skills to proficiencies, such as {"Support": 1}')
            return {}
        inner = _Fields(value, self._at(name), self._errors)
        return {skill: inner.whole(skill, default=1, least=1, most=20) for skill in value}

    def each(self, name: str) -> Iterator[_Fields]:
        value = self._take(name)
        if not isinstance(value, list) or not value:
            self.complain(name, "must be a list with at least one entry")
            return
        for number, entry in enumerate(value):
            fields = _Fields(entry, f"{self._at(name)}[{number}]", self._errors)
            fields.version = self.version
            yield fields


def warnings(scenario: Scenario) -> list[str]:
    """Sentences on loads that no queue can bear: the waits would grow for as long as it runs.

    Necessary, not sufficient: a set of skills is compared with all the agents who serve any of it, overflow
    included, each taking as long as the quickest of them. Cool-downs and times away are not reckoned with.
    """
    busy = [skill for skill in scenario.skills if skill.load and skill.mean_patience_seconds is None]
    found: list[frozenset[str]] = []
    sentences = []
    for skills in _sets(busy):
        names = frozenset(skill.name for skill in skills)
        # A set is worth a word only if it is not one of its parts that is too much.
        if not any(known <= names for known in found) and (sentence := _too_much(scenario, skills)):
            found.append(names)
            sentences.append(sentence)
    return sentences


def _sets(skills: Sequence[Skill]) -> Iterator[tuple[Skill, ...]]:
    if len(skills) <= LARGEST_SETS:
        sizes: Sequence[int] = range(1, len(skills) + 1)
    else:
        sizes = (1, len(skills))
    for size in sizes:
        yield from combinations(skills, size)


def _too_much(scenario: Scenario, skills: Sequence[Skill]) -> str | None:
    names = {skill.name for skill in skills}
    served = names | {skill.overflow_skill for skill in skills}
    groups = [group for group in scenario.agents if group.places and served & set(group.skills)]
    quoted = ", ".join(repr(skill.name) for skill in skills)
    if not groups:
        return f"Nobody serves {quoted}: its contacts wait for ever."
    extra = min(group.extra_seconds for group in groups)
    load = sum(skill.load + skill.arrivals_per_hour * extra / 3600 for skill in skills)
    places = sum(group.places for group in groups)
    if load < places:
        return None
    return (
        f"The load is unstable: {quoted} need {load:.1f} places of agents at every moment and have {places}. "
        "Waits grow for as long as the simulation runs."
    )
