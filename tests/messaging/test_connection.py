"""Testing the connection of a registration, against a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contacts.models import Message
from core.clock import database_now
from core.errors import RuleBroken
from messaging.models import SendWindow
from messaging.services import outbox
from messaging.services.connection import ConnectionTest, try_connection
from sms_registrations.models import SmsRegistration
from tests.conftest import People
from tests.factories.contacts import CustomerFactory
from tests.factories.messaging import OptOutFactory
from tests.factories.organizations import UserFactory
from tests.factories.sms_registrations import SmsRegistrationFactory
from tests.sms_registrations.providers.fake_server import FakeProvider, answer, reset

pytestmark = pytest.mark.django_db

PHONE = "+33 6 12 34 56 78"


def taken(status: str = "0") -> dict[str, object]:
    return {"message-count": "1", "messages": [{"status": status, "message-id": "0A01", "to": "33612345678"}]}


@pytest.fixture
def registration(people: People) -> SmsRegistration:
    return SmsRegistrationFactory.create(business_unit=people.unit, nexmo=True, transport_code="447700900001")


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeProvider]:
    with FakeProvider(answer(taken())) as server:
        settings.VONAGE_REST_URL = server.url
        outbox._gateway.cache_clear()
        yield server
    outbox._gateway.cache_clear()


def attempt(registration: SmsRegistration, people: People) -> ConnectionTest:
    return try_connection(by=people.admin, registration=registration, to=PHONE, text="Test")


def test_the_provider_takes_it(registration, people, provider):
    found = attempt(registration, people)
    assert found == ConnectionTest(is_accepted=True)
    [sent] = provider.received
    form = sent.form
    assert (form["from"], form["to"], form["text"]) == ("447700900001", "33612345678", "Test")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("reply", "reason", "advice"),
    [
        (answer(taken("4")), "credentials", "Compare the API key"),
        (answer({}, status=401), "credentials", "Compare the API key"),
        (answer(taken("14")), "signature", "signature secret"),
        (answer(taken("9")), "no credit", "Top up"),
        (answer(taken("6")), "does not accept this phone number", ""),
    ],
    ids=["wrong secret", "401", "wrong signature", "no credit", "wrong number"],
)
def test_refusals_say_what_to_do(registration, people, provider, reply, reason, advice):
    provider.behaviour = reply
    found = attempt(registration, people)
    assert not found.is_accepted
    assert not found.is_uncertain
    assert reason in str(found.reason)
    assert bool(found.advice) is bool(advice)
    assert advice in str(found.advice)


def test_no_answer_leaves_it_open(registration, people, provider):
    provider.behaviour = reset
    found = attempt(registration, people)
    assert (found.is_accepted, found.is_uncertain) == (False, True)


def test_success_ends_the_pause_of_a_broken_account(registration, people, provider):
    later = database_now() + timedelta(minutes=1)
    SendWindow.objects.create(registration=registration, paused_until=later, pause_reason="send.4")
    provider.behaviour = answer(taken("4"))
    attempt(registration, people)
    assert SendWindow.objects.get().paused_until == later
    provider.behaviour = answer(taken())
    attempt(registration, people)
    assert SendWindow.objects.get().paused_until is None


@pytest.mark.parametrize("to", ["", "nobody", "  "])
def test_numbers_that_are_none(registration, people, to):
    with pytest.raises(RuleBroken) as refusal:
        try_connection(by=people.admin, registration=registration, to=to, text="Test")
    assert list(refusal.value.fields) == ["to"]


def test_who_has_opted_out_is_left_alone(registration, people):
    customer = CustomerFactory.create(business_unit=people.unit, address="33612345678")
    OptOutFactory.create(registration=registration, customer=customer)
    with pytest.raises(RuleBroken):
        try_connection(by=people.admin, registration=registration, to=PHONE, text="Test")


class TestThePage:
    def page(self, registration: SmsRegistration) -> str:
        return f"/acd/contact-settings/sms-registrations/{registration.pk}/test/"

    def test_the_simulator_says_what_became_of_it(self, client: Client, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        client.force_login(people.admin)
        good = client.post(self.page(registration), {"to": "+33 6 39 98 00 01"})
        assert "The connection works" in good.content.decode()
        bad = client.post(
            self.page(registration), {"to": "+33 6 39 98 01 93"}, headers={"HX-Request": "true"}
        )
        assert "does not accept this phone number" in bad.content.decode()
        assert "<html" not in bad.content.decode()

    def test_a_wrong_number_is_said_beside_the_field(self, client: Client, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        client.force_login(people.admin)
        answered = client.post(self.page(registration), {"to": "nobody"})
        assert "with its country code" in answered.content.decode()
        assert "nobody" in answered.content.decode()

    def test_it_takes_the_permission_to_change(self, client: Client, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        for user in (UserFactory.create(supervisor=True, business_unit=people.unit), people.stranger):
            client.force_login(user)
            assert client.get(self.page(registration)).status_code in (403, 404)
            assert client.post(self.page(registration), {"to": PHONE}).status_code in (403, 404)
