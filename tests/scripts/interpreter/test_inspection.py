from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from scripts.interpreter.findings import Severity
from scripts.interpreter.inspection import examine, inspect
from scripts.interpreter.messages import Message
from tests.scripts.interpreter.helpers import CATALOGUE, PLAIN, WORKSHOP, Names, define, read, script


def findings(actions, branches=()):
    found = inspect(script(actions, branches, registry=WORKSHOP), CATALOGUE)
    return [(finding.code, finding.action_id, finding.branch) for finding in found]


def test_the_plain_script_may_be_published():
    report = examine(PLAIN, CATALOGUE)

    assert report.findings == ()
    assert report.may_be_published
    assert report.graph == read(PLAIN)


def test_what_cannot_be_read_cannot_be_published():
    report = examine({"actions": "none"}, CATALOGUE)

    assert report.graph is None
    assert [finding.code for finding in report.errors] == ["not_a_list"]
    assert not report.may_be_published


def test_warnings_do_not_stop_the_publication():
    report = examine(define({"b": "BEGIN", "q": "REQAGENT", "r": "REQAGENT"}, ["b>q"]), CATALOGUE)

    assert [finding.code for finding in report.warnings] == ["unreachable"]
    assert report.errors == ()
    assert report.may_be_published


@pytest.mark.parametrize(
    ("actions", "branches", "expected"),
    [
        ({}, [], [("begin_missing", None, None)]),
        (
            {"b": "BEGIN", "c": "BEGIN", "q": "REQAGENT"},
            ["b>q", "c>q"],
            [("begin_twice", "c", None)],
        ),
        ({"b": "BEGIN"}, [], [("branch_missing", "b", "default")]),
        (
            {"b": "BEGIN", "u": "UNHEARD"},
            ["b>u"],
            [("unknown_action", "u", None)],
        ),
        (
            {"b": "BEGIN", "q": "REQAGENT"},
            ["b>q", "b>q"],
            [("branch_twice", "b", "default")],
        ),
        (
            {"b": "BEGIN", "q": "REQAGENT"},
            ["b>q", "q.sideways>q"],
            [("branch_unknown", "q", "sideways")],
        ),
        ({"b": "BEGIN"}, ["b>gone"], [("branch_target_missing", "b", "default")]),
        (
            {"b": "BEGIN", "q": "REQAGENT"},
            ["b>q", "gone>q"],
            [("branch_source_missing", "gone", "default")],
        ),
        (
            {"b": "BEGIN", "n": "NOTHING"},
            ["b>n"],
            [("path_stops", "n", "default")],
        ),
        (
            {"b": "BEGIN", "p": "PAUSE", "q": "REQAGENT"},
            ["b>p", "p>q"],
            [("path_stops", "p", "responded")],
        ),
        ({"b": "BEGIN", "f": "FINISH"}, ["b>f"], []),
        (
            {"b": "BEGIN", "q": "REQAGENT", "n": "NOTHING"},
            ["b>q", "q>n"],
            [],
        ),
        (
            {"b": "BEGIN", "q": "REQAGENT", "n": "NOTHING"},
            ["b>q", "q.error>n"],
            [("path_stops", "n", "default")],
        ),
        (
            {"b": "BEGIN", "q": "REQAGENT", "e": "ONTEST", "d": "ONTEST"},
            ["b>q"],
            [("event_twice", "e", None), ("unreachable", "e", None)],
        ),
        (
            {"b": "BEGIN", "q": "REQAGENT", "e": "ONTEST"},
            ["b>q", "q>e"],
            [("branch_into_start", "q", "default")],
        ),
        (
            {"b": "BEGIN", "x": "BREAK", "q": "REQAGENT"},
            ["b>x", "x>q"],
            [],
        ),
    ],
)
def test_each_rule_of_the_flow_is_inspected(actions, branches, expected):
    assert findings(actions, branches) == expected


def test_an_event_that_stops_is_no_open_end():
    assert findings({"b": "BEGIN", "q": "REQAGENT", "e": "ONTEST", "n": "NOTHING"}, ["b>q", "e>n"]) == []


@pytest.mark.parametrize(
    ("actions", "branches", "where"),
    [
        ({"b": "BEGIN", "n": "NOTHING"}, ["b>n", "n>n"], "n"),
        ({"b": "BEGIN", "n": "NOTHING", "m": "NOTHING"}, ["b>n", "n>m", "m>n"], "m"),
        ({"b": "BEGIN", "q": "REQAGENT"}, ["b>q", "q>q"], "q"),
        ({"b": "BEGIN", "q": "REQAGENT", "e": "ONTEST", "n": "NOTHING"}, ["b>q", "e>n", "n>n"], "n"),
    ],
)
def test_a_circle_without_a_wait_is_endless(actions, branches, where):
    assert findings(actions, branches) == [("endless_circle", where, None)]


def test_a_circle_that_waits_needs_a_way_out():
    stuck = {"b": "BEGIN", "p": "PAUSE", "n": "NOTHING"}
    circle = ["b>p", "p>n", "n>p"]

    assert findings(stuck, [*circle, "p.responded>n"]) == [("no_way_out", "n", None)]
    assert findings({**stuck, "q": "REQAGENT"}, [*circle, "p.responded>q"]) == []
    assert findings({**stuck, "f": "FINISH"}, [*circle, "p.responded>f"]) == []


def test_a_circle_that_waits_in_the_queue_is_allowed():
    actions = {"b": "BEGIN", "q": "REQAGENT", "p": "PAUSE"}

    assert findings(actions, ["b>q", "q>p", "p>p", "p.responded>p"]) == []


def test_each_circle_is_named_once():
    actions = {"b": "BEGIN"} | {f"n{index}": "NOTHING" for index in range(8)}
    around = [f"n{index}>n{(index + 1) % 8}" for index in range(8)]
    found = inspect(script(actions, ["b>n0", *around], registry=WORKSHOP), CATALOGUE)

    assert [finding.code for finding in found] == ["endless_circle"]
    assert "n0, n1, n2, n3, n4, …" in str(found[0].message)


def test_references_are_looked_up_once_and_named_at_each_action():
    asked = []

    class Asking(Names):
        def skill_exists(self, name):
            asked.append(name)
            return False

    wrong = ("REQAGENT", {"skill": "nobody"})
    graph = script({"b": "BEGIN", "q": wrong, "r": wrong}, ["b>q", "q.error>r"])
    found = inspect(graph, Asking())

    assert [(finding.action_id, finding.property_name) for finding in found] == [
        ("q", "skill"),
        ("r", "skill"),
    ]
    assert asked == ["nobody"]


def test_sentences_say_what_is_right():
    found = inspect(script({"b": "BEGIN", "q": ("REQAGENT", {"skill": "nobody"})}, ["b>q"]), CATALOGUE)

    assert str(found[0].message) == (
        "There is no active inbound skill “nobody”. Choose one that exists, or “Default”."
    )


def test_errors_come_first_and_then_by_place():
    actions = {"a": "NOTHING", "b": "BEGIN", "z": "UNHEARD"}
    found = inspect(script(actions, ["b>z"], registry=WORKSHOP), CATALOGUE)

    assert [(finding.severity, finding.action_id) for finding in found] == [
        (Severity.ERROR, "z"),
        (Severity.WARNING, "a"),
    ]


def test_very_many_findings_are_cut_without_losing_an_error():
    actions = {f"a{index}": "NOTHING" for index in range(500)} | {"b": "BEGIN"}
    found = inspect(script(actions, registry=WORKSHOP), CATALOGUE)

    assert len(found) == 201
    assert found[0].code == "branch_missing"
    assert (found[-1].code, str(found[-1].message)) == ("more_findings", "There are 301 more findings.")


def test_messages_are_rendered_when_they_are_read():
    """With words that the framework itself has translated."""
    message = Message(gettext_lazy("Yes"))

    with translation.override("fr"):
        assert str(message) == "Oui"
    with translation.override("en"):
        assert str(message) == "Yes"
