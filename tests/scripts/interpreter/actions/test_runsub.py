"""RUNSUB: pinned, bounded, and what ends what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Fired, MessageReceived, QueueTimedOut, Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, failure_of, script

MAIN = script(
    {
        "b": "BEGIN",
        "r": ("RUNSUB", {"script": "Sub"}),
        "s": ("SENDTEXT", {"message": "back"}),
        "o": "ONANSWER",
    },
    ["b>r", "r>s", "o>s"],
)


def below(definition):
    return replace(CATALOGUE, scripts={"Sub": definition})


def texts(step):
    return [effect.text for effect in step.effects if hasattr(effect, "text")]


ASKS = define(
    {"x": "BEGIN", "a": ("ASKCALLER", {"message": "Name?"}), "e": "END"},
    ["x>a", "a.responded>e", "a.timeout>e"],
)


def test_an_unknown_script_is_told():
    report = examine(define({"b": "BEGIN", "r": ("RUNSUB", {"script": "Gone"})}, ["b>r"]), CATALOGUE)
    assert ("script_missing", "script") in {(one.code, one.property_name) for one in report.errors}


def test_the_state_of_a_run_that_waits_below_can_be_stored():
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(ASKS))
    assert step.status is RunStatus.WAITING
    assert [row.action_id for row in step.trace] == ["b", "r", "r/x", "r/a"]
    again = Run.from_json(step.run.to_json())
    assert again == step.run
    went_on = advance(again, MAIN, event=MessageReceived(text="Olivia"), now=NOW, catalogue=below(ASKS))
    assert texts(went_on) == ["back"]
    assert went_on.run.calls == ()


def test_a_script_that_is_gone_while_it_waits_is_a_failure():
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(ASKS))
    went_on = advance(step.run, MAIN, event=MessageReceived(text="Olivia"), now=NOW, catalogue=CATALOGUE)
    assert failure_of(went_on).code == "script_gone"


def test_the_end_of_the_contact_ends_all_scripts():
    ends = define({"x": "BEGIN", "e": ("ENDTEXT", {"message": "Bye"})}, ["x>e"])
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(ends))
    assert (texts(step), step.status) == (["Bye"], RunStatus.ENDED)


def test_an_event_leaves_the_script_below():
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(ASKS))
    fired = advance(step.run, MAIN, event=Fired(type="ONANSWER"), now=NOW, catalogue=below(ASKS))
    assert (texts(fired), fired.run.calls) == (["back"], ())


def test_a_queue_asked_for_below_times_out_below():
    queues = define(
        {"x": "BEGIN", "q": ("REQAGENT", {"timeout_seconds": 60}), "t": ("SENDTEXT", {"message": "sorry"})},
        ["x>q", "q.timeout>t"],
    )
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(queues))
    later = NOW + timedelta(seconds=60)
    again = Run.from_json(step.run.to_json())
    timed_out = advance(again, MAIN, event=QueueTimedOut(), now=later, catalogue=below(queues))
    assert texts(timed_out) == ["sorry", "back"]
    assert [row.action_id for row in timed_out.trace][:2] == ["r/q", "r/t"]


def test_a_script_without_a_beginning_is_a_failure():
    step = advance(Run(), MAIN, event=Started(), now=NOW, catalogue=below(define({"e": "END"})))
    assert failure_of(step).code == "no_begin"
