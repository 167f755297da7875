from __future__ import annotations

from datetime import timedelta

import factory

from routing.models import Decision, Offer, ReadyAgent, Refusal
from tests.factories.agents import AgentFactory, AgentSkillFactory
from tests.factories.base import ModelFactory
from tests.factories.contacts import ContactFactory, now


class OfferFactory(ModelFactory[Offer]):
    """A pending offer that expires in 45 seconds. Trait: `expired` (settled)."""

    class Meta:
        model = Offer

    class Params:
        expired = factory.Trait(state=Offer.State.EXPIRED, settled_at=factory.LazyFunction(now))

    contact = factory.SubFactory(ContactFactory, offered=True)
    agent = factory.SubFactory(
        AgentFactory, business_unit=factory.SelfAttribute("..contact.business_unit"), available=True
    )
    skill = factory.SelfAttribute("contact.skill")
    offered_at = factory.LazyFunction(now)
    expires_at = factory.LazyAttribute(lambda made: made.offered_at + timedelta(seconds=45))


class ReadyAgentFactory(ModelFactory[ReadyAgent]):
    class Meta:
        model = ReadyAgent

    class Params:
        ability = factory.SubFactory(AgentSkillFactory)

    agent = factory.SelfAttribute("ability.agent")
    skill = factory.SelfAttribute("ability.skill")
    proficiency = factory.SelfAttribute("ability.proficiency")
    idle_since = factory.LazyFunction(now)


class RefusalFactory(ModelFactory[Refusal]):
    class Meta:
        model = Refusal

    contact = factory.SubFactory(ContactFactory, queued=True)
    agent = factory.SubFactory(AgentFactory, business_unit=factory.SelfAttribute("..contact.business_unit"))
    refused_at = factory.LazyFunction(now)


class DecisionFactory(ModelFactory[Decision]):
    class Meta:
        model = Decision

    offer = factory.SubFactory(OfferFactory)
    contact = factory.SelfAttribute("offer.contact")
    at = factory.LazyFunction(now)
    contacts_considered = factory.LazyFunction(list)
    agents_considered = factory.LazyFunction(list)
