from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import factory

from agents.models import AgentState
from contacts.models import (
    ApiCall,
    Contact,
    ContactEvent,
    Customer,
    Draft,
    Lane,
    Message,
    MessagePart,
    Note,
    Notice,
    Participant,
    ScreenPop,
    ScriptRun,
    TraceStep,
)
from contacts.services import Incoming
from routing.matching import milli, milliseconds, queue_key
from routing.services.queueing import profile_of_skill
from skills.models import Skill
from tests.factories.agents import AgentFactory
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptVersionFactory
from tests.factories.skills import SkillFactory


def now() -> datetime:
    return datetime.now(tz=UTC)


def incoming(text: str, *, sender: str = "336", recipient: str = "1555") -> Incoming:
    """A short text of a customer."""
    return Incoming(sender, recipient, text, parts=[], provider_sent_at=None, is_incomplete=False)


class CustomerFactory(ModelFactory[Customer]):
    class Meta:
        model = Customer

    business_unit = factory.SubFactory(BusinessUnitFactory)
    address = factory.Sequence(lambda number: f"3361200{number:04}")
    e164 = factory.LazyAttribute(lambda made: f"+{made.address}")


class LaneFactory(ModelFactory[Lane]):
    """The lane of contacts with the skill's own priority."""

    class Meta:
        model = Lane
        django_get_or_create = (
            "skill",
            "acceleration_milli",
            "max_priority_milli",
            "high_proficiency",
            "low_proficiency",
            "target_agent",
            "overflows",
        )

    skill = factory.SubFactory(SkillFactory)
    acceleration_milli = factory.LazyAttribute(lambda made: milli(made.skill.acceleration))
    max_priority_milli = factory.LazyAttribute(lambda made: milli(made.skill.max_priority))
    high_proficiency = 1
    low_proficiency = 20
    target_agent = None
    overflows = False


def _key(made: Any) -> int:
    skill: Skill = made.skill
    return queue_key(profile_of_skill(skill), milliseconds(made.queued_at))


class ContactFactory(ModelFactory[Contact]):
    """A contact whose script is about to run. Traits: `queued`, `active`, `after_contact_work`, `closed`.

    An active contact counts in its agent's load, as in life.
    """

    class Meta:
        model = Contact

    class Params:
        placed = factory.Trait(
            queued_at=factory.LazyFunction(now),
            lane=factory.SubFactory(LaneFactory, skill=factory.SelfAttribute("..skill")),
            queue_key=factory.LazyAttribute(_key),
        )
        handled = factory.Trait(
            placed=True,
            agent=factory.SubFactory(AgentFactory, business_unit=factory.SelfAttribute("..business_unit")),
            accepted_at=factory.LazyFunction(now),
        )
        queued = factory.Trait(placed=True, state=Contact.State.QUEUED)
        offered = factory.Trait(placed=True, state=Contact.State.OFFERED)
        active = factory.Trait(handled=True, state=Contact.State.ACTIVE)
        after_contact_work = factory.Trait(
            handled=True, state=Contact.State.AFTER_CONTACT_WORK, ended_at=factory.LazyFunction(now)
        )
        closed = factory.Trait(
            handled=True,
            state=Contact.State.CLOSED,
            ended_at=factory.LazyFunction(now),
            closed_at=factory.LazyFunction(now),
        )

    business_unit = factory.SubFactory(BusinessUnitFactory)
    customer = factory.SubFactory(CustomerFactory, business_unit=factory.SelfAttribute("..business_unit"))
    point_of_contact = factory.SubFactory(
        PointOfContactFactory, business_unit=factory.SelfAttribute("..business_unit")
    )
    transport_code = factory.SelfAttribute("point_of_contact.transport_code")
    skill = factory.SelfAttribute("point_of_contact.skill")

    @factory.post_generation
    def load(self, create, extracted, **_values):
        _count(self)


def _count(contact: Any) -> None:
    if contact.state == Contact.State.ACTIVE:
        state = AgentState.objects.get(agent=contact.agent)
        state.load += 1
        state.slots = max(state.limit, state.load)
        state.save(update_fields=["load", "slots"])


class MessageFactory(ModelFactory[Message]):
    """A text that was received. Trait: `outbound`, a reply waiting to be sent."""

    class Meta:
        model = Message

    class Params:
        outbound = factory.Trait(
            direction=Message.Direction.OUTBOUND,
            status=Message.Status.QUEUED,
            client_ref=factory.LazyFunction(uuid.uuid4),
            from_address=factory.SelfAttribute("contact.transport_code.transport_code"),
            to_address=factory.SelfAttribute("contact.customer.address"),
        )

    contact = factory.SubFactory(ContactFactory)
    position = factory.LazyAttribute(lambda made: made.contact.messages.count() + 1)
    direction = Message.Direction.INBOUND
    status = Message.Status.RECEIVED
    transport_code = factory.SelfAttribute("contact.transport_code")
    from_address = factory.SelfAttribute("contact.customer.address")
    to_address = factory.SelfAttribute("contact.transport_code.transport_code")
    text = "Hello"


class MessagePartFactory(ModelFactory[MessagePart]):
    class Meta:
        model = MessagePart

    message = factory.SubFactory(MessageFactory)
    provider_message_id = factory.Sequence(lambda number: f"provider-{number}")


class ContactEventFactory(ModelFactory[ContactEvent]):
    class Meta:
        model = ContactEvent

    contact = factory.SubFactory(ContactFactory)
    kind = "opened"


class ApiCallFactory(ModelFactory[ApiCall]):
    class Meta:
        model = ApiCall

    contact = factory.SubFactory(ContactFactory)
    number = 2
    action_id = "call"
    method = "GET"
    url = "https://erp.example.com/"
    timeout_seconds = 5
    deadline = factory.LazyFunction(now)


class ScreenPopFactory(ModelFactory[ScreenPop]):
    class Meta:
        model = ScreenPop

    contact = factory.SubFactory(ContactFactory)
    title = "Order 7"


class ScriptRunFactory(ModelFactory[ScriptRun]):
    class Meta:
        model = ScriptRun

    contact = factory.SubFactory(ContactFactory)
    version = factory.SubFactory(ScriptVersionFactory)


class TraceStepFactory(ModelFactory[TraceStep]):
    class Meta:
        model = TraceStep

    contact = factory.SubFactory(ContactFactory)
    position = factory.LazyAttribute(lambda made: made.contact.trace_steps.count() + 1)
    action_id = "begin"
    action_type = "BEGIN"
    at = factory.LazyFunction(now)


class NoticeFactory(ModelFactory[Notice]):
    """A word to an agent that he has not read, about no contact."""

    class Meta:
        model = Notice

    agent = factory.SubFactory(AgentFactory)
    author = factory.SubFactory(UserFactory, business_unit=factory.SelfAttribute("..agent.business_unit"))
    text = "Lunch is at twelve today."


class NoteFactory(ModelFactory[Note]):
    class Meta:
        model = Note

    contact = factory.SubFactory(ContactFactory)
    author = factory.SubFactory(UserFactory)
    text = "He has called before."


class ParticipantFactory(ModelFactory[Participant]):
    """A colleague who is asked for advice."""

    class Meta:
        model = Participant

    contact = factory.SubFactory(ContactFactory)
    agent = factory.SubFactory(AgentFactory)
    asked_by = factory.SubFactory(AgentFactory)
    role = Participant.Role.CONSULTED


class DraftFactory(ModelFactory[Draft]):
    class Meta:
        model = Draft

    contact = factory.SubFactory(ContactFactory)
    agent = factory.SubFactory(AgentFactory)
    text = "I look into it"
