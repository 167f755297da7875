"""What happens to a run from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
"""What a variable of a script may hold: what JSON keeps as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The contact began: run from BEGIN.

    `default_skill` is the skill of the point of contact, None if it is not known.
    """

    default_skill: str | None = None
    variables: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """An event action's trigger, as ONANSWER: ends what is running and goes on from that action."""

    type: str
    variables: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """How an earlier action turned out in the world: go on from that branch of it.

    With `branch="error"` the effect could not be applied, as a skill may have been deactivated a moment ago;
    `code` and `params` then say why (see `failures`).
    """

    action_id: str
    branch: str
    code: str = "effect_refused"
    params: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTimedOut:
    """The contact has waited as long as the last REQAGENT allows (`Run.queue_until` has come).

    Goes on at that action's branch `timeout`, or where this leads nowhere at ONQUEUETIMEOUT.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineReached:
    """The run's `resume_at` has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """The customer wrote again. The text is data, never looked into for anything to execute."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswered:
    """The other system answered the call with this number, or could not be asked.

    `status` is that of HTTP, None without an answer; `failure` then says why. `body` is what came back.
    """

    number: int
    status: int | None = None
    body: str = ""
    failure: str = ""


WakeUp: TypeAlias = DeadlineReached | MessageReceived | ApiAnswered
Event: TypeAlias = Started | Fired | Resolved | QueueTimedOut | WakeUp
