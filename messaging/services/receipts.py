"""Applies delivery receipts. They may come twice, out of order, and before we know the id of what we sent."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from contacts.models import Message, MessagePart
from contacts.services import publish_message_changed, record_event
from messaging.models import Delivery
from sms_registrations.providers.base import Receipt, ReceiptStatus

MATCH_WITHIN = timedelta(minutes=10)
"""How long a receipt waits for the send it is about to be recorded."""

FINAL = (Message.Status.DELIVERED, Message.Status.FAILED)
_FINAL_PARTS = {status.value for status in ReceiptStatus if status.is_final}


def apply_receipt(*, delivery: Delivery, receipt: Receipt, now: datetime) -> bool:
    """Update the message that the receipt is about.

    True when it is dealt with; False when its message is not known yet and it is to be tried again.
    """
    message = _message_of(delivery.registration_id, receipt)
    if message is None:
        return _wait_or_give_up(delivery, now)
    _remember_part(message, receipt)
    before = (message.status, message.status_reason)
    status = _status_after(message, receipt)
    reason = str(receipt.reason_code) if receipt.status.is_failure else message.status_reason
    if status is Message.Status.DELIVERED:
        reason = ""
    if (status, reason) == before:
        return True
    Message.objects.filter(pk=message.pk).update(status=status, status_reason=reason)
    record_event(contact_id=message.contact_id, kind="message_status", message=message.pk, status=str(status))
    publish_message_changed(message)
    return True


def _message_of(registration_id: int, receipt: Receipt) -> Message | None:
    """By our own reference, written before the send; else by the provider's id. Locked."""
    messages = Message.objects.select_for_update(of=("self",), no_key=True).filter(
        transport_code_id=registration_id, direction=Message.Direction.OUTBOUND
    )
    reference = _uuid(receipt.client_ref)
    if reference is not None:
        found = messages.filter(client_ref=reference).first()
        if found is not None:
            return found
    if not receipt.provider_message_id:
        return None
    return messages.filter(
        pk__in=MessagePart.objects.filter(provider_message_id=receipt.provider_message_id).values(
            "message_id"
        )
    ).first()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _wait_or_give_up(delivery: Delivery, now: datetime) -> bool:
    if now - delivery.received_at > MATCH_WITHIN:
        Delivery.objects.filter(pk=delivery.pk).update(failure="unmatched")
        return True
    attempts = delivery.attempts + 1
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=attempts, try_after=now + timedelta(seconds=min(2**attempts, 60))
    )
    return False


def _remember_part(message: Message, receipt: Receipt) -> None:
    """The status of one part; a final one is never taken back."""
    if not receipt.provider_message_id:
        return
    part = message.parts.filter(provider_message_id=receipt.provider_message_id).first()
    if part is None:
        # The answer to the send was lost: this is how its id becomes known.
        MessagePart.objects.create(
            message=message,
            provider_message_id=receipt.provider_message_id,
            number=message.parts.count() + 1,
            status=receipt.status.value,
        )
    elif part.status not in _FINAL_PARTS:
        part.status = receipt.status.value
        part.save(update_fields=["status"])


def _status_after(message: Message, receipt: Receipt) -> Message.Status:
    current = Message.Status(message.status)
    if current in FINAL:
        return current
    if receipt.status.is_failure:
        return Message.Status.FAILED
    if receipt.status.is_delivered:
        statuses = list(message.parts.values_list("status", flat=True))
        delivered = sum(ReceiptStatus(status).is_delivered for status in statuses if status)
        if delivered >= max(len(statuses), 1) or not statuses:
            return Message.Status.DELIVERED
    if receipt.status is ReceiptStatus.UNKNOWN:
        return current
    # Whatever it says, it proves that the provider has the text.
    return Message.Status.SENT if current is not Message.Status.QUEUED else current
