"""Alerts for other systems: told once they are true, tried until they are taken, signed."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection, transaction

from acd.admin.supervisor import FAILURES
from contacts.models import Contact
from core.clock import database_now
from core.errors import NotAllowed, RuleBroken
from supervisor.models import Alert, AlertDelivery
from supervisor.services import alerts, webhooks
from supervisor.services.webhooks import create_webhook, deliver_due, send_test, update_webhook
from tests.acd.pages import address
from tests.factories.organizations import UserFactory
from tests.factories.supervisor import AlertDeliveryFactory, AlertWebhookFactory

SECRET = "made-up-signing-secret"


class Chat(http.server.BaseHTTPRequestHandler):
    """Takes what is posted, and answers as it is told to."""

    seen: list[tuple[dict[str, str], str]]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((dict(self.headers), body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def chat(settings: Any) -> Iterator[type[Chat]]:
    class Own(Chat):
        seen, answers = [], []

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTGOING_PRIVATE_HOSTS = [f"127.0.0.1:{server.server_port}"]
    Own.address = f"http://127.0.0.1:{server.server_port}/hook"  # type: ignore[attr-defined]  # for the tests
    yield Own
    server.shutdown()
    server.server_close()


@pytest.fixture
def webhook(floor, chat):
    return AlertWebhookFactory.create(business_unit=floor.unit, url=chat.address)


def long_wait(floor) -> Contact:
    return floor.contact(hinted=False, now=database_now() - timedelta(seconds=100))


def due_now() -> None:
    AlertDelivery.objects.update(due_at=database_now())


def test_alert_is_told_with_what_it_is_about_and_signed(floor, chat, webhook):
    long_wait(floor)
    alerts.evaluate_alerts()
    assert chat.seen == [], "nothing is called in the transaction that raises it"
    assert deliver_due() == 1
    [(headers, body)] = chat.seen
    told, alert, delivery = json.loads(body), Alert.objects.get(), AlertDelivery.objects.get()
    assert told["id"] == headers["Acd-Delivery"] == str(delivery.key)
    assert (told["event"], headers["Acd-Event"]) == ("alert.raised", "alert.raised")
    assert told["business_unit"] == {"id": floor.unit.pk, "name": floor.unit.name}
    subject = {"type": "skill", "id": floor.skill.pk, "name": floor.skill.name}
    assert (told["alert"]["id"], told["alert"]["subject"]) == (alert.pk, subject)
    assert (told["alert"]["kind"], told["alert"]["unit"], told["alert"]["threshold"]) == (
        "oldest_wait", "seconds", 60,
    )  # fmt: skip
    at, mine = (part.partition("=")[2] for part in headers["Acd-Signature"].split(","))
    assert mine == hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 200, 1)
    assert deliver_due() == 0


def test_end_is_told_to_whoever_heard_the_beginning_and_wants_it(floor, chat, webhook):
    silent = AlertWebhookFactory.create(business_unit=floor.unit, url=chat.address, tells_end=False)
    contact = long_wait(floor)
    alerts.evaluate_alerts()
    late = AlertWebhookFactory.create(business_unit=floor.unit, url=chat.address)
    Contact.objects.filter(pk=contact.pk).update(queued_at=database_now())
    alerts.evaluate_alerts()
    events = {
        one: list(one.deliveries.order_by("id").values_list("event", flat=True))
        for one in (webhook, silent, late)
    }
    assert events == {webhook: ["alert.raised", "alert.cleared"], silent: ["alert.raised"], late: []}
    assert webhook.deliveries.get(event="alert.cleared").payload["alert"]["cleared_at"] is not None


def test_only_the_alerts_that_were_chosen_of_its_own_unit_while_it_is_active(floor, webhook):
    AlertWebhookFactory.create(business_unit=floor.unit, kinds=["missed_offers"])
    AlertWebhookFactory.create(business_unit=floor.unit, is_active=False)
    AlertWebhookFactory.create()
    long_wait(floor)
    alerts.evaluate_alerts()
    assert [one.webhook for one in AlertDelivery.objects.all()] == [webhook]


def test_alert_that_was_rolled_back_is_not_told(floor, webhook):
    long_wait(floor)
    with transaction.atomic():
        assert alerts.evaluate_alerts() == 1
        transaction.set_rollback(True)
    assert not AlertDelivery.objects.exists()


def test_refused_delivery_is_tried_again_under_the_same_key_after_growing_pauses(floor, chat, webhook):
    chat.answers[:] = [500, 429]
    AlertDeliveryFactory.create(webhook=webhook)
    pauses = []
    for _attempt in range(2):
        before = database_now()
        assert deliver_due() == 1
        waiting = AlertDelivery.objects.get()
        assert waiting.state == "waiting"
        pauses.append(round((waiting.due_at - before).total_seconds()))
        assert deliver_due() == 0, "not before its pause is over"
        due_now()
    assert pauses == list(webhooks.PAUSES[:2])
    assert deliver_due() == 1
    keys = {headers["Acd-Delivery"] for headers, _body in chat.seen}
    assert (len(chat.seen), len(keys)) == (3, 1)
    assert [headers["Acd-Attempt"] for headers, _body in chat.seen] == ["1", "2", "3"]
    assert AlertDelivery.objects.get().state == "delivered"


def test_it_is_given_up_after_the_last_pause_or_when_the_receiver_says_so(floor, chat, webhook):
    chat.answers[:] = [503, 410]
    tired = AlertDeliveryFactory.create(webhook=webhook, attempts=len(webhooks.PAUSES))
    gone = AlertDeliveryFactory.create(webhook=webhook)
    deliver_due()
    for one, status in ((tired, 503), (gone, 410)):
        one.refresh_from_db()
        assert (one.state, one.status) == ("given_up", status)
        assert one.finished_at is not None


def test_worker_that_dies_in_the_middle_loses_nothing(floor, chat, webhook, monkeypatch):
    """As after kill -9: the attempt was counted and committed, the call came to nothing."""

    class Killed(BaseException):
        pass

    def die(*_arguments: Any, **_values: Any) -> None:
        raise Killed

    AlertDeliveryFactory.create(webhook=webhook)
    monkeypatch.setattr(webhooks, "call", die)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.undo()
    left = AlertDelivery.objects.get()
    assert (left.state, left.attempts) == ("waiting", 1)
    due_now()
    assert deliver_due() == 1
    assert [headers["Acd-Attempt"] for headers, _body in chat.seen] == ["2"]


def test_it_never_leads_into_our_own_network(floor, settings):
    settings.OUTGOING_PRIVATE_HOSTS = []
    inward = AlertWebhookFactory.create(business_unit=floor.unit, url="https://127.0.0.1/hook")
    AlertDeliveryFactory.create(webhook=inward)
    deliver_due()
    delivery = AlertDelivery.objects.get()
    assert (delivery.state, delivery.failure, delivery.status) == ("waiting", "private_address", None)


def test_secret_that_cannot_be_read_holds_up_nobody_else(floor, chat, webhook):
    broken = AlertWebhookFactory.create(business_unit=floor.unit, url=chat.address)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE supervisor_alertwebhook SET signing_secret = 'x' WHERE id = %s", [broken.pk])
    long_wait(floor)
    assert alerts.evaluate_alerts() == 1
    assert deliver_due() == 2
    states = dict(AlertDelivery.objects.values_list("webhook_id", "state"))
    assert states == {broken.pk: "waiting", webhook.pk: "delivered"}
    assert AlertDelivery.objects.get(webhook_id=broken.pk).failure == "secret_unreadable"


def test_what_waits_while_it_is_switched_off_goes_out_afterwards_and_a_test_at_once(floor, chat, webhook):
    admin = UserFactory.create(business_unit=floor.unit, administrator=True)
    long_wait(floor)
    alerts.evaluate_alerts()
    update_webhook(by=admin, instance=webhook, is_active=False)
    assert deliver_due() == 0
    send_test(by=admin, webhook=webhook)
    assert deliver_due() == 1
    assert json.loads(chat.seen[0][1])["event"] == "test"
    update_webhook(by=admin, instance=webhook, is_active=True)
    assert deliver_due() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "http://chat.example.com/hook"}, "url"),
        ({"url": "https://user:word@chat.example.com/"}, "url"),
        ({"url": "ftp://chat.example.com/"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["made_up"]}, "kinds"),
        ({"signing_secret": "short"}, "signing_secret"),
        ({"name": ""}, "name"),
    ],
)
def test_rules(floor, values, field):
    given = {"name": "Chat", "url": "https://chat.example.com/hook", **values}
    with pytest.raises(RuleBroken) as caught:
        create_webhook(by=None, business_unit=floor.unit, **given)
    assert set(caught.value.fields) == {field}


def test_secret_is_made_if_none_is_given_and_shown_nowhere(floor, client):
    admin = UserFactory.create(business_unit=floor.unit, administrator=True)
    webhook = create_webhook(
        by=admin, business_unit=floor.unit, name="Chat", url="https://chat.example.com/h", signing_secret=""
    )
    assert len(webhook.signing_secret) >= 32
    client.force_login(admin)
    pages = [
        client.get(address(type(webhook), "change", webhook.pk)),
        client.get(address(type(webhook), "history", webhook.pk)),
        client.get(address(type(webhook), "changelist")),
    ]
    assert all(page.status_code == 200 for page in pages)
    assert not any(webhook.signing_secret in page.content.decode() for page in pages)
    assert not LogEntry.objects.filter(changes__icontains=webhook.signing_secret).exists()


def test_test_needs_the_permission_to_edit(floor, supervisor):
    webhook = AlertWebhookFactory.create(business_unit=floor.unit)
    with pytest.raises(NotAllowed):
        send_test(by=supervisor, webhook=webhook)


def test_pages_create_test_and_show_the_log(floor, client, chat):
    client.force_login(UserFactory.create(business_unit=floor.unit, administrator=True))
    values = {"name": "Chat", "url": chat.address, "kinds": ["oldest_wait"], "is_active": "on", "notes": ""}
    created = client.post(address(AlertWebhookFactory._meta.model, "add"), values)
    assert created.status_code == 302
    webhook = AlertWebhookFactory._meta.model.objects.get()
    assert (webhook.kinds, webhook.tells_end) == (["oldest_wait"], False)
    answer = client.post(f"/acd/contact-settings/alert-webhooks/{webhook.pk}/test/", follow=True)
    deliver_due()
    log = client.get(answer.redirect_chain[-1][0]).content.decode()
    assert "Delivered" in log
    assert "200" in log


@pytest.mark.parametrize("failure", [*FAILURES, "", "of_another_version"])
def test_log_says_why_in_words(floor, client, failure):
    webhook = AlertWebhookFactory.create(business_unit=floor.unit)
    AlertDeliveryFactory.create(webhook=webhook, failure=failure, status=None if failure else 503)
    client.force_login(UserFactory.create(business_unit=floor.unit, administrator=True))
    log = client.get(address(AlertDelivery, "changelist")).content.decode()
    assert str(FAILURES.get(failure, failure or "It answered 503")) in log


def test_log_is_forgotten_after_a_month(floor, webhook):
    old = database_now() - timedelta(days=31)
    AlertDeliveryFactory.create(webhook=webhook, state="delivered", finished_at=old)
    kept = AlertDeliveryFactory.create(webhook=webhook)
    webhooks.remove_old_deliveries()
    assert [one.pk for one in AlertDelivery.objects.all()] == [kept.pk]
