"""ASSIGN: names and sizes of variables."""

from __future__ import annotations

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, failure_of, script


@pytest.mark.parametrize("name", ["1st", "a b", "a.b", "x" * 41, "é"])
def test_a_name_that_cannot_be_used_is_refused(name):
    report = examine(define({"b": "BEGIN", "a": ("ASSIGN", {"variable": name})}), CATALOGUE)
    assert {"property_variable", "property_too_long"} & {finding.code for finding in report.errors}


def test_a_variable_that_doubles_is_stopped():
    double = ("ASSIGN", {"variable": "a", "value": "{{ a }}{{ a }}"})
    actions = {"b": "BEGIN", "a0": ("ASSIGN", {"variable": "a", "value": "x"})}
    actions |= {f"a{number}": double for number in range(1, 30)}
    links = [f"a{number}>a{number + 1}" for number in range(29)]
    step = advance(Run(), script(actions, ["b>a0", *links]), event=Started(), now=NOW)
    assert failure_of(step).code == "variables_too_large"
