from __future__ import annotations

from datetime import UTC, datetime

import factory

from agents.models import Agent, AgentSkill, AgentState, AgentStateChange, Team
from agents.selectors import effective_limits
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.skills import SkillFactory


class TeamFactory(ModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda number: f"Team {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)


class AgentFactory(ModelFactory[Agent]):
    """An agent with his state row. Options: `available=True`, `skills=[(skill, proficiency), …]`."""

    class Meta:
        model = Agent

    business_unit = factory.SubFactory(BusinessUnitFactory)
    user = factory.SubFactory(UserFactory, business_unit=factory.SelfAttribute("..business_unit"))

    @factory.post_generation
    def available(self, create, extracted, **_values):
        statuses = AgentState.Status
        AgentStateFactory.create(agent=self, status=statuses.AVAILABLE if extracted else statuses.UNAVAILABLE)

    @factory.post_generation
    def skills(self, create, extracted, **_values):
        for skill, proficiency in extracted or ():
            AgentSkillFactory.create(agent=self, skill=skill, proficiency=proficiency)


class AgentStateFactory(ModelFactory[AgentState]):
    """The state of an agent, with the limits that hold for him."""

    class Meta:
        model = AgentState

    agent = factory.LazyFunction(lambda: _agent_without_state())
    limit = factory.LazyAttribute(lambda made: effective_limits(made.agent).max_concurrent_sms.value)
    slots = factory.SelfAttribute("limit")
    is_active = factory.LazyAttribute(lambda made: made.agent.is_active)
    cool_down_after_accept_seconds = factory.LazyAttribute(
        lambda made: effective_limits(made.agent).cool_down_after_accept_seconds.value
    )
    cool_down_after_refusal_seconds = factory.LazyAttribute(
        lambda made: effective_limits(made.agent).cool_down_after_refusal_seconds.value
    )
    cool_down_after_miss_seconds = factory.LazyAttribute(
        lambda made: effective_limits(made.agent).cool_down_after_miss_seconds.value
    )
    cool_down_after_contact_seconds = factory.LazyAttribute(
        lambda made: effective_limits(made.agent).cool_down_after_contact_seconds.value
    )
    refusal_timeout_seconds = factory.LazyAttribute(
        lambda made: effective_limits(made.agent).sms_refusal_timeout_seconds.value
    )


def _agent_without_state() -> Agent:
    unit = BusinessUnitFactory.create()
    return Agent.objects.create(user=UserFactory.create(business_unit=unit), business_unit=unit)


class AgentSkillFactory(ModelFactory[AgentSkill]):
    class Meta:
        model = AgentSkill

    agent = factory.SubFactory(AgentFactory)
    skill = factory.SubFactory(SkillFactory, business_unit=factory.SelfAttribute("..agent.business_unit"))
    proficiency = 10


class AgentStateChangeFactory(ModelFactory[AgentStateChange]):
    """A stretch that is over; the one that an agent is in is written by the database."""

    class Meta:
        model = AgentStateChange

    agent = factory.SubFactory(AgentFactory)
    status = AgentState.Status.AVAILABLE
    since = datetime(2026, 3, 2, 9, tzinfo=UTC)
    until = datetime(2026, 3, 2, 10, tzinfo=UTC)
