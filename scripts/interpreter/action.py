"""The base of every script action: what it declares about itself and what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.catalogue import Catalogue
from scripts.interpreter.effects import Effect
from scripts.interpreter.events import Scalar, WakeUp
from scripts.interpreter.messages import Translatable
from scripts.interpreter.properties import (
    Kind,
    PropertyFault,
    PropertySpec,
    PropertyValue,
    lines_of,
)

REFERRING: Final = (Kind.SKILL, Kind.AGENT, Kind.TAG, Kind.DISPOSITION, Kind.HOURS, Kind.SCRIPT, Kind.SECRET)
"""Kinds of properties that name other objects, in the order of `References`."""

DEFAULT: Final = "default"
ERROR: Final = "error"
TIMEOUT: Final = "timeout"


class Group(Enum):
    """Where the palette shows an action, in this order."""

    FLOW = "flow"
    QUEUE = "queue"
    TEXT = "text"
    DATA = "data"
    EVENT = "event"

    @property
    def label(self) -> Translatable:
        return _GROUP_LABELS[self]


_GROUP_LABELS: Final[Mapping[Group, Translatable]] = {
    Group.FLOW: _("Flow"),
    Group.QUEUE: _("Queue and agents"),
    Group.EVENT: _("Events"),
    Group.TEXT: _("Texts"),
    Group.DATA: _("Data and outcome"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSpec:
    """One exit of an action.

    `required`: a script is not published while it leads nowhere. `is_queued`: the contact stands in a queue
    when this exit is taken, so a path may stop here. `instead` names the exit that is gone on at while this
    one leads nowhere; `only_with` a property without which this exit is never taken.
    """

    name: str
    label: Translatable
    help: Translatable
    required: bool = False
    is_queued: bool = False
    instead: str | None = None
    only_with: str | None = None


@dataclass(frozen=True, slots=True)
class References:
    """Names of other objects that an action uses."""

    skills: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    dispositions: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    def each(self) -> tuple[frozenset[str], ...]:
        """The names, in the order of `REFERRING`."""
        return (
            self.skills,
            self.agents,
            self.tags,
            self.dispositions,
            self.hours,
            self.scripts,
            self.secrets,
        )

    def __or__(self, other: References) -> References:
        return References(*(ours | theirs for ours, theirs in zip(self.each(), other.each(), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an action may know while it executes.

    `catalogue` None: whoever runs the script vouches for the names. `agent_requested`: the contact was put
    in a queue. `step` counts the steps of the run.
    """

    action_id: str
    values: Mapping[str, PropertyValue]
    variables: Mapping[str, Scalar]
    now: datetime
    default_skill: str | None
    catalogue: Catalogue | None
    agent_requested: bool = False
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Stay at this action until a moment, until the customer writes, or whichever comes first.

    `for_call` is the number of the call whose answer is waited for.
    """

    until: datetime | None = None
    for_message: bool = False
    for_call: int | None = None

    def __post_init__(self) -> None:
        if self.until is None and not self.for_message:
            raise ValueError("a wait needs something to wait for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why an action could not do its work: a code of its own or the engine's `failures`, and the gaps."""

    code: str
    params: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of executing an action.

    The run goes on at `branch`; unless there is a `wait` (stay here), `trouble` (go on at `error`, or fail
    where that leads nowhere) or `ends` (the script is over). With `calls`, the key of another script, that
    one runs first. `values` go into the trace.
    """

    branch: str = DEFAULT
    effects: tuple[Effect, ...] = ()
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    values: Mapping[str, Scalar] = field(default_factory=dict)
    wait: Wait | None = None
    trouble: Trouble | None = None
    ends: bool = False
    calls: str | None = None


class Action(ABC):
    """One kind of action. Its subclasses hold no state: one object of each serves every script.

    `is_begin` marks where a script starts, `is_event` what starts by a trigger (and then needs no branch
    leading to it). `terminates` says that it ends the contact or the script, `breaks_cycles` that it waits
    or counts, so that a circle through it is not endless. `unused_properties` are names of the original
    product that are accepted and have no effect here. `exits_from` is the property whose lines name further
    branches. `queues` says that it puts the contact in a queue, `contact_waits` of an event that the contact
    waits in a queue when it happens, so that this may be done. `keeps_words`: the values of its trace may
    hold what the customer wrote, for those only who may read texts. `sets` are the variables that it sets or
    that are set when it begins; further ones are named by its properties of the kind VARIABLE, and by what
    stands before the colon on the lines of the property `sets_from`.
    """

    type: ClassVar[str]
    name: ClassVar[Translatable]
    group: ClassVar[Group]
    description: ClassVar[Translatable]
    properties: ClassVar[tuple[PropertySpec, ...]] = ()
    unused_properties: ClassVar[frozenset[str]] = frozenset()
    branches: ClassVar[tuple[BranchSpec, ...]] = ()
    failures: ClassVar[Mapping[str, Translatable]] = {}
    is_begin: ClassVar[bool] = False
    is_event: ClassVar[bool] = False
    terminates: ClassVar[bool] = False
    breaks_cycles: ClassVar[bool] = False
    exits_from: ClassVar[str | None] = None
    queues: ClassVar[bool] = False
    contact_waits: ClassVar[bool] = False
    keeps_words: ClassVar[bool] = False
    sets: ClassVar[tuple[str, ...]] = ()
    sets_from: ClassVar[str | None] = None

    def exits(self, values: Mapping[str, PropertyValue]) -> tuple[BranchSpec, ...]:
        """The branches with these properties: more than the declared ones where the user names his own."""
        return self.branches

    def variables_set(self, values: Mapping[str, PropertyValue]) -> frozenset[str]:
        """The variables that there are once this action was passed."""
        named = {str(values[spec.name]) for spec in self.properties if spec.kind is Kind.VARIABLE}
        lines = lines_of(str(values.get(self.sets_from) or "")) if self.sets_from else []
        return frozenset({*self.sets, *named, *(line.partition(":")[0].strip() for line in lines)})

    def references(self, values: Mapping[str, PropertyValue]) -> References:
        """Names of other objects in the properties."""
        found: dict[Kind, set[str]] = {kind: set() for kind in REFERRING}
        for spec in self.properties:
            value = values.get(spec.name)
            if spec.kind in found and isinstance(value, str):
                found[spec.kind].add(value)
        return References(*(frozenset(found[kind]) for kind in REFERRING))

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        """Rules between properties. Each property by itself has been checked already."""
        return ()

    @abstractmethod
    def execute(self, context: Context) -> Outcome:
        """Say what happens now. Reads the context only; raises nothing on account of a script."""


class WaitingAction(Action):
    """An action that stays until something happens: its outcome may hold a `wait`."""

    breaks_cycles: ClassVar[bool] = True

    @abstractmethod
    def resume(self, context: Context, event: WakeUp) -> Outcome:
        """Say what happens now that the wait is over."""
