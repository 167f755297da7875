"""Phones that exist only in the browser. Their texts go the way of every provider's."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Message
from core.errors import RuleBroken
from core.phone import AddressKind, normalise_address
from core.text import split_parts
from messaging.services.intake import store_delivery
from organizations.models import User
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import WebhookRequest
from sms_registrations.providers.registry import get_provider

SHOWN = 200


def numbers_to_text(user: User) -> list[SmsRegistration]:
    """The Simulator numbers that a phone of this user can text."""
    registrations = SmsRegistration.objects.filter(
        provider=SmsRegistration.Provider.SIMULATOR, is_active=True
    )
    if not user.is_superuser:
        registrations = registrations.filter(business_unit_id=user.business_unit_id)
    return list(registrations.order_by("transport_code", "id"))


def _registration(user: User, transport_code: str) -> SmsRegistration:
    wanted = normalise_address(transport_code).raw
    for registration in numbers_to_text(user):
        if registration.transport_code == wanted:
            return registration
    message = _("Choose one of the Simulator numbers.")
    raise RuleBroken(message, fields={"to": [message]})


def _own_number(raw: str) -> str:
    address = normalise_address(raw)
    if not address.raw or address.kind is AddressKind.ALPHANUMERIC:
        message = _("Enter a phone number with its country code, such as +33 6 12 34 56 78.")
        raise RuleBroken(message, fields={"from": [message]})
    return address.raw


def send_text(*, user: User, sender: str, recipient: str, text: str) -> str:
    """Text one of our numbers from a phone; long texts arrive in parts, as from a real network.

    Returns the id of the text. Raises RuleBroken.
    """
    registration = _registration(user, recipient)
    own = _own_number(sender)
    if not text.strip():
        message = _("Write a text first.")
        raise RuleBroken(message, fields={"text": [message]})
    provider = get_provider(registration.provider)
    reference = uuid.uuid4().hex
    parts = split_parts(text)
    for number, part in enumerate(parts, start=1):
        fields: dict[str, Any] = {
            "from": own,
            "to": registration.transport_code,
            "text": part,
            "messageId": reference if len(parts) == 1 else f"{reference}-{number}",
        }
        if len(parts) > 1:
            fields |= {"concat-ref": reference[:8], "concat-total": len(parts), "concat-part": number}
        request = WebhookRequest("POST", "application/json", body=json.dumps(fields).encode())
        payload = provider.read(request)
        if payload is not None:
            store_delivery(registration=registration, provider=provider, payload=payload)
    return reference


def texts_of(*, user: User, sender: str, recipient: str, after: int) -> list[dict[str, Any]]:
    """What a phone shows: what it sent and what it got, oldest first."""
    registration = _registration(user, recipient)
    on_phone = ("received", "sent", "delivered")
    messages = (
        Message.objects.filter(
            transport_code=registration,
            contact__customer__address=_own_number(sender),
            status__in=on_phone,
            pk__gt=after,
        )
        .order_by("-id")
        .only("id", "direction", "text", "status", "created_at")[:SHOWN]
    )
    return [
        {
            "id": message.pk,
            "direction": "sent" if message.direction == Message.Direction.INBOUND else "received",
            "text": message.text,
            "status": message.status,
            "status_label": message.get_status_display(),
            "created_at": message.created_at.isoformat(),
        }
        for message in reversed(messages)
    ]
