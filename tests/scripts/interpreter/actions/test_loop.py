"""LOOP: counts, ends, and can be entered anew."""

from __future__ import annotations

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, failure_of, script


def test_a_loop_in_a_loop():
    graph = script(
        {
            "b": "BEGIN",
            "out": ("LOOP", {"count": 2}),
            "in": ("LOOP", {"count": 3}),
            "n": ("ASSIGN", {"variable": "n", "value": "{{ n | plus: 1 }}", "value_type": "number"}),
            "e": "END",
        },
        ["b>out", "out.repeat>in", "in.repeat>n", "n>in", "in.finished>out", "out.finished>e"],
    )
    step = advance(Run(), graph, event=Started(), now=NOW)
    assert step.run.variables["n"] == 6


def test_a_variable_that_is_no_number_begins_anew():
    graph = script(
        {"b": "BEGIN", "l": ("LOOP", {"count": 1, "variable": "text"}), "e": "END"},
        ["b>l", "l.repeat>l", "l.finished>e"],
    )
    step = advance(Run(), graph, event=Started(variables={"text": "Hello"}), now=NOW)
    assert [row.branch for row in step.trace] == ["default", "repeat", "finished", ""]


def test_no_loop_runs_away():
    graph = script(
        {"b": "BEGIN", "l": ("LOOP", {"count": 1000}), "e": "END"}, ["b>l", "l.repeat>l", "l.finished>e"]
    )
    assert failure_of(advance(Run(), graph, event=Started(), now=NOW)).code == "too_many_steps"


def test_a_circle_through_it_is_not_endless():
    report = examine(
        define({"b": "BEGIN", "l": "LOOP", "e": ("ENDTEXT", {})}, ["b>l", "l.repeat>l", "l.finished>e"]),
        CATALOGUE,
    )
    assert report.may_be_published, report.findings
