"""One number of the provider, as the provider and its customers see it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from contacts.models import Contact, Message
from core.clock import database_now
from messaging.models import Assembly, Delivery
from messaging.services import inbound
from messaging.webhooks import forget_registrations
from organizations.models import BusinessUnit
from points_of_contact.models import PointOfContact
from sms_registrations.models import SmsRegistration
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

CUSTOMER = "33612345678"


@dataclass
class Line:
    """A registration with a point of contact. `commits` runs what the product does after a commit."""

    commits: Callable[..., AbstractContextManager[Any]]
    unit: BusinessUnit = field(default_factory=BusinessUnitFactory.create)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        forget_registrations()
        self.registration: SmsRegistration = SmsRegistrationFactory.create(
            business_unit=self.unit, nexmo=True
        )
        self.point_of_contact: PointOfContact = PointOfContactFactory.create(
            business_unit=self.unit, transport_code=self.registration
        )
        # Nothing is exempt from CSRF here that is not exempt in life.
        self.client = Client(enforce_csrf_checks=True)

    def url(self, kind: str = "inbound", token: str | None = None) -> str:
        return f"/webhooks/nexmo/{token or self.registration.webhook_token}/{kind}"

    def post(self, fields: dict[str, Any], kind: str = "inbound") -> HttpResponse:
        return self.client.post(self.url(kind), json.dumps(fields), content_type="application/json")

    def fields(self, text: str, *, sender: str = CUSTOMER, **more: Any) -> dict[str, Any]:
        return {
            "msisdn": sender,
            "to": self.registration.transport_code,
            "messageId": f"0B{next(self.numbers):014X}",
            "text": text,
            "type": "text",
            "message-timestamp": "2026-11-23 09:15:00",
            **more,
        }

    def deliver(self, text: str, *, sender: str = CUSTOMER, **more: Any) -> None:
        """The provider calls the webhook."""
        assert self.post(self.fields(text, sender=sender, **more)).status_code == 200

    def receive(self, text: str, *, sender: str = CUSTOMER, **more: Any) -> Message:
        """The provider calls, a worker processes: the message that came of it."""
        self.deliver(text, sender=sender, **more)
        self.process()
        message = Message.objects.filter(direction=Message.Direction.INBOUND).order_by("id").last()
        assert message is not None
        return message

    def part(self, text: str, number: int, *, total: int, reference: str = "7", **more: Any) -> None:
        concat = {"concat": "true", "concat-ref": reference, "concat-total": str(total)}
        self.deliver(text, **concat, **{"concat-part": str(number)}, **more)

    def report(self, **fields: Any) -> None:
        """The provider delivers a receipt."""
        receipt = {
            "msisdn": CUSTOMER,
            "to": self.registration.transport_code,
            "message-timestamp": "2026-11-23 09:16:00",
            **fields,
        }
        assert self.post(receipt, "status").status_code == 200

    def process(self) -> int:
        with self.commits():
            return inbound.process_deliveries()

    def make_everything_due(self) -> None:
        """Moves what waits for a later try, or for missing parts, into the past."""
        past = database_now() - timedelta(seconds=1)
        Delivery.objects.filter(processed_at=None).update(try_after=past)
        Assembly.objects.filter(is_complete=False, message=None).update(deliver_at=past)

    def deliver_incomplete(self) -> int:
        with self.commits():
            return inbound.deliver_incomplete()


def only_contact() -> Contact:
    return Contact.objects.get()


def texts(contact: Contact, direction: str = "inbound") -> list[str]:
    return list(
        contact.messages.filter(direction=direction).order_by("position").values_list("text", flat=True)
    )


def close(contact: Contact) -> None:
    now = database_now()
    Contact.objects.filter(pk=contact.pk).update(
        state=Contact.State.CLOSED, closed_at=now, ended_at=now, agent=None
    )
