"""What the provider's calls are answered, and that what was answered with 200 is stored."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import connection
from django.test import Client

from messaging.models import Delivery
from sms_registrations.models import SmsRegistration
from tests.factories.sms_registrations import SmsRegistrationFactory
from tests.messaging.line import Line


def test_text_is_stored_and_nothing_else_happens(line):
    response = line.post(line.fields("Hello"))
    assert response.status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.registration, delivery.processed_at) == (
        "inbound",
        line.registration,
        None,
    )
    assert delivery.fields["text"] == "Hello"


@pytest.mark.parametrize("how", ["GET", "form", "JSON", "JSON without a content type"])
def test_every_way_in_which_the_provider_calls(line, how):
    fields = line.fields("Héllo ✓ ")
    call = {
        "GET": lambda: line.client.get(f"{line.url()}?{urlencode(fields)}"),
        "form": lambda: line.client.post(
            line.url(), urlencode(fields), content_type="application/x-www-form-urlencoded"
        ),
        "JSON": lambda: line.post(fields),
        "JSON without a content type": lambda: line.client.generic(
            "POST", line.url(), json.dumps(fields), content_type=""
        ),
    }[how]
    assert call().status_code == 200
    assert Delivery.objects.get().fields["text"] == "Héllo ✓ "


def test_repeated_call_is_answered_and_stored_once(line):
    fields = line.fields("Hello")
    assert [line.post(fields).status_code for _repeat in range(3)] == [200] * 3
    assert Delivery.objects.count() == 1


def test_same_message_id_on_another_registration_is_another_text(line):
    other = Line(line.commits)
    fields = line.fields("Hello")
    line.post(fields)
    other.post(fields)
    assert Delivery.objects.count() == 2


def test_unknown_address_is_not_found(line):
    response = line.client.post(line.url(token="nobody"), "{}", content_type="application/json")
    assert response.status_code == 404
    simulator = SmsRegistrationFactory.create()
    assert line.client.get(line.url(token=simulator.webhook_token)).status_code == 404
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 200), ("HEAD", 405)])
def test_check_of_the_url_is_answered_and_not_stored(line, method, status):
    assert line.client.generic(method, line.url()).status_code == status
    assert not Delivery.objects.exists()


def test_other_methods_are_refused(line):
    assert line.client.put(line.url(), "{}", content_type="application/json").status_code == 405


def test_signature_is_required_where_the_registration_asks_for_one(db):
    registration = SmsRegistrationFactory.create(signed=True)
    url = f"/webhooks/nexmo/{registration.webhook_token}/inbound"
    fields = {"msisdn": "33612345678", "to": "1555", "messageId": "1", "text": "Hello", "type": "text"}
    for more in ({}, {"sig": "0" * 64, "timestamp": "1795000000"}):
        response = Client().post(url, fields | more, content_type="application/json")
        assert response.status_code == 401
    assert Client().post(url, b"\xff\xfe", content_type="application/json").status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\x00", b"[1, 2]", b'"text"'])
def test_unreadable_call_is_kept_for_a_person(line, body):
    response = line.client.post(line.url(), body, content_type="application/json")
    assert response.status_code == 200
    delivery = Delivery.objects.get()
    assert delivery.failure == "unreadable"
    assert delivery.parked_at is not None
    assert line.process() == 0


@pytest.mark.parametrize(
    "text", ["nul \x00 inside", "half an emoji \ud83d", "‮backwards", "x" * 20_000, "🙂" * 400]
)
def test_hostile_texts_are_stored_and_processed(line, text):
    assert line.post(line.fields(text)).status_code == 200
    assert line.process() == 1
    assert Delivery.objects.get().processed_at is not None


def test_longest_imaginable_ids_are_stored(line):
    line.deliver("one", messageId="m" * 5000)
    line.deliver("two", messageId="m" * 5001)
    assert Delivery.objects.count() == 2


def test_too_large_a_body_is_refused(line):
    assert line.post(line.fields("x" * 300_000)).status_code == 413


def test_receipt_on_the_address_of_texts_is_known_as_a_receipt(line):
    line.post({"messageId": "1", "status": "delivered", "err-code": "0", "msisdn": "336", "to": "1555"})
    assert Delivery.objects.get().kind == "receipt"


@pytest.mark.django_db(transaction=True)
def test_stored_means_committed():
    registration: SmsRegistration = SmsRegistrationFactory.create(nexmo=True)
    url = f"/webhooks/nexmo/{registration.webhook_token}/inbound"
    assert Client().get(url, {"msisdn": "336", "to": "1", "messageId": "9", "text": "x"}).status_code == 200
    parameters = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unknown, None)
    with psycopg.connect(**parameters) as other:
        assert other.execute("SELECT count(*) FROM messaging_delivery").fetchone() == (1,)
