from __future__ import annotations

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import NOW, script


def test_begin_leads_on_and_is_traced():
    graph = script({"b": "BEGIN", "q": "REQAGENT"}, ["b>q"])

    step = advance(Run(), graph, event=Started(), now=NOW)

    first = step.trace[0]
    assert (first.action_id, first.action_type, first.branch, first.at) == ("b", "BEGIN", "default", NOW)


def test_begin_that_leads_nowhere_ends_the_run_without_an_agent():
    step = advance(Run(), script({"b": "BEGIN"}), event=Started(), now=NOW)

    assert step.status is RunStatus.ENDED
    assert not step.run.agent_requested
    assert step.effects == ()


def test_parameters_of_the_original_product_are_remarked_on_and_kept():
    node = script({"b": ("BEGIN", {"P1": "x", "Caption": "Start"})}).nodes["b"]

    assert node.is_sound
    assert [(fault.property_name, fault.code) for fault in node.faults] == [
        ("caption", "property_unused"),
        ("p1", "property_unused"),
    ]
    assert dict(node.properties) == {"caption": "Start", "p1": "x"}
