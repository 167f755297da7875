from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factory

from reporting.models import (
    AgentDay,
    AgentInterval,
    ContactLine,
    ContactPath,
    ContactShare,
    OutcomeInterval,
    PathInterval,
    Plan,
    Report,
    RollUp,
    SkillInterval,
    SkillRule,
    Stint,
)
from tests.factories.agents import AgentFactory
from tests.factories.base import ModelFactory
from tests.factories.contacts import ContactFactory, now
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.skills import SkillFactory

SLOT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class RollUpFactory(ModelFactory[RollUp]):
    class Meta:
        model = RollUp

    name = factory.Sequence(lambda number: f"figures {number}")
    horizon = 1


class SkillRuleFactory(ModelFactory[SkillRule]):
    class Meta:
        model = SkillRule

    skill = factory.SubFactory(SkillFactory)
    since = SLOT
    threshold_seconds = 30
    short_abandon_enabled = False
    short_abandon_seconds = 15


class ContactShareFactory(ModelFactory[ContactShare]):
    class Meta:
        model = ContactShare

    contact = factory.SubFactory(ContactFactory)
    skill = factory.SelfAttribute("contact.skill")
    slot = SLOT


class SkillIntervalFactory(ModelFactory[SkillInterval]):
    class Meta:
        model = SkillInterval

    skill = factory.SubFactory(SkillFactory)
    slot = SLOT


class AgentIntervalFactory(ModelFactory[AgentInterval]):
    class Meta:
        model = AgentInterval

    agent = factory.SubFactory(AgentFactory)
    slot = SLOT


class AgentDayFactory(ModelFactory[AgentDay]):
    class Meta:
        model = AgentDay

    agent = factory.SubFactory(AgentFactory)
    day = SLOT.date()


class OutcomeIntervalFactory(ModelFactory[OutcomeInterval]):
    class Meta:
        model = OutcomeInterval

    skill = factory.SubFactory(SkillFactory)
    slot = SLOT


class ContactPathFactory(ModelFactory[ContactPath]):
    class Meta:
        model = ContactPath

    contact = factory.SubFactory(ContactFactory)
    point_of_contact = factory.SelfAttribute("contact.point_of_contact")
    slot = SLOT
    outcome = "answered"
    actions = ["begin"]
    branches = [""]
    ms = [0]


class PathIntervalFactory(ModelFactory[PathInterval]):
    class Meta:
        model = PathInterval

    point_of_contact = factory.SubFactory(PointOfContactFactory)
    slot = SLOT
    position = 1
    action = "begin"
    target = "=answered"


class StintFactory(ModelFactory[Stint]):
    class Meta:
        model = Stint

    contact = factory.SubFactory(ContactFactory)
    agent = factory.SubFactory(AgentFactory, business_unit=factory.SelfAttribute("..contact.business_unit"))
    began_at = SLOT
    free_at = SLOT + timedelta(minutes=5)


class ContactLineFactory(ModelFactory[ContactLine]):
    class Meta:
        model = ContactLine

    contact = factory.SubFactory(ContactFactory)
    business_unit = factory.SelfAttribute("contact.business_unit")
    customer = factory.SelfAttribute("contact.customer")
    skill = factory.SelfAttribute("contact.skill")
    direction = "inbound"
    outcome = ContactLine.Outcome.OPEN
    opened_at = factory.LazyFunction(now)
    words = ""


class ReportFactory(ModelFactory[Report]):
    class Meta:
        model = Report

    business_unit = factory.SubFactory(BusinessUnitFactory)
    owner = factory.SubFactory(UserFactory, business_unit=factory.SelfAttribute("..business_unit"))
    name = factory.Sequence(lambda number: f"Report {number}")
    kind = "service-level"


class PlanFactory(ModelFactory[Plan]):
    class Meta:
        model = Plan

    business_unit = factory.SubFactory(BusinessUnitFactory)
    owner = factory.SubFactory(UserFactory, business_unit=factory.SelfAttribute("..business_unit"))
    name = factory.Sequence(lambda number: f"Plan {number}")
    first = SLOT.date()
    last = SLOT.date()
