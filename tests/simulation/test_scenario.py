"""Scenarios are read strictly, and loads that no queue can bear are told."""

from __future__ import annotations

import pytest

from simulation.scenario import ScenarioError, read_scenario, warnings


def document(**changes):
    return {
        "hours": 10,
        "skills": [{"name": "Orders", "arrivals_per_hour": 12, "mean_handle_seconds": 240}],
        "agents": [{"count": 2, "skills": {"Orders": 1}}],
    } | changes


def skill(**changes):
    return {"name": "Orders", "arrivals_per_hour": 12, "mean_handle_seconds": 240} | changes


def group(**changes):
    return {"count": 2, "skills": {"Orders": 1}} | changes


def test_what_is_left_out_has_the_products_default():
    scenario = read_scenario(document())
    (one,) = scenario.skills
    assert (one.initial_priority, one.acceleration, one.max_priority) == (0, 1, 1000)
    assert (one.mean_patience_seconds, one.service_level_threshold_seconds) == (None, 30)
    (agents,) = scenario.agents
    assert (agents.max_concurrent_sms, agents.refusal_timeout_seconds) == (3, 45)
    assert scenario.reoffer_delay_seconds == 5


@pytest.mark.parametrize(
    ("changes", "path", "sentence"),
    [
        ({"hour": 1}, "hour", "is not a field here"),
        ({"hours": 0}, "hours", "must be above 0"),
        ({"hours": "ten"}, "hours", "must be a number"),
        ({"hours": float("nan")}, "hours", "must be a number"),
        ({"hours": True}, "hours", "must be a number"),
        ({"hours": None}, "hours", "must be a number"),
        ({"seed": 1.5}, "seed", "must be a whole number"),
        ({"warmup_hours": -1}, "warmup_hours", "must be at least 0"),
        ({"skills": []}, "skills", "must be a list with at least one entry"),
        ({"agents": {}}, "agents", "must be a list with at least one entry"),
        ({"skills": ["Orders"]}, "skills[0]", "must be an object with named fields"),
        ({"skills": [skill(name=" ")]}, "skills[0].name", "must be a text"),
        ({"skills": [skill(), skill()]}, "skills[1].name", "another skill is called 'Orders'"),
        ({"skills": [skill(color="red")]}, "skills[0].color", "is not a field here"),
        ({"skills": [skill(arrivals_per_hour=-1)]}, "skills[0].arrivals_per_hour", "must be at least 0"),
        ({"skills": [skill(mean_handle_seconds=0)]}, "skills[0].mean_handle_seconds", "must be above 0"),
        ({"skills": [skill(acceleration=1001)]}, "skills[0].acceleration", "must be at most 1000"),
        (
            {"skills": [skill(initial_priority=9, max_priority=3)]},
            "skills[0].initial_priority",
            "must not be above max_priority",
        ),
        (
            {"skills": [skill(handle_distribution="normal")]},
            "skills[0].handle_distribution",
            "must be one of constant, exponential",
        ),
        ({"skills": [skill(handle_distribution=[])]}, "skills[0].handle_distribution", "must be one of"),
        (
            {"skills": [skill(mean_patience_seconds=0)]},
            "skills[0].mean_patience_seconds",
            "must be above 0",
        ),
        ({"version": 3}, "version", "must be at most 2"),
        ({"skills": [skill(customers=0)]}, "skills[0].customers", "must be at least 1"),
        ({"skills": [skill(customers=1.5)]}, "skills[0].customers", "must be a whole number"),
        (
            {"skills": [skill(returning_agent_seconds=30)]},
            "skills[0].returning_agent_seconds",
            "nobody returns",
        ),
        ({"skills": [skill(overflow_skill="Sales")]}, "skills[0].overflow_skill", "there is no such skill"),
        ({"skills": [skill(overflow_skill="Orders")]}, "skills[0].overflow_skill", "must be another skill"),
        ({"skills": [skill(overflow_skill=7)]}, "skills[0].overflow_skill", "must be a text"),
        (
            {"skills": [skill(queue_order="luck")]},
            "skills[0].queue_order",
            "must be one of priority, service",
        ),
        (
            {"skills": [skill(queue_order="service_level", acceleration=2)]},
            "skills[0].acceleration",
            "follows from the threshold",
        ),
        (
            {"skills": [skill(queue_order="service_level", service_level_threshold_seconds=86_401)]},
            "skills[0].service_level_threshold_seconds",
            "must be at most 86400",
        ),
        (
            {"agents": [group(cool_down_after_miss_seconds=601)]},
            "agents[0].cool_down_after_miss_seconds",
            "must be at most 600",
        ),
        (
            {"agents": [group(misses_before_refused=21)]},
            "agents[0].misses_before_refused",
            "must be at most 20",
        ),
        (
            {"agents": [group(refused_after_refusal=1)]},
            "agents[0].refused_after_refusal",
            "must be true or false",
        ),
        ({"agents": [group(decline_probability=1)]}, "agents[0].decline_probability", "must be below 1"),
        ({"agents": [group(skills={})]}, "agents[0].skills", "must map names of skills to proficiencies"),
        ({"agents": [group(skills={"Orders": 21})]}, "agents[0].skills.Orders", "must be at most 20"),
        ({"agents": [group(skills={"Sales": 1})]}, "agents[0].skills.Sales", "there is no such skill"),
        ({"agents": [group(count=0)]}, "agents[0].count", "must be at least 1"),
        ({"agents": [group(max_concurrent_sms=31)]}, "agents[0].max_concurrent_sms", "must be at most 30"),
        ({"agents": [group(refuse_probability=1)]}, "agents[0].refuse_probability", "must be below 1"),
        ({"agents": [group(refuse_probability=1.1)]}, "agents[0].refuse_probability", "must be at most 1"),
        (
            {"agents": [group(answer_delay_seconds=45)]},
            "agents[0].answer_delay_seconds",
            "must be below refusal_timeout_seconds",
        ),
    ],
)
def test_what_is_wrong_is_named(changes, path, sentence):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(document(**changes))
    assert list(caught.value.fields) == [path]
    assert caught.value.fields[path].startswith(sentence)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_scenario({"skills": [{"name": "Orders"}], "agents": [group(count=-1)]})
    assert set(caught.value.fields) == {
        "hours",
        "skills[0].arrivals_per_hour",
        "skills[0].mean_handle_seconds",
        "agents[0].count",
    }


@pytest.mark.parametrize("nonsense", [None, [], "scenario", 4])
def test_a_scenario_is_an_object(nonsense):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(nonsense)
    assert caught.value.fields["scenario"] == "must be an object with named fields"


def test_a_stable_load_needs_no_word():
    assert warnings(read_scenario(document())) == []


@pytest.mark.parametrize(
    ("skills", "agents", "expected"),
    [
        ([skill(arrivals_per_hour=90)], [group()], ["'Orders' need 6.0 places of agents"]),
        ([skill(arrivals_per_hour=90, mean_patience_seconds=60)], [group()], []),
        ([skill()], [group(max_concurrent_sms=0)], ["Nobody serves 'Orders'"]),
        # Refusals take time, too: half of the offers stay unanswered for 45 s.
        ([skill(arrivals_per_hour=80)], [group(refuse_probability=0.5)], ["'Orders' need 6.3 places"]),
        # Each alone could be served, but not both.
        (
            [skill(arrivals_per_hour=60), skill(name="Sales", arrivals_per_hour=60)],
            [group(skills={"Orders": 1, "Sales": 1})],
            ["'Orders', 'Sales' need 8.0 places"],
        ),
        # What one cannot do, the colleagues of another skill cannot make up for.
        (
            [skill(arrivals_per_hour=60), skill(name="Sales", arrivals_per_hour=60)],
            [group(count=1), group(count=9, skills={"Sales": 1})],
            ["'Orders' need 4.0 places"],
        ),
    ],
)
def test_too_much_load_is_told(skills, agents, expected):
    found = warnings(read_scenario(document(skills=skills, agents=agents)))
    assert len(found) == len(expected)
    for sentence, part in zip(found, expected, strict=True):
        assert part in sentence


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"skills": [skill(customers=9)]}, "skills[0].customers"),
        ({"skills": [skill(queue_order="priority")]}, "skills[0].queue_order"),
        ({"agents": [group(misses_before_refused=1)]}, "agents[0].misses_before_refused"),
    ],
)
def test_the_first_version_knows_no_policies(changes, path):
    read_scenario(document(**changes))
    with pytest.raises(ScenarioError) as error:
        read_scenario(document(version=1, **changes))
    assert list(error.value.fields) == [path]
    assert "is not a field here" in error.value.fields[path]
    assert read_scenario(document(version=1)) == read_scenario(document())


def test_the_order_by_service_level_follows_from_the_threshold():
    order = skill(queue_order="service_level", service_level_threshold_seconds=20)
    (one,) = read_scenario(document(skills=[order])).skills
    assert (one.initial_priority, one.acceleration, one.max_priority) == (999.8, 0.6, 1000)


def test_agents_of_the_overflow_skill_bear_some_of_the_load():
    skills = [skill(arrivals_per_hour=200), skill(name="Sales")]
    agents = [group(), group(skills={"Sales": 1}, count=20)]
    assert len(warnings(read_scenario(document(skills=skills, agents=agents)))) == 1
    skills[0]["overflow_skill"] = "Sales"
    assert warnings(read_scenario(document(skills=skills, agents=agents))) == []
