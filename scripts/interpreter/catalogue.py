"""What the interpreter may ask about the organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAnswer:
    """What hours of operation say about a moment.

    `state` is a branch of HOURS: open, closed, holiday, meeting, weather, emergency, other. `name` is that
    of the special day; `opens_at` the next opening in the time zone of the hours, None while it is not known.
    """

    state: str
    name: str = ""
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """A queue at a moment. `longest_wait` is in whole seconds; `agents_free` can take one more contact."""

    waiting: int
    longest_wait: int
    agents_free: int
    agents_logged_in: int


class KnownNames(Protocol):
    """Names that a script may refer to: all that inspection asks."""

    def skill_exists(self, name: str) -> bool:
        """Whether an active inbound skill of the script's business unit has this name."""

    def agent_exists(self, username: str) -> bool:
        """Whether an active agent of the script's business unit has this user name."""

    def tag_exists(self, name: str) -> bool:
        """Whether an active tag of the script's business unit has this name."""

    def disposition_exists(self, name: str) -> bool:
        """Whether an active disposition of the script's business unit has this name."""

    def hours_exist(self, name: str) -> bool:
        """Whether active hours of operation of the script's business unit have this name."""

    def script_exists(self, name: str) -> bool:
        """Whether an active script of the business unit with a published version has this name."""

    def secret_exists(self, name: str) -> bool:
        """Whether an active secret of the script's business unit has this name."""


class Catalogue(KnownNames, Protocol):
    """How things are at this moment, too: what running asks. Answered from the database or from memory."""

    def hours_at(self, name: str, moment: datetime) -> HoursAnswer | None:
        """What the hours say about a moment; None where there are no such hours."""

    def agent_state(self, username: str) -> str | None:
        """available, busy (available, with no session free), unavailable or logged_out; None: no agent."""

    def queue_of(self, skill: str, moment: datetime) -> QueueFigures | None:
        """The queue of a skill; None where there is no such skill."""

    def published_script(self, name: str) -> str | None:
        """A key that stands for the published version of the script, for ever; None where there is none."""

    def graph_of(self, key: str) -> object | None:
        """The `Graph` of a version by its key; None where it cannot be read (any more)."""
