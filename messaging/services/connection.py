"""Tests the connection of a registration: sends a real text and says what became of it."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from contacts.models import Customer
from core.configuration import rule_broken
from core.errors import Text
from core.hints import OUTBOUND, hint_work
from core.phone import AddressKind, normalise_address
from messaging.models import SendWindow
from messaging.services import opt_outs
from messaging.services.outbox import gateway_of
from organizations.models import User
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import OutgoingText, SendKind
from sms_registrations.providers.registry import get_provider

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What came of a test text: `reason` in words if the provider did not take it, `advice` what to do."""

    is_accepted: bool
    is_uncertain: bool = False
    reason: Text = ""
    advice: Text = ""


def try_connection(*, by: User, registration: SmsRegistration, to: str, text: str) -> ConnectionTest:
    """Send one text by the registration's own way to the provider, at once and once.

    It belongs to no contact, so its receipt finds no message. If the provider takes it, a pause that an
    earlier refusal of the account has caused is over. Raises RuleBroken for a number that cannot be texted
    and for one that has opted out.
    """
    recipient = _recipient(registration, to)
    outcome = gateway_of(registration).send(
        OutgoingText(
            sender=registration.transport_code,
            to=recipient,
            text=text,
            client_ref=str(uuid.uuid4()),
            receipt_url=registration.status_webhook_url,
        )
    )
    logger.info(
        "connection_tested",
        extra={
            "registration_id": registration.pk,
            "user_id": by.pk,
            "outcome": outcome.kind.value,
            "codes": list(outcome.status_codes),
        },
    )
    if outcome.kind is SendKind.ACCEPTED:
        _end_pause(registration)
        return ConnectionTest(is_accepted=True)
    return ConnectionTest(
        is_accepted=False,
        is_uncertain=outcome.kind in (SendKind.AMBIGUOUS, SendKind.PARTIAL),
        reason=outcome.reason,
        advice=get_provider(registration.provider).advise(outcome.reason_code),
    )


def _recipient(registration: SmsRegistration, to: str) -> str:
    address = normalise_address(to, region=registration.country or None)
    if not address.raw or address.kind is AddressKind.ALPHANUMERIC:
        raise rule_broken(
            {"to": [_("Enter a phone number with its country code, such as +33 6 12 34 56 78.")]}
        )
    customer = Customer.objects.filter(
        business_unit_id=registration.business_unit_id, address=address.raw
    ).first()
    if customer and opt_outs.is_opted_out(registration_id=registration.pk, customer_id=customer.pk):
        raise rule_broken({"to": [_("This number has opted out of texts from this registration.")]})
    return address.raw


def _end_pause(registration: SmsRegistration) -> None:
    ended = SendWindow.objects.filter(pk=registration.pk, paused_until__isnull=False).update(
        paused_until=None, pause_reason=""
    )
    if ended:
        hint_work(f"{OUTBOUND}:{registration.pk}")
