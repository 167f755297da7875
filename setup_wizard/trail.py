"""The way of one text from the phone to the agent's answer, as far as it has come.

Pure: the facts are given, the words are made when they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Mark(StrEnum):
    """How a stage stands."""

    PASSED = "passed"
    NOW = "now"
    PROBLEM = "problem"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of the trail. `help_address` is where what is missing can be mended."""

    mark: Mark
    text: Text
    at: datetime | None = None
    advice: Text = ""
    help_address: str = ""
    help_text: Text = ""


@dataclass(frozen=True, slots=True)
class Way:
    """What is known about the newest text to a number. Times are aware; None: not yet."""

    received_at: datetime | None = None
    parked: str = ""
    script: str = ""
    script_failure: str = ""
    skill: str = ""
    skill_agents: int = 0
    ready_agents: int = 0
    queued_at: datetime | None = None
    offered_to: str = ""
    offered_at: datetime | None = None
    passed_over: tuple[str, ...] = ()
    agent: str = ""
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    is_closed: bool = False


def stages_of(way: Way) -> list[Stage]:
    """The stages in order: what is passed, where the text is now, what is ahead."""
    return list(_stages(way))


def _stages(way: Way) -> Iterator[Stage]:
    if way.received_at is None:
        yield Stage(Mark.NOW, _("Waiting for a text"))
        yield from _ahead(1)
        return
    yield Stage(Mark.PASSED, _("Text received"), way.received_at)
    if way.parked:
        yield Stage(
            Mark.PROBLEM,
            _("Nobody listens on this number: the text is kept, but no script runs."),
            advice=_("Create the point of contact, or activate it."),
        )
        yield from _ahead(1)
        return
    if way.queued_at is None and way.accepted_at is None:
        closed = _("The text needed no agent: the contact is closed.")
        yield Stage(Mark.PASSED, closed) if way.is_closed else Stage(Mark.NOW, _("The script begins"))
        yield from [] if way.is_closed else _ahead(2)
        return
    yield _script(way)
    yield from _queue(way)


def _script(way: Way) -> Stage:
    if way.script_failure:
        return Stage(
            Mark.PROBLEM,
            format_lazy(
                _("The script {script} failed; the text went to the skill all the same"), script=way.script
            ),
            way.queued_at,
        )
    return Stage(Mark.PASSED, format_lazy(_("Script {script} has run"), script=way.script), way.queued_at)


def _queue(way: Way) -> Iterator[Stage]:
    waiting = format_lazy(_("Waiting in the skill {skill}"), skill=way.skill)
    if way.accepted_at is not None:
        yield Stage(
            Mark.PASSED, format_lazy(_("Waited in the skill {skill}"), skill=way.skill), way.queued_at
        )
        yield Stage(Mark.PASSED, format_lazy(_("Accepted by {agent}"), agent=way.agent), way.accepted_at)
        yield from _answer(way)
        return
    yield Stage(Mark.PASSED if way.offered_to else Mark.NOW, waiting, way.queued_at)
    for agent in way.passed_over:
        yield Stage(Mark.PASSED, format_lazy(_("{agent} did not take it: it goes to the next"), agent=agent))
    if way.offered_to:
        offered = format_lazy(_("Offered to {agent}: the pop-up is on his screen"), agent=way.offered_to)
        yield Stage(Mark.NOW, offered, way.offered_at)
    elif not way.skill_agents:
        yield Stage(Mark.PROBLEM, _("No agent has this skill."), advice=_("Add one in “Agents and limits”."))
    elif not way.ready_agents:
        yield Stage(
            Mark.PROBLEM,
            _("Nobody is available."),
            advice=_("Sign in as an agent of the skill and choose Available."),
            help_address="/agent/",
            help_text=_("Open the agent's desk"),
        )
    yield from _ahead(3)


def _answer(way: Way) -> Iterator[Stage]:
    if way.answered_at is not None:
        yield Stage(Mark.PASSED, _("Answered: the channel works"), way.answered_at)
    elif way.is_closed:
        yield Stage(Mark.PASSED, _("Ended without an answer"))
    else:
        yield Stage(Mark.NOW, format_lazy(_("{agent} reads the text and can answer"), agent=way.agent))


_EXPECTED = (
    _("Text received"),
    _("Script"),
    _("Waiting in the skill"),
    _("Accepted by an agent"),
    _("Answered"),
)


def _ahead(passed: int) -> Iterator[Stage]:
    for text in _EXPECTED[passed:]:
        yield Stage(Mark.AHEAD, text)
