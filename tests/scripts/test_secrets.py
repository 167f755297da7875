"""Secrets of scripts: they go in, and never come out."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from cryptography.fernet import Fernet
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from rest_framework.test import APIClient

from acdconfig.management.commands.doctor import Level, look_at_stored_secrets
from core.errors import InUse, RuleBroken
from core.uses import uses_of
from scripts.models import ScriptSecret
from scripts.secrets import create_secret, delete_secret, update_secret
from tests.acd.pages import address, errors_of, fill
from tests.conftest import People
from tests.factories.scripts import ScriptFactory, ScriptSecretFactory, ScriptVersionFactory
from tests.scripts.interpreter.helpers import define

pytestmark = pytest.mark.django_db

VALUES = {"name": "ERP", "secret_value": "first-made-up-value", "hosts": "erp.example.com"}


def test_the_life_of_a_secret(people: People):
    secret = create_secret(by=people.admin, business_unit=people.unit, **VALUES)
    update_secret(by=people.admin, instance=secret, secret_value="second-made-up-value", name="ERP 2")
    stored = ScriptSecret.objects.get(pk=secret.pk)
    assert (stored.name, stored.secret_value) == ("ERP 2", "second-made-up-value")
    delete_secret(by=people.admin, instance=stored)
    everything = " ".join(str(entry.changes) for entry in LogEntry.objects.all())
    assert "***" in everything
    assert "made-up-value" not in everything


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("secret_value", ""), ("hosts", ""), ("hosts", "https://erp.example.com/")],
)
def test_what_cannot_be(people: People, field: str, value: str):
    with pytest.raises(RuleBroken) as caught:
        create_secret(by=people.admin, business_unit=people.unit, **{**VALUES, field: value})
    assert caught.value.fields.keys() == {field}


def test_the_database_itself_keeps_names_apart(people: People):
    ScriptSecretFactory.create(business_unit=people.unit, name="ERP")
    with pytest.raises(IntegrityError), transaction.atomic():
        ScriptSecretFactory.create(business_unit=people.unit, name="erp")


def test_no_page_and_no_answer_shows_the_value(people: People, client: Client):
    secret = ScriptSecretFactory.create(business_unit=people.unit, secret_value="first-made-up-value")
    client.force_login(people.admin)
    url = address(ScriptSecret, "change", secret.pk)
    page = client.get(url)
    api = APIClient()
    api.force_authenticate(people.admin)
    answer = api.patch(f"/api/v1/script-secrets/{secret.pk}", {"secret_value": "second-made-up-value"})
    assert answer.status_code == 200
    for shown in (
        page,
        answer,
        api.get("/api/v1/script-secrets"),
        api.get("/api/v1/export"),
        client.get(address(ScriptSecret, "changelist")),
        client.get(address(ScriptSecret, "history", secret.pk)),
    ):
        assert "made-up-value" not in shown.content.decode()


def test_a_blank_value_keeps_the_present_one(people: People, client: Client):
    secret = ScriptSecretFactory.create(business_unit=people.unit, secret_value="first-made-up-value")
    client.force_login(people.admin)
    url = address(ScriptSecret, "change", secret.pk)
    answer = client.post(url, fill(client.get(url), hosts="*.example.com"))
    assert answer.status_code == 302, errors_of(answer)
    secret.refresh_from_db()
    assert (secret.hosts, secret.secret_value) == ("*.example.com", "first-made-up-value")


def test_a_secret_that_a_draft_names_is_used(people: People):
    secret = ScriptSecretFactory.create(business_unit=people.unit, name="ERP")
    assert uses_of(secret) == []
    script = ScriptFactory.create(business_unit=people.unit, name="Front", published=False)
    call = ("CALLAPI", {"url": "https://erp.example.com/", "secret": "erp"})
    ScriptVersionFactory.create(
        script=script, draft=True, definition=define({"begin": "BEGIN", "call": call}, ["begin>call"])
    )
    assert uses_of(secret) == ["script Front"]
    with pytest.raises(InUse):
        delete_secret(by=people.admin, instance=secret)


def test_the_doctor_names_a_lost_key():
    ScriptSecretFactory.create()
    assert [finding.level for finding in look_at_stored_secrets()] == [Level.OK]
    with override_settings(FIELD_ENCRYPTION_KEY=Fernet.generate_key().decode()):
        assert [finding.level for finding in look_at_stored_secrets()] == [Level.ERROR]
