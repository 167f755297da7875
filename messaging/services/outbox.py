"""Sends queued texts: one registration at a time at its own pace, replies first, each at most once.

A text is marked as being sent in a transaction of its own before anything is written to the provider. After a
crash in between nobody knows whether the provider has it, so it becomes UNKNOWN and is never sent again by
itself (docs/decisions: sending at most once).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from contacts.models import Message, MessagePart
from contacts.services import publish_message_changed, record_event
from core import shards, sql
from core.clock import database_now
from core.failures import describe, is_deadlock
from core.hints import OUTBOUND, TURN_SECONDS, hint_work
from messaging.models import SendWindow
from messaging.services import opt_outs
from messaging.services.intake import credentials_of, store_known_receipts
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import (
    Credentials,
    Gateway,
    OutgoingText,
    SendKind,
    SendOutcome,
)
from sms_registrations.providers.registry import get_provider

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
PAUSE = timedelta(seconds=60)
LOST_AFTER = timedelta(seconds=90)
"""A text that is being sent for so long has lost its sender: no time-out of the client is as long."""

OPTED_OUT = "opted_out"
GIVEN_UP = "given_up"
SENDER_DIED = "sender_died"

REASONS = {
    OPTED_OUT: gettext_noop("The customer has opted out of messages from this number."),
    GIVEN_UP: gettext_noop("The provider could not be reached for too long."),
    SENDER_DIED: gettext_noop("The sending was interrupted: it is not known whether the text went out."),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The next text to send, or when to look again (None: when there is something new)."""

    message_id: int | None = None
    look_again_at: datetime | None = None


# An earlier unsent text of the same contact goes first, so a conversation never changes its order.
_NEXT = """
SELECT m.id FROM contacts_message m
 WHERE m.status = 'queued' AND m.transport_code_id = %(registration)s AND m.send_after <= %(now)s
   AND NOT EXISTS (
       SELECT 1 FROM contacts_message e
        WHERE e.contact_id = m.contact_id AND e.id < m.id AND e.status IN ('queued', 'sending'))
 ORDER BY m.priority, m.id
 LIMIT 1 FOR NO KEY UPDATE OF m SKIP LOCKED
"""


@transaction.atomic
def claim_next(*, registration_id: int) -> Claim:
    """Take a token of the registration's bucket and mark the next text as being sent."""
    registration = SmsRegistration.objects.only("messages_per_second").get(pk=registration_id)
    SendWindow.objects.get_or_create(registration_id=registration_id, defaults={"next_at": database_now()})
    window = SendWindow.objects.select_for_update(no_key=True).get(pk=registration_id)
    now = database_now()
    opens_at = max(window.next_at, window.paused_until or window.next_at)
    found = sql.row(_NEXT, {"registration": registration_id, "now": now})
    if found is None:
        return Claim(look_again_at=_next_due(registration_id))
    if opens_at > now:
        return Claim(look_again_at=opens_at)
    window.next_at = now + timedelta(seconds=1 / float(registration.messages_per_second))
    window.save(update_fields=["next_at"])
    Message.objects.filter(pk=found[0]).update(
        status=Message.Status.SENDING, sending_since=now, attempts=F("attempts") + 1
    )
    return Claim(message_id=found[0])


def _next_due(registration_id: int) -> datetime | None:
    found = sql.row(
        "SELECT min(send_after) FROM contacts_message "
        "WHERE status = 'queued' AND transport_code_id = %s AND send_after > clock_timestamp()",
        [registration_id],
    )
    return found[0] if found else None


@lru_cache(maxsize=256)
def _gateway(provider: str, credentials: Credentials) -> Gateway:
    """One client per account and process: it keeps its connections."""
    base_url = settings.VONAGE_REST_URL if provider == "nexmo" else ""
    return get_provider(provider).gateway(credentials, base_url)


def gateway_of(registration: SmsRegistration) -> Gateway:
    """The way to the provider for the texts of one registration."""
    return _gateway(registration.provider, credentials_of(registration))


def send_message(*, message_id: int) -> None:
    """Hand a claimed text to the provider and record what came of it."""
    with transaction.atomic():
        message = Message.objects.select_related("contact__customer", "transport_code__business_unit").get(
            pk=message_id, status=Message.Status.SENDING
        )
        registration, customer_id = message.transport_code, message.contact.customer_id
        # Held while the provider is called: a STOP waits, so nothing is submitted after it is recorded.
        opt_outs.lock_pair(registration_id=registration.pk, customer_id=customer_id, exclusive=False)
        if not message.ignores_opt_out and opt_outs.is_opted_out(
            registration_id=registration.pk, customer_id=customer_id
        ):
            _settle(message, Message.Status.FAILED, OPTED_OUT)
            return
        outcome = gateway_of(registration).send(
            OutgoingText(
                sender=message.from_address,
                to=message.to_address,
                text=message.text,
                client_ref=str(message.client_ref),
                receipt_url=registration.status_webhook_url,
            )
        )
        _record_surely(message, outcome)


def _record_surely(message: Message, outcome: SendOutcome) -> None:
    """The provider has been called, which nothing takes back: a deadlock must not undo what came of it."""
    for is_last in (False, False, True):
        try:
            with transaction.atomic():
                _record_outcome(message, outcome, database_now())
        except OperationalError as error:
            if is_last or not is_deadlock(error):
                raise
            logger.warning(
                "outcome_recorded_again", extra={"message_id": message.pk, "failure": describe(error)}
            )
        else:
            return


def _record_outcome(message: Message, outcome: SendOutcome, now: datetime) -> None:
    logger.info(
        "message_submitted",
        extra={"message_id": message.pk, "outcome": outcome.kind.value, "codes": list(outcome.status_codes)},
    )
    MessagePart.objects.bulk_create(
        MessagePart(message=message, number=number, provider_message_id=provider_id)
        for number, provider_id in enumerate(outcome.provider_ids, start=1)
    )
    if outcome.segments:
        Message.objects.filter(pk=message.pk).update(segments=outcome.segments)
    match outcome.kind:
        case SendKind.ACCEPTED:
            _settle(message, Message.Status.SENT, "")
        case SendKind.REFUSED | SendKind.PARTIAL:
            _settle(message, Message.Status.FAILED, outcome.reason_code)
        case SendKind.AMBIGUOUS:
            _settle(message, Message.Status.UNKNOWN, outcome.reason_code)
        case _:
            _try_later(message, outcome, now)
    store_known_receipts(message=message, receipts=outcome.receipts)


def _settle(message: Message, status: Message.Status, reason: str) -> None:
    Message.objects.filter(pk=message.pk).update(status=status, status_reason=reason, sending_since=None)
    record_event(
        contact_id=message.contact_id,
        kind="message_status",
        message=message.pk,
        status=status.value,
        reason=reason,
    )
    publish_message_changed(message)


def _try_later(message: Message, outcome: SendOutcome, now: datetime) -> None:
    """The provider certainly has not got it, so it may be sent again."""
    if outcome.kind is SendKind.NOT_REACHED and message.attempts >= MAX_ATTEMPTS:
        _settle(message, Message.Status.FAILED, GIVEN_UP)
        return
    wait = timedelta(seconds=min(2**message.attempts, 300))
    if outcome.kind is SendKind.THROTTLED:
        wait = timedelta(seconds=outcome.retry_after_seconds or 1)
        SendWindow.objects.filter(pk=message.transport_code_id).update(next_at=now + wait)
    elif outcome.kind is SendKind.ACCOUNT_BROKEN:
        wait = PAUSE
        logger.error(
            "sending_paused",
            extra={"registration_id": message.transport_code_id, "reason": outcome.reason_code},
        )
        SendWindow.objects.filter(pk=message.transport_code_id).update(
            paused_until=now + PAUSE, pause_reason=outcome.reason_code
        )
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.QUEUED,
        status_reason=outcome.reason_code,
        sending_since=None,
        send_after=now + wait,
    )
    publish_message_changed(message)


def send_due(*, registration_id: int, limit: int = 200) -> datetime | None:
    """Send what the registration may send now. Returns when to look again, None: when something is added.

    Ends after `limit` texts or about TURN_SECONDS and then asks to be continued.
    """
    ends = time.monotonic() + TURN_SECONDS
    for _turn in range(limit):
        claim = claim_next(registration_id=registration_id)
        if claim.message_id is None:
            return claim.look_again_at
        send_message(message_id=claim.message_id)
        if time.monotonic() >= ends:
            break
    hint_work(f"{OUTBOUND}:{registration_id}")
    return database_now()


def registrations_with_due_messages() -> list[int]:
    """Registrations that have something to send and may send now."""
    return [
        registration_id
        for (registration_id,) in sql.rows(
            "SELECT DISTINCT m.transport_code_id FROM contacts_message m "
            "LEFT JOIN messaging_sendwindow w ON w.registration_id = m.transport_code_id "
            "WHERE m.status = 'queued' AND m.send_after <= clock_timestamp() "
            "AND coalesce(greatest(w.next_at, w.paused_until), '-infinity') <= clock_timestamp()"
        )
    ]


def give_up_lost_sends() -> int:
    """Texts whose sender died half-way: nobody knows whether they went out. Return how many."""
    lost = Message.objects.filter(
        status=Message.Status.SENDING, sending_since__lte=database_now() - LOST_AFTER
    )
    ours = shards.only_ours(lost, "contact__business_unit_id")
    return sum(_give_up(message.pk) for message in ours.order_by("id")[:200])


@transaction.atomic
def _give_up(message_id: int) -> bool:
    message = (
        Message.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=message_id, status=Message.Status.SENDING)
        .first()
    )
    if message is None:
        return False
    _settle(message, Message.Status.UNKNOWN, SENDER_DIED)
    return True
