"""Short ways to write scripts in tests, and actions that exist for tests only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scripts.interpreter.action import (
    DEFAULT,
    ERROR,
    Action,
    BranchSpec,
    Context,
    Group,
    Outcome,
    Trouble,
    Wait,
    WaitingAction,
)
from scripts.interpreter.catalogue import HoursAnswer, QueueFigures
from scripts.interpreter.events import DeadlineReached, WakeUp
from scripts.interpreter.failures import Failure
from scripts.interpreter.graph import Graph
from scripts.interpreter.limits import GRAPH_LIMITS, GraphLimits
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.reading import parse
from scripts.interpreter.registry import REGISTRY, Registry
from scripts.interpreter.run import Step

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Names:
    """A catalogue that knows the names it is given."""

    skills: frozenset[str] = field(default_factory=frozenset)
    agents: frozenset[str] = field(default_factory=frozenset)
    tags: frozenset[str] = frozenset({"VIP"})
    dispositions: frozenset[str] = frozenset({"Resolved"})

    hours: Mapping[str, HoursAnswer] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, QueueFigures] = field(default_factory=dict)
    scripts: Mapping[str, object] = field(default_factory=dict)

    def secret_exists(self, name: str) -> bool:
        return name == "ERP"

    def hours_exist(self, name: str) -> bool:
        return name in self.hours

    def script_exists(self, name: str) -> bool:
        return name in self.scripts

    def hours_at(self, name: str, moment: datetime) -> HoursAnswer | None:
        return self.hours.get(name)

    def agent_state(self, username: str) -> str | None:
        return self.states.get(username)

    def queue_of(self, skill: str, moment: datetime) -> QueueFigures | None:
        return self.queues.get(skill)

    def published_script(self, name: str) -> str | None:
        return name if name in self.scripts else None

    def graph_of(self, key: str) -> Graph | None:
        return read(self.scripts[key]) if key in self.scripts else None

    def skill_exists(self, name: str) -> bool:
        return name in self.skills

    def agent_exists(self, username: str) -> bool:
        return username in self.agents

    def tag_exists(self, name: str) -> bool:
        return name in self.tags

    def disposition_exists(self, name: str) -> bool:
        return name in self.dispositions


CATALOGUE = Names(frozenset({"support", "billing"}), frozenset({"agent.one"}))


def define(
    actions: Mapping[str, str | tuple[str, Mapping[str, object]]], branches: Iterable[str] = ()
) -> dict[str, list[dict[str, object]]]:
    """A definition from {"id": "TYPE"} or {"id": ("TYPE", properties)} and "from.branch>to" or "from>to"."""
    listed: list[dict[str, object]] = []
    for id_, what in actions.items():
        type_, properties = (what, {}) if isinstance(what, str) else what
        listed.append({"id": id_, "type": type_, "properties": dict(properties)})
    connected: list[dict[str, object]] = []
    for text in branches:
        source, _, target = text.partition(">")
        source, _, name = source.partition(".")
        connected.append({"from": source, "branch": name or DEFAULT, "to": target})
    return {"actions": listed, "branches": connected}


def read(definition: object, *, registry: Registry = REGISTRY, limits: GraphLimits = GRAPH_LIMITS) -> Graph:
    """The graph of a definition that can be read."""
    parsed = parse(definition, registry=registry, limits=limits)
    assert parsed.graph is not None, [finding.as_json() for finding in parsed.findings]
    return parsed.graph


def script(
    actions: Mapping[str, str | tuple[str, Mapping[str, object]]],
    branches: Iterable[str] = (),
    *,
    registry: Registry = REGISTRY,
) -> Graph:
    return read(define(actions, branches), registry=registry)


def failure_of(step: Step) -> Failure:
    """Why the run failed; the test fails if it did not."""
    assert step.failure is not None, step.status
    return step.failure


PLAIN = define({"begin": "BEGIN", "ask": "REQAGENT"}, ["begin>ask"])

WORKSHOP = Registry()
"""Every action there is, and what the tests of the engine need beside them."""
for _action in REGISTRY:
    WORKSHOP.register(type(_action))


class ForTests(Action):
    name: ClassVar = "For tests"
    group: ClassVar = Group.FLOW
    description: ClassVar = "Exists in tests only."


@WORKSHOP.register
class Nothing(ForTests):
    """Goes on."""

    type: ClassVar = "NOTHING"
    branches: ClassVar = (BranchSpec(name=DEFAULT, label="Default", help="Goes on."),)

    def execute(self, context: Context) -> Outcome:
        return Outcome()


@WORKSHOP.register
class Remember(ForTests):
    """Keeps a text in the variable "kept" and traces it, and a secret which must not show."""

    type: ClassVar = "REMEMBER"
    properties: ClassVar = (
        PropertySpec(name="text", kind=Kind.TEXT, label="Text", help="Kept.", default="", max_length=100_000),
        PropertySpec(
            name="secret", kind=Kind.TEXT, label="Secret", help="Hidden.", default="", sensitive=True
        ),
    )
    branches: ClassVar = (BranchSpec(name=DEFAULT, label="Default", help="Goes on."),)

    def execute(self, context: Context) -> Outcome:
        text, secret = str(context.values["text"]), str(context.values["secret"])
        return Outcome(variables={"kept": text}, values={"text": text, "secret": secret})


@WORKSHOP.register
class Pause(ForTests, WaitingAction):
    """Waits a minute for a text of the customer."""

    type: ClassVar = "PAUSE"
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label="Default", help="The minute is over."),
        BranchSpec(name="responded", label="Responded", help="The customer wrote."),
    )

    def execute(self, context: Context) -> Outcome:
        return Outcome(wait=Wait(until=context.now + timedelta(minutes=1), for_message=True))

    def resume(self, context: Context, event: WakeUp) -> Outcome:
        if isinstance(event, DeadlineReached):
            return Outcome()
        return Outcome(branch="responded", variables={"answer": event.text})


@WORKSHOP.register
class Break(ForTests):
    """Always fails."""

    type: ClassVar = "BREAK"
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label="Default", help="Never taken."),
        BranchSpec(name=ERROR, label="Error", help="Always taken."),
    )
    failures: ClassVar = {"broken": "The %(part)s is broken."}

    def execute(self, context: Context) -> Outcome:
        return Outcome(trouble=Trouble(code="broken", params={"part": "lamp"}))


@WORKSHOP.register
class Finish(ForTests):
    """Ends the contact."""

    type: ClassVar = "FINISH"
    terminates: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(ends=True)


@WORKSHOP.register
class OnTest(ForTests):
    """An event."""

    type: ClassVar = "ONTEST"
    is_event: ClassVar = True
    branches: ClassVar = (BranchSpec(name=DEFAULT, label="Default", help="Goes on."),)

    def execute(self, context: Context) -> Outcome:
        return Outcome(values={"agent": context.variables.get("agent")})
