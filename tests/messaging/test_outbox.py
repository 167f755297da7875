"""Sending against a real HTTP server: what is sent once, again, or never again; order, pace, opt-outs."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from contacts.models import Contact, Message
from contacts.services import AUTOMATIC, add_outbound_message
from core import sql
from core.clock import database_now
from messaging.models import OptOut, SendWindow
from messaging.services import opt_outs, outbox
from messaging.services.opt_outs import Keyword, Wish
from messaging.words import status_reason
from tests.factories.contacts import ContactFactory
from tests.factories.messaging import OptOutFactory
from tests.messaging.line import Line
from tests.routing.floor import wait_for_a_waiter
from tests.sms_registrations.providers.fake_server import FakeProvider, answer, hang_up, reset

ACCEPTED = {"message-count": "1", "messages": [{"to": "336", "message-id": "0A01", "status": "0"}]}


def reason(message: Message) -> str:
    return status_reason(message.status_reason, provider=message.transport_code.provider)


def refused(code: str) -> dict[str, object]:
    return {"message-count": "1", "messages": [{"status": code, "error-text": "no"}]}


@pytest.fixture
def provider(settings):
    with FakeProvider(answer(ACCEPTED)) as server:
        settings.VONAGE_REST_URL = server.url
        outbox._gateway.cache_clear()
        yield server
    outbox._gateway.cache_clear()


@pytest.fixture
def contact(line) -> Contact:
    # Fast enough that no test waits for its turn.
    line.registration.messages_per_second = Decimal("9999")
    line.registration.save()
    return ContactFactory.create(business_unit=line.unit, active=True, point_of_contact=line.point_of_contact)


def write(contact: Contact, text: str, **values: object) -> Message:
    return add_outbound_message(contact=contact, text=text, now=database_now(), **values)  # type: ignore[arg-type]  # passed on


def send_all(contact: Contact) -> None:
    """Everything that may be sent, without waiting for the pace of the number."""
    while True:
        SendWindow.objects.update(next_at=database_now() - timedelta(seconds=1))
        claim = outbox.claim_next(registration_id=contact.transport_code_id)
        if claim.message_id is None:
            return
        outbox.send_message(message_id=claim.message_id)


def status(message: Message) -> str:
    message.refresh_from_db()
    return message.status


def test_accepted_text_is_sent_once_with_our_reference(provider, contact):
    message = write(contact, "Hello ✓")
    send_all(contact)
    send_all(contact)
    assert status(message) == "sent"
    form = provider.received[0].form
    assert (form["text"], form["type"], form["to"]) == ("Hello ✓", "unicode", contact.customer.address)
    assert form["client-ref"] == str(message.client_ref)
    assert len(provider.received) == 1
    assert message.parts.get().provider_message_id == "0A01"


def test_throttled_text_is_kept_and_sent_later(provider, contact):
    provider.behaviour = answer(refused("1"))
    message = write(contact, "Hello")
    send_all(contact)
    assert status(message) == "queued"
    assert message.send_after > database_now()
    provider.behaviour = answer(ACCEPTED)
    Message.objects.update(send_after=database_now())
    send_all(contact)
    assert status(message) == "sent"


def test_throttling_slows_the_whole_number_down(provider, contact):
    provider.behaviour = answer(refused("1"))
    write(contact, "Hello")
    outbox.send_due(registration_id=contact.transport_code_id)
    assert SendWindow.objects.get().next_at > database_now()
    assert outbox.registrations_with_due_messages() == []


@pytest.mark.parametrize("code", ["3", "6", "7"])
def test_refused_text_has_failed_for_good_in_words(provider, contact, code):
    provider.behaviour = answer(refused(code))
    message = write(contact, "Hello")
    send_all(contact)
    send_all(contact)
    assert status(message) == "failed"
    assert len(provider.received) == 1
    assert len(reason(message)) > 10


def test_broken_account_pauses_the_number_and_loses_nothing(provider, contact):
    provider.behaviour = answer(refused("4"))
    first, second = write(contact, "one"), write(contact, "two")
    outbox.send_due(registration_id=contact.transport_code_id)
    assert [status(first), status(second)] == ["queued", "queued"]
    assert len(provider.received) == 1
    assert SendWindow.objects.get().paused_until > database_now()
    assert outbox.registrations_with_due_messages() == []


@pytest.mark.parametrize("behaviour", [reset, hang_up, answer(b"<html>", status=502), answer(refused("5"))])
def test_ambiguous_text_is_unknown_and_never_sent_again(provider, contact, behaviour):
    provider.behaviour = behaviour
    message = write(contact, "Hello")
    send_all(contact)
    assert status(message) == "unknown"
    provider.behaviour = answer(ACCEPTED)
    send_all(contact)
    outbox.give_up_lost_sends()
    send_all(contact)
    assert status(message) == "unknown"
    assert len(provider.received) == 1
    assert reason(message)


def test_provider_that_is_not_reached_gets_the_text_later(provider, contact, settings):
    settings.VONAGE_REST_URL = "http://127.0.0.1:9"
    outbox._gateway.cache_clear()
    message = write(contact, "Hello")
    send_all(contact)
    assert status(message) == "queued"
    assert message.attempts == 1
    settings.VONAGE_REST_URL = provider.url
    outbox._gateway.cache_clear()
    Message.objects.update(send_after=database_now())
    send_all(contact)
    assert status(message) == "sent"


def test_provider_that_is_never_reached_is_given_up_after_some_tries(contact, settings):
    settings.VONAGE_REST_URL = "http://127.0.0.1:9"
    outbox._gateway.cache_clear()
    message = write(contact, "Hello")
    Message.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    send_all(contact)
    assert (status(message), message.status_reason) == ("failed", outbox.GIVEN_UP)


def test_text_whose_sender_died_is_unknown_after_a_while_and_never_sent_again(provider, contact):
    message = write(contact, "Hello")
    claim = outbox.claim_next(registration_id=contact.transport_code_id)
    assert claim.message_id == message.pk
    # The process is killed here: the row says that it is being sent.
    assert outbox.give_up_lost_sends() == 0
    Message.objects.update(sending_since=database_now() - outbox.LOST_AFTER - timedelta(seconds=1))
    assert outbox.give_up_lost_sends() == 1
    assert (status(message), message.status_reason) == ("unknown", outbox.SENDER_DIED)
    send_all(contact)
    assert provider.received == []


def test_replies_go_before_what_is_automatic(provider, line, contact):
    other = ContactFactory.create(
        business_unit=line.unit, active=True, point_of_contact=line.point_of_contact
    )
    write(contact, "automatic", priority=AUTOMATIC)
    write(other, "reply")
    send_all(contact)
    assert [received.form["text"] for received in provider.received] == ["reply", "automatic"]


def test_order_within_a_contact_holds_whatever_the_priority_and_the_retries(provider, contact):
    write(contact, "one", priority=AUTOMATIC)
    write(contact, "two")
    provider.behaviour = answer(refused("1"))
    send_all(contact)
    assert [received.form["text"] for received in provider.received] == ["one"]
    provider.behaviour = answer(ACCEPTED)
    Message.objects.update(send_after=database_now())
    send_all(contact)
    assert [received.form["text"] for received in provider.received] == ["one", "one", "two"]


def test_pace_of_the_number(provider, line, contact):
    line.registration.messages_per_second = Decimal("0.5")
    line.registration.save()
    write(contact, "one")
    write(contact, "two")
    before = database_now()
    again_at = outbox.send_due(registration_id=contact.transport_code_id)
    assert len(provider.received) == 1
    window = SendWindow.objects.get()
    assert again_at == window.next_at
    assert window.next_at >= before + timedelta(seconds=2)


def test_stop_before_the_send_fails_what_is_queued_but_not_the_confirmation(provider, contact):
    queued = write(contact, "too late")
    OptOutFactory.create(registration=contact.transport_code, customer=contact.customer)
    confirmation = write(contact, "You are out.", priority=AUTOMATIC, ignores_opt_out=True)
    send_all(contact)
    assert (status(queued), queued.status_reason) == ("failed", outbox.OPTED_OUT)
    assert status(confirmation) == "sent"
    assert [received.form["text"] for received in provider.received] == ["You are out."]


def test_nothing_waits_when_nothing_is_queued(contact):
    assert outbox.send_due(registration_id=contact.transport_code_id) is None
    assert outbox.registrations_with_due_messages() == []
    write(contact, "Hello")
    assert outbox.registrations_with_due_messages() == [contact.transport_code_id]


# -- Really at once ---------------


@pytest.fixture
def open_line(transactional_db) -> Line:
    """In real transactions: what follows a commit runs by itself."""
    return Line(contextlib.nullcontext)


@pytest.mark.django_db(transaction=True)
def test_four_senders_send_each_text_once_and_in_order(provider, open_line):
    open_line.registration.messages_per_second = Decimal("9999")
    open_line.registration.save()
    contacts = [
        ContactFactory.create(
            business_unit=open_line.unit, active=True, point_of_contact=open_line.point_of_contact
        )
        for _number in range(3)
    ]
    for number in range(5):
        for contact in contacts:
            write(contact, f"{contact.pk}:{number}")

    def send() -> None:
        try:
            while Message.objects.filter(status="queued").exists():
                outbox.send_due(registration_id=open_line.registration.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(send) for _sender in range(4)]:
            future.result(timeout=60)
    arrived = [received.form["text"] for received in provider.received]
    assert sorted(arrived) == sorted(f"{contact.pk}:{number}" for contact in contacts for number in range(5))
    for contact in contacts:
        assert [text for text in arrived if text.startswith(f"{contact.pk}:")] == [
            f"{contact.pk}:{number}" for number in range(5)
        ]


def somebody_waits() -> bool:
    return sql.row("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") is not None


@pytest.mark.django_db(transaction=True)
def test_stop_waits_for_the_send_under_way_and_stops_the_next(provider, open_line):
    contact = ContactFactory.create(
        business_unit=open_line.unit, active=True, point_of_contact=open_line.point_of_contact
    )
    registration_id, customer_id = contact.transport_code_id, contact.customer_id
    inside, go_on = threading.Event(), threading.Event()

    def slow(handler) -> None:
        inside.set()
        go_on.wait(30)
        answer(ACCEPTED)(handler)

    provider.behaviour = slow
    first = write(contact, "on its way")

    def send() -> None:
        try:
            outbox.send_due(registration_id=registration_id)
        finally:
            connection.close()

    def stop() -> bool:
        try:
            with transaction.atomic():
                return opt_outs.record_stop(
                    registration_id=registration_id,
                    customer_id=customer_id,
                    keyword=Keyword(Wish.STOP, "en", "stop"),
                    now=database_now(),
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(send)
        assert inside.wait(30)
        stopping = pool.submit(stop)
        while not somebody_waits():
            assert not stopping.done(), "the STOP did not wait for the send"
            time.sleep(0.01)
        assert not OptOut.objects.exists()
        go_on.set()
        assert stopping.result(timeout=30)
        sending.result(timeout=30)
    second = write(contact, "too late")
    SendWindow.objects.update(next_at=database_now() - timedelta(seconds=1))
    outbox.send_due(registration_id=registration_id)
    assert [status(first), status(second)] == ["sent", "failed"]
    assert len(provider.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_does_not_undo_what_came_of_a_send(provider, open_line):
    contact = ContactFactory.create(
        business_unit=open_line.unit, active=True, point_of_contact=open_line.point_of_contact
    )
    message = write(contact, "on its way")
    is_locked = threading.Event()

    def cross() -> None:
        try:
            with transaction.atomic():
                # The sender, who looks first, is the one whose transaction ends.
                sql.execute("SET LOCAL deadlock_timeout = '1min'")
                sql.execute("SELECT 1 FROM workspace_feed WHERE agent_id = %s FOR UPDATE", [contact.agent_id])
                is_locked.set()
                wait_for_a_waiter()
                Message.objects.select_for_update().get(pk=message.pk)
        finally:
            connection.close()

    def send() -> None:
        try:
            is_locked.wait(30)
            outbox.send_due(registration_id=open_line.registration.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(cross), pool.submit(send)]:
            future.result(timeout=60)
    assert status(message) == "sent"
    assert message.parts.count() == 1
    assert len(provider.received) == 1
