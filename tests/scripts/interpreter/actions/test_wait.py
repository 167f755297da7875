"""WAIT: how long."""

from __future__ import annotations

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import DeadlineReached, Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.limits import Limits
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, failure_of, script


@pytest.mark.parametrize("seconds", [0, -1, 604_801, "soon", None])
def test_a_time_that_cannot_be_is_refused(seconds):
    report = examine(define({"b": "BEGIN", "w": ("WAIT", {"seconds": seconds})}), CATALOGUE)
    assert [finding.property_name for finding in report.errors if finding.property_name] == ["seconds"]


def test_a_circle_that_waits_comes_to_its_limit():
    graph = script({"b": "BEGIN", "q": "REQAGENT", "w": ("WAIT", {"seconds": 1})}, ["b>q", "q>w", "w>w"])
    step = advance(Run(), graph, event=Started(), now=NOW)
    while step.status is RunStatus.WAITING:
        step = advance(
            step.run, graph, event=DeadlineReached(), now=step.run.resume_at, limits=Limits(steps_per_run=50)
        )
    assert failure_of(step).code == "too_many_steps_in_all"
