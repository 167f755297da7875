"""SMS registrations: transport codes, credentials, secrets at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from core.errors import InUse, RuleBroken
from sms_registrations.models import SmsRegistration
from sms_registrations.services import (
    create_sms_registration,
    delete_sms_registration,
    update_sms_registration,
)
from tests.conftest import People
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db
NEXMO = {"provider": "nexmo", "api_key": "abcd1234", "api_secret": "made-up"}


def make(people: People, **values: object) -> SmsRegistration:
    defaults: dict[str, object] = {"provider": "simulator", "transport_code": "15550100123"}
    return create_sms_registration(by=people.admin, business_unit=people.unit, **(defaults | values))


def broken(people: People, **values: object) -> set[str]:
    with pytest.raises(RuleBroken) as caught:
        make(people, **values)
    return set(caught.value.fields)


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("+1 (555) 010-0123", "", "15550100123"),
        ("0033 6 12 34 56 78", "", "33612345678"),
        ("06 12 34 56 78", "FR", "33612345678"),
        ("06 12 34 56 78", "fr", "33612345678"),
        ("38600", "FR", "38600"),
        ("AcmeInc", "", "AcmeInc"),
    ],
)
def test_a_number_has_one_spelling(people: People, typed: str, country: str, stored: str):
    registration = make(people, transport_code=typed, country=country)
    assert registration.transport_code == stored
    assert registration.name == stored
    again = {"transport_code": f"+{stored}" if stored.isdigit() and len(stored) > 8 else stored}
    assert broken(people, **again) == {"transport_code"}


@pytest.mark.parametrize("code", ["", "12", "1" * 16, "A", "Twelve letters", "a@b", "+"])
def test_what_is_no_transport_code(people: People, code: str):
    assert "transport_code" in broken(people, transport_code=code, name="Line")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"provider": "other"}, "provider"),
        ({"country": "France"}, "country"),
        ({"messages_per_second": 0}, "messages_per_second"),
        ({"messages_per_second": 1001}, "messages_per_second"),
        ({"price_per_segment": "0.06"}, "price_currency"),
        ({"price_per_segment": "-0.06", "price_currency": "EUR"}, "price_per_segment"),
        ({"price_per_segment": "0.000001", "price_currency": "EUR"}, "price_per_segment"),
        ({"price_per_segment": "0.06", "price_currency": "€"}, "price_currency"),
        ({"provider": "nexmo"}, "api_key"),
        ({"provider": "nexmo", "api_key": "abcd1234"}, "api_secret"),
        ({**NEXMO, "signature_method": "sha256"}, "signature_secret"),
        ({**NEXMO, "signature_method": "crc"}, "signature_method"),
    ],
)
def test_what_cannot_be(people: People, values: dict[str, object], field: str):
    assert field in broken(people, **values)


def test_the_database_itself_wants_credentials(people: People):
    registration = make(people, **NEXMO)
    for column in ("api_key", "api_secret"):
        with pytest.raises(IntegrityError), transaction.atomic():
            SmsRegistration.objects.filter(pk=registration.pk).update(**{column: ""})


def test_secrets_are_encrypted_at_rest_and_kept_unless_given(people: People):
    registration = make(people, **NEXMO, signature_method="md5", signature_secret="sign-here")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT api_secret, signature_secret FROM sms_registrations_smsregistration WHERE id = %s",
            [registration.pk],
        )
        stored = cursor.fetchone()
    assert all(value.startswith("gAAAA") for value in stored)
    update_sms_registration(by=people.admin, instance=registration, notes="new")
    fresh = SmsRegistration.objects.get(pk=registration.pk)
    assert (fresh.api_secret, fresh.signature_secret) == ("made-up", "sign-here")
    with (
        override_settings(FIELD_ENCRYPTION_KEY=Fernet.generate_key().decode()),
        pytest.raises(ImproperlyConfigured, match="api_secret"),
    ):
        SmsRegistration.objects.get(pk=registration.pk)


def test_webhook_addresses_cannot_be_guessed(people: People):
    one, two = make(people), make(people, transport_code="15550100124")
    assert len(one.webhook_token) >= 32
    assert one.webhook_token != two.webhook_token
    assert one.inbound_webhook_url.endswith(f"/webhooks/simulator/{one.webhook_token}/inbound")
    assert one.status_webhook_url.endswith(f"/webhooks/simulator/{one.webhook_token}/status")


def test_deleting(people: People):
    used = SmsRegistrationFactory.create(business_unit=people.unit)
    SkillFactory.create(business_unit=people.unit, outbound=True, name="Callbacks", transport_code=used)
    with pytest.raises(InUse, match="Callbacks"):
        delete_sms_registration(by=people.admin, instance=used)
    unused = SmsRegistrationFactory.create(business_unit=people.unit)
    delete_sms_registration(by=people.admin, instance=unused)
    assert not SmsRegistration.objects.filter(pk=unused.pk).exists()
