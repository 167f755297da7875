"""Notifications while no page is open: from the feed to a push service that decrypts as a browser does."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.db.models import F

from acdconfig.sweeper import Relay
from agents.models import Agent, AgentState
from contacts.models import Contact
from contacts.services import add_inbound_message
from core.clock import database_now
from core.errors import RuleBroken
from core.hints import PUSHES, WORK_CHANNEL, hint_work
from organizations.models import BusinessUnit
from routing.services import offers, presence
from tests.factories.agents import AgentFactory
from tests.factories.contacts import incoming
from tests.push_service import Browser, Service, encoded
from tests.routing.floor import pending
from workspace.models import Push, PushSubscription
from workspace.services import feed, web_push
from workspace.services.web_push import deliver_due, has_due, subscribe, unsubscribe

pytestmark = pytest.mark.django_db

PRIVATE_KEY = base64.urlsafe_b64encode((7).to_bytes(32, "big")).rstrip(b"=").decode()


@pytest.fixture
def service(settings) -> Iterator[Service]:
    one = Service()
    settings.OUTGOING_PRIVATE_HOSTS = [one.host]
    settings.VAPID_PRIVATE_KEY = PRIVATE_KEY
    settings.VAPID_SUBJECT = "mailto:admin@example.com"
    yield one
    one.shutdown()
    one.server_close()


class Away:
    """An agent with a contact and a subscribed browser, who has closed his page."""

    def __init__(self, floor, service: Service) -> None:
        self.floor, self.service, self.browser = floor, service, Browser()
        self.agent: Agent = floor.agent(max_concurrent_sms=3)
        self.contact: Contact = floor.contact(text="Hello")
        floor.do(offers.accept_offer, offer_id=pending(self.contact).pk, by=self.agent)
        self.subscribe()
        self.gone()

    def subscribe(self, name: str = "one") -> PushSubscription:
        return subscribe(agent=self.agent, endpoint=f"http://{self.service.host}/{name}", **self.browser.keys)

    def gone(self) -> None:
        presence.renew_leases(agent_ids=[self.agent.pk])
        AgentState.objects.filter(pk=self.agent.pk).update(lease_until=database_now() + presence.LEASE)
        presence.shorten_lease(agent_id=self.agent.pk)

    def back(self) -> None:
        presence.renew_leases(agent_ids=[self.agent.pk])

    def text(self, words: str = "Are you there?") -> None:
        self.floor.do(
            add_inbound_message,
            contact=Contact.objects.get(pk=self.contact.pk),
            incoming=incoming(words),
            now=database_now(),
        )

    def told(self) -> list[dict[str, Any]]:
        deliver_due()
        return [self.browser.read(body) for _headers, body in self.service.calls]


@pytest.fixture
def away(floor, service) -> Away:
    return Away(floor, service)


def test_a_text_is_told_once_without_its_words(away):
    away.text("My card is 1234")
    assert has_due()
    [told] = away.told()
    assert (told["contact"], told["body"], told["tag"]) == (away.contact.pk, "", f"text-{away.contact.pk}")
    assert "1234" not in json.dumps(told)
    assert len(away.told()) == 1
    assert not has_due()


def test_the_push_service_is_told_who_we_are_and_for_how_long_it_counts(away):
    away.text()
    away.told()
    [(headers, _body)] = away.service.calls
    scheme, _space, rest = headers["Authorization"].partition(" ")
    token, key = (part.strip().partition("=")[2] for part in rest.split(","))
    assert (scheme, key) == ("vapid", web_push.public_key())
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=f"http://{away.service.host}")
    assert claims["sub"] == "mailto:admin@example.com"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert (headers["TTL"], headers["Urgency"]) == ("3600", "high")
    assert headers["Topic"] == f"text-{away.contact.pk}"


def test_an_offer_is_told_while_it_can_be_answered(away):
    waiting = away.floor.contact(text="Second")
    [told] = away.told()
    assert (told["offer"], told["stays"]) == (pending(waiting).pk, True)
    assert away.floor.skill.name in told["title"]
    assert int(away.service.calls[0][0]["TTL"]) <= 300

    PushSubscription.objects.update(seq=0)
    away.service.calls.clear()
    away.floor.do(offers.refuse_offer, offer_id=pending(waiting).pk, by=away.agent)
    assert [one for one in away.told() if one["offer"]] == []


def test_words_and_number_are_told_where_the_administrator_allows_it(away):
    BusinessUnit.objects.update(push_shows_texts=True)
    away.text("Still   waiting\nhere")
    away.floor.contact(text="Second")
    text, offer = away.told()
    assert text["body"] == "Still waiting here"
    assert offer["body"].endswith(": Second")


def test_in_the_language_of_the_agent(away):
    away.agent.user.language = "fr"
    away.agent.user.save()
    away.text()
    [told] = away.told()
    assert told["title"] == "Un client vous a écrit"


def test_whose_page_is_open_is_told_by_it_alone(away):
    away.back()
    away.text()
    assert not has_due()
    assert away.told() == []
    # What came while it was open is no news when it is closed.
    away.gone()
    Push.objects.update(at=F("at") - timedelta(seconds=30))
    assert away.told() == []
    away.text("Later")
    assert len(away.told()) == 1


def test_who_vanishes_is_told_that_he_gets_no_more(away):
    away.told()
    AgentState.objects.filter(pk=away.agent.pk).update(lease_until=database_now())
    away.floor.do(presence.expire_leases)
    assert [told["tag"] for told in away.told()] == ["state"]


def test_several_texts_of_one_contact_are_one_notification_and_several_browsers_are_all_told(away):
    away.subscribe("two")
    away.text("one")
    away.text("two")
    assert [told["tag"] for told in away.told()] == [f"text-{away.contact.pk}"] * 2


def test_old_news_is_not_told(away):
    away.text()
    AgentState.objects.update(lease_until=database_now() - web_push.REACHABLE + timedelta(minutes=1))
    Push.objects.update(at=database_now() - web_push.WORTH_TELLING - timedelta(seconds=1))
    assert away.told() == []


def test_who_went_home_is_left_in_peace(away):
    AgentState.objects.update(lease_until=database_now() - web_push.REACHABLE)
    away.text()
    assert not has_due()
    assert away.told() == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_has_unsubscribed_is_forgotten(away, status):
    away.service.status = status
    away.text()
    away.told()
    assert not PushSubscription.objects.exists()


def test_a_push_service_in_trouble_forgets_nobody(away):
    away.service.status = 503
    away.text()
    away.told()
    assert PushSubscription.objects.exists()


def test_an_address_of_our_own_network_is_not_called_and_forgotten(away, settings):
    settings.OUTGOING_PRIVATE_HOSTS = []
    PushSubscription.objects.update(endpoint=f"https://{away.service.host}/one")
    away.text()
    assert away.told() == []
    assert away.service.calls == []
    assert not PushSubscription.objects.exists()


def test_who_is_no_agent_any_more_is_told_nothing(away):
    away.text()
    Agent.objects.update(is_active=False)
    assert not has_due()
    assert away.told() == []


def test_without_a_key_there_is_no_push(away, settings):
    settings.VAPID_PRIVATE_KEY = ""
    away.text()
    assert not has_due()
    assert away.told() == []
    assert web_push.public_key() == ""


def test_the_relay_sends_for_a_worker(monkeypatch):
    heard: list[str] = []

    def publish(_self: Relay, task: Any, **_more: object) -> bool:
        heard.append(task.name)
        return True

    monkeypatch.setattr(Relay, "_publish", publish)
    Relay(threading.Event()).pass_on(PUSHES)
    assert heard == ["workspace.deliver_pushes"]


@pytest.mark.django_db(transaction=True)
def test_a_push_hints_only_for_who_has_no_page_open_and_a_browser_that_wants_it(service):
    agent, other, browser = AgentFactory.create(), AgentFactory.create(), Browser()
    subscribe(agent=agent, endpoint=f"http://{service.host}/one", **browser.keys)
    soon = database_now() + timedelta(seconds=3)
    AgentState.objects.update(lease_until=soon)
    parameters = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unknown, None)
    with psycopg.connect(**parameters, autocommit=True) as listening:
        listening.execute(f"LISTEN {WORK_CHANNEL}")
        feed.push(other.pk, ("notice.read", {"id": 1}))
        feed.push(agent.pk, ("notice.read", {"id": 1}))
        AgentState.objects.update(lease_until=soon + presence.LEASE)
        feed.push(agent.pk, ("notice.read", {"id": 1}))
        hint_work("end")
        heard = [one.payload for one in listening.notifies(timeout=20, stop_after=2)]
    assert heard == [PUSHES, "end"]


# -- Subscriptions ---------------


def test_a_browser_subscribes_and_unsubscribes_by_the_api(away, api):
    client = api(away.agent.user)
    body = {"endpoint": f"http://{away.service.host}/api", "keys": away.browser.keys}
    url = "/api/v1/me/push-subscription"
    for _time in range(2):
        assert client.put(url, body, format="json").status_code == 204
    assert PushSubscription.objects.filter(endpoint=body["endpoint"], agent=away.agent).count() == 1
    assert client.delete(url, {"endpoint": body["endpoint"]}, format="json").status_code == 204
    assert not PushSubscription.objects.filter(endpoint=body["endpoint"]).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "http://push.example.com/x"}, "endpoint"),
        ({"endpoint": "https://me@push.example.com/x"}, "endpoint"),
        ({"endpoint": "nonsense"}, "endpoint"),
        ({"p256dh": "AAAA"}, "p256dh"),
        ({"p256dh": "!"}, "p256dh"),
        ({"p256dh": encoded(b"\x04" + bytes(64))}, "p256dh"),
        ({"auth": "AAAA"}, "auth"),
        ({"auth": "é"}, "auth"),
    ],
)
def test_what_no_browser_sends_is_refused(away, change, field):
    values = {"endpoint": "https://push.example.com/x", **away.browser.keys} | change
    with pytest.raises(RuleBroken) as refused:
        subscribe(agent=away.agent, **values)
    assert list(refused.value.fields) == [field]


def test_a_browser_belongs_to_who_used_it_last_and_only_he_ends_it(away):
    colleague = away.floor.agent()
    endpoint = away.subscribe().endpoint
    subscribe(agent=colleague, endpoint=endpoint, **away.browser.keys)
    assert PushSubscription.objects.get(endpoint=endpoint).agent == colleague
    unsubscribe(agent=away.agent, endpoint=endpoint)
    assert PushSubscription.objects.filter(endpoint=endpoint).exists()


def test_of_many_browsers_the_oldest_goes(away):
    for number in range(web_push.MOST_BROWSERS + 2):
        away.subscribe(f"browser-{number}")
    kept = set(PushSubscription.objects.values_list("endpoint", flat=True))
    assert len(kept) == web_push.MOST_BROWSERS
    assert f"http://{away.service.host}/browser-0" not in kept
