"""IF: conditions that can be read, and those that cannot."""

from __future__ import annotations

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, script


@pytest.mark.parametrize(
    "expression", ["", "text ==", "{{ text }}", "1 %}{% if 1", "text == 'a", "a | upcase"]
)
def test_what_is_no_condition_is_refused(expression):
    report = examine(define({"b": "BEGIN", "i": ("IF", {"expression": expression})}), CATALOGUE)
    assert {"property_template", "property_required"} & {finding.code for finding in report.errors}


@pytest.mark.parametrize(
    ("expression", "branch"),
    [
        ("tries > 2", "true"),
        ("tries == 3 and text != 'x'", "true"),
        ("(tries < 2 or tries > 5) and tries", "false"),
        ("nothing", "false"),
        ("nothing == tries", "false"),
    ],
)
def test_conditions(expression, branch):
    graph = script({"b": "BEGIN", "i": ("IF", {"expression": expression}), "e": "END"}, ["b>i"])
    step = advance(Run(), graph, event=Started(variables={"tries": 3, "text": "hi"}), now=NOW)
    assert step.trace[-1].branch == branch
