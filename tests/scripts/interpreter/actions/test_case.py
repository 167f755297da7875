"""CASE: branches that the cases name."""

from __future__ import annotations

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, script


def test_each_case_is_a_branch():
    graph = script({"b": "BEGIN", "c": ("CASE", {"cases": " one \n\nTwo"})}, ["b>c"])
    assert [spec.name for spec in graph.nodes["c"].exits] == ["one", "Two", "default", "error"]


def test_an_open_case_is_told():
    report = examine(
        define({"b": "BEGIN", "c": ("CASE", {"cases": "one"}), "q": "REQAGENT"}, ["b>c", "c>q"]), CATALOGUE
    )
    assert [(finding.code, finding.branch) for finding in report.errors] == [("path_stops", "one")]


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ("x" * 65, "case_too_long"),
        ("\n".join(map(str, range(51))), "cases_too_many"),
        ("error", "case_twice"),
    ],
)
def test_cases_that_cannot_be(cases, code):
    report = examine(define({"b": "BEGIN", "c": ("CASE", {"cases": cases})}), CATALOGUE)
    assert code in {finding.code for finding in report.errors}


@pytest.mark.parametrize(
    ("match", "branch"), [("equals", "default"), ("starts", "default"), ("contains", "help")]
)
def test_comparisons(match, branch):
    graph = script(
        {"b": "BEGIN", "c": ("CASE", {"cases": "HELP\nhelp", "match": match}), "e": "END"}, ["b>c"]
    )
    step = advance(Run(), graph, event=Started(variables={"text": "I need Help!"}), now=NOW)
    assert step.trace[-1].branch.casefold() == branch
