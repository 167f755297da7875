from __future__ import annotations

from decimal import Decimal

import pytest

from scripts.interpreter.effects import PriorityProfile, RequestAgent
from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.failures import explain
from scripts.interpreter.inspection import inspect
from scripts.interpreter.run import Run, RunStatus, Step
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, Names, failure_of, script


def run_with(properties, *branches, catalogue=CATALOGUE, default_skill="support") -> Step:
    graph = script(
        {"begin": "BEGIN", "ask": ("REQAGENT", properties), "other": "REQAGENT"}, ["begin>ask", *branches]
    )
    return advance(Run(), graph, event=Started(default_skill=default_skill), now=NOW, catalogue=catalogue)


def findings_of(properties):
    graph = script({"begin": "BEGIN", "ask": ("REQAGENT", properties)}, ["begin>ask"])
    return [(finding.code, finding.property_name, finding.severity) for finding in inspect(graph, CATALOGUE)]


def test_without_properties_the_skill_of_the_point_of_contact_is_asked():
    step = run_with({})

    assert step.effects == (RequestAgent(action_id="ask"),)
    assert step.run.agent_requested
    assert step.status is RunStatus.ENDED
    assert step.trace[-1].values == {"skill": "support", "high_proficiency": 1, "low_proficiency": 20}


@pytest.mark.parametrize("spelling", ["Default", "default", " DEFAULT ", "", None])
def test_default_is_the_skill_of_the_point_of_contact(spelling):
    assert run_with({"skill": spelling}).effects == (RequestAgent(action_id="ask", skill=None),)


def test_every_property_reaches_the_effect():
    step = run_with(
        {
            "skill": "billing",
            "target_agent": "agent.one",
            "priority_management": "custom",
            "initial_priority": 10,
            "acceleration": 2.125,
            "max_priority": "500",
            "high_proficiency": 2,
            "low_proficiency": 7,
        }
    )

    assert step.effects == (
        RequestAgent(
            action_id="ask",
            skill="billing",
            target_agent="agent.one",
            priority=PriorityProfile(
                initial=Decimal(10), acceleration=Decimal("2.125"), maximum=Decimal(500)
            ),
            high_proficiency=2,
            low_proficiency=7,
        ),
    )
    assert step.trace[-1].values["priority_acceleration"] == "2.125"


def test_the_original_products_spelling_means_the_same():
    ours = run_with({"priority_management": "custom", "initial_priority": 3, "high_proficiency": 4})
    theirs = run_with({"PriorityManagement": "Custom", "InitialPriority": "3", "HighProficiency": "4"})
    from_skill = run_with({"PriorityManagement": "DefaultfromSkill", "InitialPriority": "3"})

    assert theirs.effects == ours.effects
    assert from_skill.effects == (RequestAgent(action_id="ask"),)


def test_custom_priority_defaults_are_those_of_the_original_product():
    effect = run_with({"priority_management": "custom"}).effects[0]

    assert effect.priority == PriorityProfile(
        initial=Decimal(0), acceleration=Decimal(1), maximum=Decimal(1000)
    )


def test_priority_values_do_not_count_unless_custom_is_chosen():
    assert run_with({"initial_priority": 900}).effects[0].priority is None
    assert findings_of({"initial_priority": 900}) == [("priority_not_custom", "initial_priority", "warning")]


@pytest.mark.parametrize(
    ("properties", "code", "name"),
    [
        ({"skill": "nobody"}, "skill_unavailable", "nobody"),
        ({"target_agent": "nobody"}, "agent_unavailable", "nobody"),
    ],
)
def test_a_missing_name_goes_to_error_or_fails_where_error_is_open(properties, code, name):
    wired = run_with(properties, "ask.error>other")
    unwired = run_with(properties)

    assert [row.branch for row in wired.trace] == ["default", "error", "default"]
    assert wired.effects == (RequestAgent(action_id="other"),)
    assert unwired.status is RunStatus.FAILED
    assert unwired.effects == ()
    assert failure_of(unwired).code == code
    assert name in str(explain(failure_of(unwired)))


def test_an_inactive_skill_of_the_point_of_contact_is_an_error_too():
    step = run_with({}, catalogue=Names())

    assert failure_of(step).code == "skill_unavailable"
    assert not step.run.agent_requested


def test_without_a_catalogue_names_are_taken_on_trust():
    assert run_with({"skill": "nobody"}, catalogue=None).effects[0].skill == "nobody"


@pytest.mark.parametrize(
    ("properties", "finding"),
    [
        ({"skill": "nobody"}, ("skill_missing", "skill", "error")),
        ({"skill": 7}, ("property_type", "skill", "error")),
        ({"skill": "x" * 31}, ("property_too_long", "skill", "error")),
        ({"target_agent": "nobody"}, ("agent_missing", "target_agent", "error")),
        ({"priority_management": "maybe"}, ("property_choice", "priority_management", "error")),
        ({"initial_priority": -1}, ("property_range", "initial_priority", "error")),
        ({"initial_priority": 1000.001}, ("property_range", "initial_priority", "error")),
        ({"acceleration": 0.0001}, ("property_decimals", "acceleration", "error")),
        ({"acceleration": True}, ("property_type", "acceleration", "error")),
        ({"max_priority": "many"}, ("property_type", "max_priority", "error")),
        ({"high_proficiency": 0}, ("property_range", "high_proficiency", "error")),
        ({"low_proficiency": 21}, ("property_range", "low_proficiency", "error")),
        ({"low_proficiency": 2.5}, ("property_decimals", "low_proficiency", "error")),
        ({"high_proficiency": 5, "low_proficiency": 4}, ("proficiency_order", "high_proficiency", "error")),
        ({"skil": "billing"}, ("property_unknown", "skil", "error")),
        ({"ZipTone": "AfterSequence"}, ("property_unused", "zip_tone", "warning")),
    ],
)
def test_each_rule_of_the_properties_is_inspected(properties, finding):
    assert findings_of(properties) == [finding]


def test_the_initial_priority_must_not_exceed_the_maximum():
    custom = {"priority_management": "custom", "initial_priority": 500.5, "max_priority": 500}

    assert findings_of(custom) == [("priority_order", "initial_priority", "error")]
    assert findings_of(custom | {"max_priority": 500.5}) == []


@pytest.mark.parametrize(
    "properties",
    [
        {"high_proficiency": 1, "low_proficiency": 1},
        {"high_proficiency": 20, "low_proficiency": 20},
        {"priority_management": "custom", "acceleration": 1000, "initial_priority": 1000},
        {"priority_management": "custom", "acceleration": 0.001, "max_priority": 0},
        {"skill": "billing", "target_agent": "agent.one"},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(properties):
    assert findings_of(properties) == []
