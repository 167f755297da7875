"""Alert webhooks in the provisioning API."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry

from supervisor.models import AlertDelivery, AlertWebhook
from tests.factories.organizations import UserFactory
from tests.factories.supervisor import AlertWebhookFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/alert-webhooks"
BODY = {
    "name": "Chat",
    "url": "https://chat.example.com/hooks/1",
    "kinds": ["waiting", "oldest_wait", "waiting"],
    "signing_secret": "made-up-signing-secret",
}


@pytest.fixture
def manager(api):
    return api(UserFactory.create(manager=True))


def test_one_is_made_changed_switched_off_and_found(manager):
    made = manager.post(URL, BODY, format="json")
    assert made.status_code == 201, made.content
    hook = made.json()
    assert (hook["kinds"], hook["tells_end"], hook["is_active"]) == (["waiting", "oldest_wait"], True, True)
    assert "signing_secret" not in hook
    address = f"{URL}/{hook['id']}"
    assert AlertWebhook.objects.get(pk=hook["id"]).signing_secret == BODY["signing_secret"]

    changed = manager.patch(address, {"tells_end": False, "kinds": ["waiting"]}, format="json")
    assert (changed.status_code, changed.json()["kinds"]) == (200, ["waiting"])
    # What was read is sent back without the secret, which stays.
    assert manager.put(address, changed.json(), format="json").status_code == 200
    assert AlertWebhook.objects.get(pk=hook["id"]).signing_secret == BODY["signing_secret"]
    assert manager.patch(address, {"is_active": False}, format="json").json()["is_active"] is False

    for query, count in (
        ("kind=waiting", 1),
        ("kind=missed_offers", 0),
        ("is_active=true", 0),
        ("name=CHAT", 1),
        ("search=example.com", 1),
        ("tells_end=false", 1),
    ):
        assert manager.get(f"{URL}?{query}").json()["count"] == count, query
    assert manager.get(f"{URL}?kind=weather").status_code == 400
    assert LogEntry.objects.filter(object_pk=hook["id"], content_type__model="alertwebhook").count() >= 3


def test_without_a_secret_it_gets_a_random_one(manager):
    body = {name: value for name, value in BODY.items() if name != "signing_secret"}
    first, second = (
        AlertWebhook.objects.get(pk=manager.post(URL, body | {"name": name}, format="json").json()["id"])
        for name in ("One", "Two")
    )
    assert len(first.signing_secret) >= 32
    assert first.signing_secret != second.signing_secret


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://chat.example.com/"}, "url"),
        ({"url": "https://me:secret@chat.example.com/"}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["weather"]}, "kinds"),
        ({"kinds": "waiting"}, "kinds"),
        ({"signing_secret": "short"}, "signing_secret"),
        ({"colour": "red"}, "colour"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(manager, change, field):
    answer = manager.post(URL, BODY | change, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_those_of_another_business_unit_do_not_exist(manager):
    other = AlertWebhookFactory.create()
    assert manager.get(URL).json()["count"] == 0
    for call in (manager.get, manager.delete, manager.patch):
        assert call(f"{URL}/{other.pk}").status_code in (403, 404)
    assert manager.post(f"{URL}/{other.pk}/test").status_code == 404
    assert not AlertDelivery.objects.exists()


def test_a_test_is_sent(manager):
    hook = manager.post(URL, BODY, format="json").json()
    answer = manager.post(f"{URL}/{hook['id']}/test")
    delivery = AlertDelivery.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": str(delivery.key), "state": "waiting"})
    assert delivery.event == AlertDelivery.Event.TEST
