"""Limits: user over team over business unit, renewed at once; accounts; proficiencies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group

from agents.facts import AgentLimitsChanged
from agents.models import Agent, AgentSkill, AgentState
from agents.selectors import Effective, Source, effective_limits
from agents.services import (
    create_agent,
    create_team,
    delete_agent,
    delete_team,
    refresh_agent_states,
    refresh_business_unit,
    set_agent_skills,
    set_skill_agents,
    update_agent,
    update_team,
)
from core import events
from core.errors import InUse, RuleBroken
from organizations.facts import BusinessUnitChanged
from organizations.models import COOL_DOWNS, User
from organizations.roles import AGENT
from organizations.services import update_business_unit
from tests.conftest import People
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.contacts import ContactFactory
from tests.factories.organizations import PASSWORD, UserFactory
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[tuple[int, ...]]]:
    """The ids in every AgentLimitsChanged, with no other room listening."""
    heard: list[tuple[int, ...]] = []
    inside, after = dict(events._inside), dict(events._after_commit)
    events.connect(
        inside={
            AgentLimitsChanged: [lambda fact: heard.append(fact.agent_ids)],
            BusinessUnitChanged: [refresh_business_unit],
        },
        after_commit={},
    )
    yield heard
    events.connect(inside=inside, after_commit=after)


def state_of(agent: Agent) -> tuple[int, int, int]:
    return AgentState.objects.values_list("limit", "slots", "refusal_timeout_seconds").get(agent=agent)


class TestLimits:
    def test_user_over_team_over_business_unit(self, people: People, told: list[tuple[int, ...]]):
        unit = people.unit
        update_business_unit(
            by=people.admin,
            instance=unit,
            default_max_concurrent_sms=2,
            default_sms_refusal_timeout_seconds=60,
        )
        agent = create_agent(by=people.admin, business_unit=unit, username="ada")
        assert state_of(agent) == (2, 2, 60)
        assert effective_limits(agent).max_concurrent_sms == Effective(2, Source.BUSINESS_UNIT)

        team = create_team(by=people.admin, business_unit=unit, name="Front", max_concurrent_sms=5)
        update_agent(by=people.admin, instance=agent, team=team)
        assert state_of(agent) == (5, 5, 60)
        assert effective_limits(agent).max_concurrent_sms == Effective(5, Source.TEAM)

        update_agent(by=people.admin, instance=agent, max_concurrent_sms=0, sms_refusal_timeout_seconds=15)
        assert state_of(agent) == (0, 0, 15)
        assert effective_limits(agent).max_concurrent_sms == Effective(0, Source.AGENT)
        assert effective_limits(agent).sms_refusal_timeout_seconds == Effective(15, Source.AGENT)
        assert effective_limits(agent).max_concurrent_chats == Effective(3, Source.BUSINESS_UNIT)

        update_agent(by=people.admin, instance=agent, max_concurrent_sms=None)
        assert state_of(agent)[0] == 5
        update_agent(by=people.admin, instance=agent, team=None)
        assert state_of(agent)[0] == 2

    def test_a_lowered_limit_lets_the_load_run_out(self, people: People, told: list[tuple[int, ...]]):
        for _number in range(2):
            ContactFactory.create(business_unit=people.unit, active=True, agent=people.agent)
        update_agent(by=people.admin, instance=people.agent, max_concurrent_sms=1)
        assert state_of(people.agent)[:2] == (1, 2)

    def test_the_default_of_the_unit_reaches_all_who_inherit(
        self, people: People, told: list[tuple[int, ...]]
    ):
        own = AgentFactory.create(business_unit=people.unit, max_concurrent_sms=7)
        stranger = AgentFactory.create()
        update_business_unit(by=people.admin, instance=people.unit, default_max_concurrent_sms=9)
        assert (state_of(people.agent)[0], state_of(own)[0], state_of(stranger)[0]) == (9, 7, 3)
        assert told == [tuple(sorted([people.agent.pk, own.pk]))]

    def test_the_name_of_the_unit_is_nobodys_limit(self, people: People, told: list[tuple[int, ...]]):
        update_business_unit(by=people.admin, instance=people.unit, name="Renamed")
        assert told == []

    def test_a_teams_limit_reaches_its_members(self, people: People, told: list[tuple[int, ...]]):
        team = TeamFactory.create(business_unit=people.unit)
        member = AgentFactory.create(business_unit=people.unit, team=team)
        update_team(by=people.admin, instance=team, max_concurrent_sms=4)
        assert state_of(member) == (4, 4, 45)
        assert state_of(people.agent) == (3, 3, 45)
        update_team(by=people.admin, instance=team, name="Renamed")
        assert told == [(member.pk,)]

    def test_sql_and_selector_agree(self, people: People, told: list[tuple[int, ...]]):
        agents = [
            AgentFactory.create(
                business_unit=people.unit,
                team=None
                if team is False
                else TeamFactory.create(business_unit=people.unit, max_concurrent_sms=team),
                max_concurrent_sms=own,
                sms_refusal_timeout_seconds=timeout,
            )
            for team in (False, None, 0, 6)
            for own in (None, 0, 4)
            for timeout in (None, 15)
        ]
        AgentState.objects.update(limit=30, slots=30, refusal_timeout_seconds=299)
        refresh_agent_states([agent.pk for agent in agents])
        for agent in agents:
            expected = effective_limits(agent)
            limit = expected.max_concurrent_sms.value
            assert state_of(agent) == (limit, limit, expected.sms_refusal_timeout_seconds.value)

    @pytest.mark.parametrize("name", COOL_DOWNS)
    def test_cool_downs_are_those_of_user_over_team_over_business_unit(
        self, people: People, told: list[tuple[int, ...]], name: str
    ):
        agent = people.agent

        def holds() -> tuple[Effective, int]:
            found = Agent.objects.select_related("business_unit", "team").get(pk=agent.pk)
            state = AgentState.objects.values_list(name, flat=True).get(agent=agent)
            return getattr(effective_limits(found), name), state

        update_business_unit(by=people.admin, instance=people.unit, **{name: 20})
        assert holds() == (Effective(20, Source.BUSINESS_UNIT), 20)
        team = create_team(by=people.admin, business_unit=people.unit, name="Front", **{name: 0})
        update_agent(by=people.admin, instance=agent, team=team)
        assert holds() == (Effective(0, Source.TEAM), 0)
        update_team(by=people.admin, instance=team, **{name: 90})
        assert holds() == (Effective(90, Source.TEAM), 90)
        update_agent(by=people.admin, instance=agent, **{name: 600})
        assert holds() == (Effective(600, Source.AGENT), 600)
        update_agent(by=people.admin, instance=agent, **{name: None}, team=None)
        assert holds() == (Effective(20, Source.BUSINESS_UNIT), 20)
        for instance, update in ((agent, update_agent), (team, update_team)):
            with pytest.raises(RuleBroken) as caught:
                update(by=people.admin, instance=instance, **{name: 601})
            assert list(caught.value.fields) == [name]

    @pytest.mark.parametrize("seconds", [14, 301, -1])
    def test_the_refusal_timeout_has_a_range(self, people: People, seconds: int):
        with pytest.raises(RuleBroken) as caught:
            update_agent(by=people.admin, instance=people.agent, sms_refusal_timeout_seconds=seconds)
        assert "sms_refusal_timeout_seconds" in caught.value.fields


class TestAccounts:
    def test_a_new_account_is_an_agents(self, people: People, told: list[tuple[int, ...]]):
        skill = SkillFactory.create(business_unit=people.unit)
        agent = create_agent(
            by=people.admin,
            business_unit=people.unit,
            username="ada",
            first_name="Ada",
            password=PASSWORD,
            skills=[(skill, 3)],
            max_concurrent_sms=8,
        )
        assert agent.user.check_password(PASSWORD)
        assert not agent.user.is_staff
        assert list(agent.user.groups.all()) == [Group.objects.get(name=AGENT)]
        assert list(agent.agent_skills.values_list("skill", "proficiency")) == [(skill.pk, 3)]
        assert state_of(agent)[0] == 8
        assert agent.state.status == AgentState.Status.UNAVAILABLE
        assert told == [(agent.pk,)]

    def test_without_a_password_nobody_signs_in(self, people: People):
        agent = create_agent(by=people.admin, business_unit=people.unit, username="ada")
        assert not agent.user.has_usable_password()

    def test_a_weak_password_is_refused(self, people: People):
        with pytest.raises(RuleBroken) as caught:
            create_agent(by=people.admin, business_unit=people.unit, username="ada", password="12345")
        assert len(caught.value.fields["password"]) >= 2
        assert not User.objects.filter(username="ada").exists()

    def test_an_account_that_exists_is_used_as_it_is(self, people: People):
        user = UserFactory.create(business_unit=people.unit, first_name="Grace")
        agent = create_agent(
            by=people.admin, business_unit=people.unit, username=user.username, first_name="X"
        )
        user.refresh_from_db()
        assert (agent.user, user.first_name) == (user, "Grace")
        assert user.check_password(PASSWORD)

    def test_strangers_and_agents_cannot_be_taken(self, people: People):
        for username in (people.stranger.username, people.agent.user.username):
            with pytest.raises(RuleBroken) as caught:
                create_agent(by=people.admin, business_unit=people.unit, username=username)
            assert caught.value.fields.keys() == {"username"}

    @pytest.mark.parametrize("username", ["", "a b", "x" * 151])
    def test_a_user_name_that_cannot_be(self, people: People, username: str):
        with pytest.raises(RuleBroken) as caught:
            create_agent(by=people.admin, business_unit=people.unit, username=username)
        assert caught.value.fields.keys() == {"username"}

    def test_nothing_is_left_of_a_refused_agent(self, people: People):
        with pytest.raises(RuleBroken):
            create_agent(by=people.admin, business_unit=people.unit, username="ada", max_concurrent_sms=31)
        assert not User.objects.filter(username="ada").exists()

    def test_names_belong_to_the_account(self, people: People, told: list[tuple[int, ...]]):
        update_agent(by=people.admin, instance=people.agent, first_name="New", password=PASSWORD + "!")
        user = User.objects.get(pk=people.agent.user_id)
        assert user.first_name == "New"
        assert user.check_password(PASSWORD + "!")
        assert told == []

    def test_deactivating_is_told(self, people: People, told: list[tuple[int, ...]]):
        update_agent(by=people.admin, instance=people.agent, is_active=False)
        assert told == [(people.agent.pk,)]

    def test_deleting(self, people: People):
        busy = AgentFactory.create(business_unit=people.unit)
        ContactFactory.create(business_unit=people.unit, active=True, agent=busy)
        with pytest.raises(InUse, match="contact"):
            delete_agent(by=people.admin, instance=busy)
        delete_agent(by=people.admin, instance=people.agent)
        assert not Agent.objects.filter(user=people.agent.user_id).exists()
        assert User.objects.filter(pk=people.agent.user_id).exists()
        team = TeamFactory.create(business_unit=people.unit)
        member = AgentFactory.create(business_unit=people.unit, team=team)
        with pytest.raises(InUse, match=member.user.username):
            delete_team(by=people.admin, instance=team)


class TestProficiencies:
    def test_skills_are_replaced_wholly_and_only_changes_written(
        self, people: People, told: list[tuple[int, ...]]
    ):
        one, two, three = SkillFactory.create_batch(3, business_unit=people.unit)
        set_agent_skills(by=people.admin, agent=people.agent, skills=[(one, 1), (two, 20)])
        kept = AgentSkill.objects.get(agent=people.agent, skill=two)
        set_agent_skills(by=people.admin, agent=people.agent, skills=[(two, 20), (three, 5)])
        rows = people.agent.agent_skills.order_by("skill").values_list("skill", "proficiency")
        assert list(rows) == [(two.pk, 20), (three.pk, 5)]
        assert AgentSkill.objects.get(agent=people.agent, skill=two).pk == kept.pk
        assert told == [(people.agent.pk,)] * 2

    def test_agents_of_a_skill(self, people: People, told: list[tuple[int, ...]]):
        skill = SkillFactory.create(business_unit=people.unit)
        one, two = AgentFactory.create_batch(2, business_unit=people.unit)
        set_skill_agents(by=people.admin, skill=skill, agents=[(one, 1), (two, 2)])
        told.clear()
        set_skill_agents(by=people.admin, skill=skill, agents=[(two, 3), (people.agent, 4)])
        assert dict(skill.agent_skills.values_list("agent", "proficiency")) == {
            two.pk: 3,
            people.agent.pk: 4,
        }
        assert told == [tuple(sorted([one.pk, two.pk, people.agent.pk]))]
        told.clear()
        set_skill_agents(by=people.admin, skill=skill, agents=[(two, 3), (people.agent, 4)])
        assert told == []

    @pytest.mark.parametrize("proficiency", [0, 21, -1])
    def test_proficiency_has_a_range(self, people: People, proficiency: int):
        skill = SkillFactory.create(business_unit=people.unit)
        with pytest.raises(RuleBroken) as caught:
            set_agent_skills(by=people.admin, agent=people.agent, skills=[(skill, proficiency)])
        assert caught.value.fields.keys() == {"skills"}
        with pytest.raises(RuleBroken) as caught:
            set_skill_agents(by=people.admin, skill=skill, agents=[(people.agent, proficiency)])
        assert caught.value.fields.keys() == {"agents"}
        assert not AgentSkill.objects.exists()

    def test_twice_the_same_is_a_mistake(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        with pytest.raises(RuleBroken, match="twice"):
            set_agent_skills(by=people.admin, agent=people.agent, skills=[(skill, 1), (skill, 2)])

    def test_only_within_the_business_unit(self, people: People):
        foreign = SkillFactory.create()
        with pytest.raises(RuleBroken, match="another business unit"):
            set_agent_skills(by=people.admin, agent=people.agent, skills=[(foreign, 1)])
        with pytest.raises(RuleBroken, match="another business unit"):
            set_skill_agents(by=people.admin, skill=foreign, agents=[(people.agent, 1)])
        with pytest.raises(RuleBroken, match="another business unit"):
            update_agent(by=people.admin, instance=people.agent, team=TeamFactory.create())
