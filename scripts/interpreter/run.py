"""The state of a contact's way through a script, and what each step of it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from scripts.interpreter.effects import Effect
from scripts.interpreter.events import Scalar
from scripts.interpreter.failures import Failure

MASK: Final = "•••"


class RunStatus(StrEnum):
    """`running` is a run that has not begun: after each advance it waits, has ended or has failed."""

    RUNNING = "running"
    WAITING = "waiting"
    ENDED = "ended"
    FAILED = "failed"


class CorruptRun(ValueError):
    """What was stored as the state of a run is not one: somebody else wrote it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A script that was called: by which action of the script around it, and the key of its version."""

    action_id: str
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where a run is. `Run()` is one that has not begun.

    `calls` are the scripts that have called each other and are not over, the outermost first; `position` is
    in the innermost. `queue_action` is the REQAGENT that was asked last, with its own `queue_calls`;
    `queue_until` is when its patience is over.

    `position` is the action it waits at. `resume_at` is the moment it goes on by itself; None: only by
    something that happens. `agent_requested`: the contact was put in a queue. An ended run can still be sent
    on by an event; a failed one cannot. `texts` counts those it sent.
    """

    status: RunStatus = RunStatus.RUNNING
    position: str | None = None
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    steps: int = 0
    texts: int = 0
    started_at: datetime | None = None
    resume_at: datetime | None = None
    waits_for_message: bool = False
    waits_for_call: int | None = None
    agent_requested: bool = False
    default_skill: str | None = None
    failure: Failure | None = None
    calls: tuple[Call, ...] = ()
    queue_action: str | None = None
    queue_calls: tuple[Call, ...] = ()
    queue_until: datetime | None = None

    def stopped(self) -> Run:
        """The run after something in the world ended what was running, as an agent's answer does."""
        return replace(
            self,
            status=RunStatus.ENDED,
            position=None,
            resume_at=None,
            waits_for_message=False,
            waits_for_call=None,
            calls=(),
            queue_until=None,
        )

    def told(self, values: Mapping[str, Scalar]) -> Run:
        """The run with variables that somebody entered."""
        return replace(self, variables={**self.variables, **values})

    def to_json(self) -> dict[str, object]:
        """Plain values, as `from_json` reads them."""
        return {
            "status": self.status.value,
            "position": self.position,
            "variables": dict(self.variables),
            "steps": self.steps,
            "texts": self.texts,
            "started_at": _iso(self.started_at),
            "resume_at": _iso(self.resume_at),
            "waits_for_message": self.waits_for_message,
            "waits_for_call": self.waits_for_call,
            "agent_requested": self.agent_requested,
            "default_skill": self.default_skill,
            "failure": None
            if self.failure is None
            else {
                "code": self.failure.code,
                "action_id": self.failure.action_id,
                "action_type": self.failure.action_type,
                "params": dict(self.failure.params),
            },
            "calls": [[call.action_id, call.script] for call in self.calls],
            "queue_action": self.queue_action,
            "queue_calls": [[call.action_id, call.script] for call in self.queue_calls],
            "queue_until": _iso(self.queue_until),
        }

    @classmethod
    def from_json(cls, state: object) -> Run:
        """Read what `to_json` wrote; an empty object is a run that has not begun. Raises CorruptRun."""
        if not isinstance(state, dict):
            raise CorruptRun("the state of a run must be an object")
        known = dict(state)
        try:
            failure = known.pop("failure", None)
            run = cls(
                status=RunStatus(known.pop("status", RunStatus.RUNNING)),
                started_at=_moment(known.pop("started_at", None)),
                resume_at=_moment(known.pop("resume_at", None)),
                failure=None if failure is None else Failure(**failure),
                calls=_calls(known.pop("calls", [])),
                queue_calls=_calls(known.pop("queue_calls", [])),
                queue_until=_moment(known.pop("queue_until", None)),
                **known,
            )
        except (TypeError, ValueError) as error:
            raise CorruptRun(str(error)) from error
        if not run._is_well_typed():
            raise CorruptRun("a value in the state of a run is of the wrong kind")
        return run

    def _is_well_typed(self) -> bool:
        return (
            isinstance(self.position, str | None)
            and isinstance(self.default_skill, str | None)
            and isinstance(self.queue_action, str | None)
            and isinstance(self.variables, dict)
            and isinstance(self.steps, int)
            and isinstance(self.texts, int)
            and isinstance(self.waits_for_message, bool)
            and isinstance(self.waits_for_call, int | None)
            and isinstance(self.agent_requested, bool)
            and (self.failure is None or isinstance(self.failure.params, dict))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One action passed.

    `position` counts the steps of the run from 1. `branch` "" means that the run stayed or ended here. An
    action of a script that was called has the ids of the calling actions before its own, with slashes.

    `sensitive` names the values that only the action itself may know: `shown_values` masks them.
    """

    position: int
    action_id: str
    action_type: str
    label: str
    branch: str
    at: datetime
    values: Mapping[str, Scalar] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()

    def shown_values(self) -> dict[str, Scalar]:
        """The values as they may be stored, logged and shown."""
        return {name: MASK if name in self.sensitive else value for name, value in self.values.items()}

    def as_json(self) -> dict[str, object]:
        return {
            "position": self.position,
            "action": self.action_id,
            "type": self.action_type,
            "label": self.label,
            "branch": self.branch,
            "at": self.at.isoformat(),
            "values": self.shown_values(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one advance did: the run as it is now, the effects to apply in order, the rows to store.

    `handled` False: the event did not apply to this run (too late, too early, or no such event action), and
    nothing has changed.
    """

    run: Run
    effects: tuple[Effect, ...] = ()
    trace: tuple[TraceRow, ...] = ()
    handled: bool = True

    @property
    def status(self) -> RunStatus:
        return self.run.status

    @property
    def failure(self) -> Failure | None:
        return self.run.failure


def _calls(given: object) -> tuple[Call, ...]:
    if not isinstance(given, list):
        raise TypeError("calls must be a list")
    calls = tuple(Call(action_id, script) for action_id, script in given)
    if not all(isinstance(call.action_id, str) and isinstance(call.script, str) for call in calls):
        raise TypeError("a call must name an action and a script")
    return calls


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError("a moment must be a text")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment
