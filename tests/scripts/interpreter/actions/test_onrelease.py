"""ONRELEASE: whether the contact may be queued from here."""

from __future__ import annotations

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Fired, Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, script


def test_queueing_from_here():
    definition = define({"b": "BEGIN", "q": "REQAGENT", "o": "ONRELEASE", "r": "REQAGENT"}, ["b>q", "o>r"])
    codes = {finding.code for finding in examine(definition, CATALOGUE).findings}
    assert ("queues_after_answer" in codes) is True


def test_what_runs_ends_when_it_happens():
    graph = script(
        {"b": "BEGIN", "q": "REQAGENT", "w": ("WAIT", {"seconds": 9}), "o": "ONRELEASE", "e": "END"},
        ["b>q", "q>w", "o>e"],
    )
    run = advance(Run(), graph, event=Started(), now=NOW).run
    step = advance(run, graph, event=Fired(type="ONRELEASE", variables={"agent": "agent.one"}), now=NOW)
    assert step.status is RunStatus.ENDED
    assert step.trace[0].values == {"agent": "agent.one"}
