from __future__ import annotations

from datetime import timedelta

import factory

from messaging.models import Assembly, AssemblyPart, Delivery, OptOut, SendWindow
from tests.factories.base import ModelFactory
from tests.factories.contacts import CustomerFactory, now
from tests.factories.sms_registrations import SmsRegistrationFactory


class DeliveryFactory(ModelFactory[Delivery]):
    """A webhook call that is stored and not processed yet."""

    class Meta:
        model = Delivery

    registration = factory.SubFactory(SmsRegistrationFactory, nexmo=True)
    kind = Delivery.Kind.INBOUND
    dedup_key = factory.Sequence(lambda number: f"id:{number}")
    serial_key = 1
    fields = factory.LazyAttributeSequence(
        lambda made, number: {
            "msisdn": "33612000000",
            "to": made.registration.transport_code,
            "messageId": f"{number:016X}",
            "text": "Hello",
            "type": "text",
        }
    )


class AssemblyFactory(ModelFactory[Assembly]):
    class Meta:
        model = Assembly

    registration = factory.SubFactory(SmsRegistrationFactory, nexmo=True)
    sender = "33612000000"
    reference = factory.Sequence(str)
    total = 2
    started_at = factory.LazyFunction(now)
    deliver_at = factory.LazyAttribute(lambda made: made.started_at + timedelta(seconds=30))
    serial_key = 1


class AssemblyPartFactory(ModelFactory[AssemblyPart]):
    class Meta:
        model = AssemblyPart

    assembly = factory.SubFactory(AssemblyFactory)
    number = factory.LazyAttribute(lambda made: made.assembly.parts.count() + 1)
    provider_message_id = factory.Sequence(lambda number: f"part-{number}")
    text = "Hello "


class OptOutFactory(ModelFactory[OptOut]):
    class Meta:
        model = OptOut

    registration = factory.SubFactory(SmsRegistrationFactory)
    customer = factory.SubFactory(
        CustomerFactory, business_unit=factory.SelfAttribute("..registration.business_unit")
    )
    keyword = "stop"
    opted_out_at = factory.LazyFunction(now)


class SendWindowFactory(ModelFactory[SendWindow]):
    class Meta:
        model = SendWindow

    registration = factory.SubFactory(SmsRegistrationFactory)
