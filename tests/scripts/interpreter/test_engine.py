from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import (
    DeadlineReached,
    Fired,
    MessageReceived,
    Resolved,
    Started,
)
from scripts.interpreter.failures import Failure, explain
from scripts.interpreter.limits import Limits
from scripts.interpreter.run import MASK, CorruptRun, Run, RunStatus
from tests.scripts.interpreter.helpers import NOW, PLAIN, WORKSHOP, failure_of, read, script

MINUTE = timedelta(minutes=1)


def workshop(actions, branches=()):
    return script(actions, branches, registry=WORKSHOP)


def start(graph, **options):
    return advance(Run(), graph, event=Started(default_skill="support"), now=NOW, **options)


def reason(step):
    return str(explain(failure_of(step), registry=WORKSHOP))


CIRCLE = workshop({"b": "BEGIN", "n": "NOTHING", "m": "NOTHING"}, ["b>n", "n>m", "m>n"])
PAUSING = workshop(
    {"b": "BEGIN", "p": "PAUSE", "late": ("REMEMBER", {"text": "late"}), "q": "REQAGENT"},
    ["b>p", "p>late", "late>q", "p.responded>q"],
)
EVENTFUL = workshop(
    {"b": "BEGIN", "p": "PAUSE", "q": "REQAGENT", "e": "ONTEST", "f": "FINISH"}, ["b>p", "p>q", "e>f"]
)


def test_a_run_starts_once():
    first = start(read(PLAIN))
    again = advance(first.run, read(PLAIN), event=Started(), now=NOW + MINUTE)

    assert first.handled
    assert not again.handled
    assert again.run == first.run
    assert (again.effects, again.trace) == ((), ())


def test_the_state_is_remembered_between_steps():
    step = start(PAUSING)

    assert step.status is RunStatus.WAITING
    assert step.run.position == "p"
    assert step.run.resume_at == NOW + MINUTE
    assert step.run.waits_for_message
    assert Run.from_json(step.run.to_json()) == step.run


def test_the_deadline_goes_on_when_it_is_reached_and_not_before():
    waiting = start(PAUSING).run
    early = advance(waiting, PAUSING, event=DeadlineReached(), now=NOW + MINUTE - timedelta(microseconds=1))
    due = advance(waiting, PAUSING, event=DeadlineReached(), now=NOW + MINUTE)
    late = advance(due.run, PAUSING, event=DeadlineReached(), now=NOW + MINUTE)

    assert not early.handled
    assert [row.action_id for row in due.trace] == ["p", "late", "q"]
    assert due.run.variables == {"kept": "late"}
    assert due.run.resume_at is None
    assert not late.handled


def test_a_text_of_the_customer_wakes_what_waits_for_it():
    waiting = start(PAUSING).run
    step = advance(waiting, PAUSING, event=MessageReceived(text="{{ 1 }} 100%"), now=NOW)
    after = advance(step.run, PAUSING, event=MessageReceived(text="more"), now=NOW)

    assert step.run.variables == {"answer": "{{ 1 }} 100%"}
    assert [row.branch for row in step.trace] == ["responded", "default"]
    assert not after.handled


def test_an_event_ends_what_is_running_and_goes_on_from_the_event():
    waiting = start(EVENTFUL).run
    step = advance(waiting, EVENTFUL, event=Fired(type="ONTEST", variables={"agent": "one"}), now=NOW)
    deadline = advance(step.run, EVENTFUL, event=DeadlineReached(), now=NOW + MINUTE)

    assert [(row.position, row.action_id) for row in step.trace] == [(3, "e"), (4, "f")]
    assert step.trace[0].values == {"agent": "one"}
    assert step.status is RunStatus.ENDED
    assert not deadline.handled


def test_an_event_is_taken_after_the_end_and_before_the_beginning():
    ended = advance(start(EVENTFUL).run, EVENTFUL, event=DeadlineReached(), now=NOW + MINUTE).run
    assert ended.status is RunStatus.ENDED

    for run in (ended, Run()):
        step = advance(run, EVENTFUL, event=Fired(type="ONTEST"), now=NOW)
        assert [row.action_id for row in step.trace] == ["e", "f"]
    assert ended.agent_requested


def test_an_event_without_an_action_changes_nothing():
    step = advance(Run(), EVENTFUL, event=Fired(type="ONANSWER"), now=NOW)

    assert not step.handled
    assert step.run == Run()


def test_an_open_error_branch_fails_the_run_with_the_actions_own_words():
    step = start(workshop({"b": "BEGIN", "x": "BREAK"}, ["b>x"]))

    assert step.status is RunStatus.FAILED
    assert reason(step) == "The lamp is broken."
    assert step.trace[-1].branch == "error"
    assert step.run.position is None


def test_a_failed_run_is_over():
    failed = start(workshop({"b": "BEGIN", "x": "BREAK", "e": "ONTEST"}, ["b>x"])).run

    for event in (
        Started(),
        DeadlineReached(),
        Fired(type="ONTEST"),
        Resolved(action_id="x", branch="error"),
    ):
        assert not advance(failed, EVENTFUL, event=event, now=NOW).handled


def test_a_connected_error_branch_goes_on():
    step = start(workshop({"b": "BEGIN", "x": "BREAK", "q": "REQAGENT"}, ["b>x", "x.error>q"]))

    assert step.status is RunStatus.ENDED
    assert step.trace[1].values == {"result": "broken", "part": "lamp"}
    assert step.run.agent_requested


def test_effects_come_in_order_even_when_the_run_fails_later():
    step = start(
        workshop(
            {"b": "BEGIN", "q": "REQAGENT", "r": ("REQAGENT", {"skill": "billing"}), "x": "BREAK"},
            ["b>q", "q>r", "r>x"],
        )
    )

    assert [effect.action_id for effect in step.effects] == ["q", "r"]
    assert step.status is RunStatus.FAILED
    assert step.run.agent_requested


def test_a_refused_request_fails_the_run_where_the_error_branch_is_open():
    queued = start(read(PLAIN)).run
    step = advance(
        queued,
        read(PLAIN),
        event=Resolved(
            action_id="ask", branch="error", code="skill_unavailable", params={"skill": "billing"}
        ),
        now=NOW,
    )

    assert step.status is RunStatus.FAILED
    assert reason(step) == "The skill billing does not exist or is not active."
    assert not step.run.agent_requested
    assert step.trace[0].position == 3


@pytest.mark.parametrize(
    ("action_id", "branch"), [("gone", "error"), ("ask", "sideways"), ("ask", "timeout")]
)
def test_a_result_that_fits_nothing_changes_nothing(action_id, branch):
    queued = start(read(PLAIN)).run
    step = advance(queued, read(PLAIN), event=Resolved(action_id=action_id, branch=branch), now=NOW)

    assert not step.handled
    assert step.run == queued


def test_a_result_before_the_beginning_changes_nothing():
    assert not advance(Run(), read(PLAIN), event=Resolved(action_id="ask", branch="error"), now=NOW).handled


@pytest.mark.parametrize(
    ("actions", "branches", "words"),
    [
        ({}, [], "The script has no BEGIN action."),
        ({"b": "BEGIN", "c": "BEGIN"}, [], "The script has 2 BEGIN actions; it needs exactly one."),
        ({"b": "BEGIN"}, ["b>gone"], "The script leads to the action gone, which is not there."),
        ({"b": "BEGIN", "u": "UNHEARD"}, ["b>u"], "There is no action of the type UNHEARD."),
        (
            {"b": "BEGIN", "q": ("REQAGENT", {"high_proficiency": 0})},
            ["b>q"],
            "The property high_proficiency of the action q cannot be used.",
        ),
    ],
)
def test_a_script_that_cannot_run_fails_with_the_reason(actions, branches, words):
    step = start(workshop(actions, branches))

    assert step.status is RunStatus.FAILED
    assert reason(step) == words


def test_a_circle_is_stopped():
    step = start(CIRCLE)

    assert step.status is RunStatus.FAILED
    assert len(step.trace) == step.run.steps == 500
    assert "500 steps without waiting" in reason(step)


def test_a_limit_is_the_number_of_steps_that_is_allowed():
    line = workshop({"b": "BEGIN", "n": "NOTHING", "q": "REQAGENT"}, ["b>n", "n>q"])

    assert start(line, limits=Limits(steps_per_advance=3)).status is RunStatus.ENDED
    assert start(line, limits=Limits(steps_per_advance=2)).status is RunStatus.FAILED
    assert start(line, limits=Limits(steps_per_run=3)).status is RunStatus.ENDED
    assert failure_of(start(line, limits=Limits(steps_per_run=2))).code == "too_many_steps_in_all"


def test_a_circle_that_waits_is_stopped_in_the_end():
    graph = workshop({"b": "BEGIN", "p": "PAUSE"}, ["b>p", "p>p"])
    step, now, advances = start(graph), NOW, 0
    while step.status is RunStatus.WAITING:
        now += MINUTE
        step = advance(step.run, graph, event=DeadlineReached(), now=now, limits=Limits(steps_per_run=50))
        advances += 1

    assert failure_of(step).code == "too_many_steps_in_all"
    assert step.run.steps == 50
    assert advances < 50


def test_variables_are_limited():
    grown = workshop({"b": "BEGIN", "r": ("REMEMBER", {"text": "é" * 20_000})}, ["b>r"])
    given = advance(Run(), read(PLAIN), event=Started(variables={"text": "x" * 40_000}), now=NOW)

    assert failure_of(start(grown)).code == "variables_too_large"
    assert failure_of(given).code == "variables_too_large"
    assert given.run.variables == {}


def test_a_surrogate_in_a_variable_does_not_stop_the_engine():
    step = advance(Run(), read(PLAIN), event=Started(variables={"text": "\ud83d"}), now=NOW)

    assert step.status is RunStatus.ENDED


def test_sensitive_values_are_masked_in_the_trace():
    graph = workshop({"b": "BEGIN", "r": ("REMEMBER", {"text": "open", "secret": "hush"})}, ["b>r"])
    row = start(graph).trace[-1]

    assert row.shown_values() == {"text": "open", "secret": MASK}
    assert "hush" not in str(row.as_json())


def test_a_run_goes_on_in_the_version_it_began_with_or_fails_clearly():
    waiting = start(PAUSING).run
    other = workshop({"b": "BEGIN", "p": "NOTHING"})
    emptied = workshop({"b": "BEGIN"})

    assert (
        failure_of(advance(waiting, other, event=MessageReceived(text=""), now=NOW)).code == "cannot_resume"
    )
    assert (
        failure_of(advance(waiting, emptied, event=MessageReceived(text=""), now=NOW)).code
        == "action_missing"
    )


def test_a_failure_survives_being_stored():
    failed = start(workshop({"b": "BEGIN", "x": "BREAK"}, ["b>x"])).run
    again = Run.from_json(failed.to_json())

    assert again == failed
    assert str(explain(again.failure or Failure(code=""), registry=WORKSHOP)) == "The lamp is broken."


def test_an_unknown_failure_is_told_by_its_code():
    failed = start(workshop({"b": "BEGIN", "x": "BREAK"}, ["b>x"])).run

    assert str(explain(failed.failure)) == "broken"


def test_an_empty_state_is_a_run_that_has_not_begun():
    assert Run.from_json({}) == Run()


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {"status": "dancing"},
        {"started_at": "yesterday"},
        {"started_at": "2026-01-01T00:00:00"},
        {"resume_at": 5},
        {"steps": "many"},
        {"variables": []},
        {"position": ["a"]},
        {"default_skill": 1},
        {"agent_requested": None},
        {"failure": {"code": "x", "params": 3}},
        {"unheard": 1},
        {"failure": {"reason": "x"}},
        {"failure": 3},
    ],
)
def test_a_state_that_somebody_else_wrote_is_refused(state):
    with pytest.raises(CorruptRun):
        Run.from_json(state)
