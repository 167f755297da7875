"""Receipts: before and after the answer to the send, twice, out of order, about nothing we know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Message, MessagePart
from core.clock import database_now
from messaging.models import Delivery
from messaging.services import receipts
from tests.factories.contacts import ContactFactory, MessageFactory, MessagePartFactory


@pytest.fixture
def sent(line) -> Message:
    """A text that the provider has accepted as one part."""
    contact = ContactFactory.create(
        business_unit=line.unit, active=True, point_of_contact=line.point_of_contact
    )
    message = MessageFactory.create(contact=contact, outbound=True, status=Message.Status.SENT)
    MessagePartFactory.create(message=message, provider_message_id="0A01")
    return message


def status(message: Message) -> str:
    message.refresh_from_db()
    return message.status


def report(line, message_id: str, word: str, **more: str) -> None:
    line.report(messageId=message_id, status=word, **{"err-code": "0", **more})
    line.process()


def test_by_the_id_of_the_provider(line, sent):
    report(line, "0A01", "delivered")
    assert status(sent) == "delivered"
    assert Delivery.objects.get().processed_at is not None
    assert sent.contact.events.filter(kind="message_status").count() == 1


def test_by_our_reference_when_the_answer_to_the_send_was_lost(line, sent):
    MessagePart.objects.all().delete()
    Message.objects.update(status=Message.Status.UNKNOWN)
    report(line, "0A77", "delivered", **{"client-ref": str(sent.client_ref)})
    assert status(sent) == "delivered"
    assert sent.parts.get().provider_message_id == "0A77"


def test_before_the_send_is_recorded_waits_for_it(line, sent):
    MessagePart.objects.all().delete()
    report(line, "0A01", "delivered")
    delivery = Delivery.objects.get()
    assert (delivery.processed_at, delivery.attempts) == (None, 1)
    assert status(sent) == "sent"
    MessagePartFactory.create(message=sent, provider_message_id="0A01")
    line.make_everything_due()
    line.process()
    assert status(sent) == "delivered"


def test_about_nothing_we_know_is_given_up_in_the_end(line, sent):
    report(line, "FFFF", "delivered")
    old = database_now() - receipts.MATCH_WITHIN - timedelta(seconds=1)
    Delivery.objects.update(received_at=old)
    line.make_everything_due()
    line.process()
    delivery = Delivery.objects.get()
    assert delivery.failure == "unmatched"
    assert delivery.processed_at is not None
    assert status(sent) == "sent"


def test_repeated_receipt_changes_nothing_more(line, sent):
    for _repeat in range(2):
        report(line, "0A01", "delivered")
    assert Delivery.objects.count() == 1
    assert sent.contact.events.filter(kind="message_status").count() == 1


@pytest.mark.parametrize("first", ["delivered", "failed", "rejected", "expired"])
@pytest.mark.parametrize("second", ["accepted", "buffered", "delivered", "failed"])
def test_final_status_is_never_taken_back(line, sent, first, second):
    report(line, "0A01", first, **{"err-code": "0" if first == "delivered" else "1"})
    final = status(sent)
    assert final == ("delivered" if first == "delivered" else "failed")
    report(line, "0A01", second, **{"message-timestamp": "2026-11-23 10:00:00"})
    assert status(sent) == final


def test_late_accepted_after_delivered_and_buffered_before(line, sent):
    report(line, "0A01", "buffered")
    assert status(sent) == "sent"
    report(line, "0A01", "delivered")
    assert status(sent) == "delivered"


def test_text_of_two_parts_is_delivered_when_both_are(line, sent):
    MessagePartFactory.create(message=sent, provider_message_id="0A02", number=2)
    report(line, "0A02", "delivered")
    assert status(sent) == "sent"
    report(line, "0A01", "delivered")
    assert status(sent) == "delivered"


def test_one_failed_part_fails_the_text_with_a_reason(line, sent):
    MessagePartFactory.create(message=sent, provider_message_id="0A02", number=2)
    report(line, "0A02", "failed", **{"err-code": "5"})
    assert status(sent) == "failed"
    assert sent.status_reason


def test_receipt_of_another_registration_is_not_ours(line, sent):
    other = type(line)(line.commits)
    other.report(messageId="0A01", status="failed", **{"err-code": "1", "client-ref": str(sent.client_ref)})
    other.process()
    assert status(sent) == "sent"


def test_receipt_proves_that_an_unknown_text_went_out(line, sent):
    Message.objects.update(status=Message.Status.UNKNOWN, status_reason="timeout")
    report(line, "0A01", "accepted")
    assert status(sent) == "sent"
