"""Lists of chosen fields: what a page of choices needs, without the rest."""

from __future__ import annotations

from tests.factories.agents import AgentSkillFactory
from tests.factories.skills import SkillFactory


def test_only_the_chosen_fields_are_answered(admin, people):
    SkillFactory.create(name="Support", business_unit=people.unit)
    [skill] = admin.get("/api/v1/skills?fields=name,direction").json()["results"]
    assert skill == {"name": "Support", "direction": "inbound"}


def test_children_that_are_not_shown_are_not_fetched(admin, people, django_assert_num_queries):
    for number in range(3):
        skill = SkillFactory.create(name=f"S{number}", business_unit=people.unit)
        AgentSkillFactory.create(skill=skill, agent=people.agent)
    admin.get("/api/v1/skills?fields=id")
    # Token, permissions of the user and of his groups, count, page.
    with django_assert_num_queries(5):
        page = admin.get("/api/v1/skills?fields=id,name,direction,campaign&search=s&limit=2").json()
    assert (page["count"], [skill["name"] for skill in page["results"]]) == (3, ["S0", "S1"])


def test_children_that_are_shown_are_fetched(admin, people):
    skill = SkillFactory.create(business_unit=people.unit)
    AgentSkillFactory.create(skill=skill, agent=people.agent, proficiency=3)
    [row] = admin.get("/api/v1/skills?fields=agents").json()["results"]
    assert [one["proficiency"] for one in row["agents"]] == [3]


def test_a_field_that_does_not_exist_is_refused_with_those_there_are(admin):
    answer = admin.get("/api/v1/tags?fields=name,colour")
    assert answer.status_code == 400
    assert answer.json()["fields"]["fields"][0].startswith("There is no field colour. There are: id, ")
