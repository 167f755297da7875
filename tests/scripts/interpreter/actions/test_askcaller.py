"""ASKCALLER: what is no answer, and what is kept of one."""

from __future__ import annotations

from datetime import timedelta

from scripts.interpreter.actions.askcaller import LONGEST_ANSWER
from scripts.interpreter.engine import advance
from scripts.interpreter.events import DeadlineReached, MessageReceived, Started
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import NOW, script

ASK = script(
    {"b": "BEGIN", "a": ("ASKCALLER", {"message": "Yes?", "timeout_seconds": 60}), "q": "REQAGENT"},
    ["b>a", "a.responded>q", "a.timeout>q"],
)


def asked() -> Run:
    return advance(Run(), ASK, event=Started(), now=NOW).run


def test_a_deadline_that_has_not_come_changes_nothing():
    step = advance(asked(), ASK, event=DeadlineReached(), now=NOW + timedelta(seconds=59))
    assert not step.handled


def test_an_answer_is_cut_and_is_data():
    step = advance(asked(), ASK, event=MessageReceived(text="{{ x }}" + "y" * 5_000), now=NOW)
    assert step.run.variables["answer"] == ("{{ x }}" + "y" * 5_000)[:LONGEST_ANSWER]
    assert step.run.variables["text"] == step.run.variables["answer"]


def test_a_second_answer_is_nobodys():
    first = advance(asked(), ASK, event=MessageReceived(text="Yes"), now=NOW)
    assert first.status is RunStatus.ENDED
    assert not advance(first.run, ASK, event=MessageReceived(text="No"), now=NOW).handled


def test_the_trace_does_not_hold_the_answer():
    step = advance(asked(), ASK, event=MessageReceived(text="My card is 4242"), now=NOW)
    assert "4242" not in str([row.as_json() for row in step.trace])
