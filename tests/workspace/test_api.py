"""The agent's own endpoints: who may do what with which contact, and what refusals look like."""

from __future__ import annotations

from datetime import datetime

import pytest
from rest_framework.test import APIClient

from agents.models import AgentState
from contacts.models import Contact, Draft, Message, Note, Participant
from core.clock import database_now
from organizations.services import create_api_token
from routing.models import Decision, Offer
from routing.services import offers
from tests.factories.agents import AgentSkillFactory
from tests.factories.organizations import UserFactory
from tests.routing.floor import let_expire, pending, state_of
from workspace.models import Push

COMMANDS = [
    ("get", "/api/v1/me/workspace", None),
    ("put", "/api/v1/me/state", {"state": "available"}),
    ("put", "/api/v1/me/next-state", {"reason": "Break"}),
    ("delete", "/api/v1/me/next-state", None),
    ("post", "/api/v1/offers/{offer}/accept", None),
    ("post", "/api/v1/offers/{offer}/refuse", None),
    ("post", "/api/v1/contacts/{contact}/messages", {"text": "Hi"}),
    ("post", "/api/v1/contacts/{contact}/transfer", {"skill": "{skill}"}),
    ("post", "/api/v1/contacts/{contact}/end", None),
    ("post", "/api/v1/contacts/{contact}/extend", None),
    ("post", "/api/v1/contacts/{contact}/disposition", {"notes": "x"}),
    ("post", "/api/v1/contacts/{contact}/read", None),
    ("post", "/api/v1/contacts/{contact}/unread", None),
    ("put", "/api/v1/contacts/{contact}/draft", {"text": "Hel"}),
    ("put", "/api/v1/contacts/{contact}/snooze", None),
    ("delete", "/api/v1/contacts/{contact}/snooze", None),
    ("post", "/api/v1/contacts/{contact}/notes", {"text": "Careful"}),
    ("post", "/api/v1/contacts/{contact}/consultation", {"agent": "{third}", "text": "What now?"}),
    ("get", "/api/v1/contacts/{contact}/history", None),
    ("get", "/api/v1/contacts/{contact}/quick-replies", None),
]
ids = [path.replace("/api/v1/", "") for _method, path, _body in COMMANDS]


class Desk:
    """One agent with one active contact and one offer, and a colleague."""

    def __init__(self, floor) -> None:
        self.floor = floor
        self.agent = floor.agent()
        self.contact = floor.contact()
        floor.do(offers.accept_offer, offer_id=pending(self.contact).pk, by=self.agent)
        self.offer = pending(floor.contact())
        self.colleague = floor.agent(skills=[])
        self.third = floor.agent(skills=[], available=False)

    def client(self, user) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_api_token(user=user)}")
        return client

    def call(self, client: APIClient, method: str, path: str, body):
        values = {"offer": self.offer.pk, "contact": self.contact.pk}
        if body:
            names = {"skill": self.floor.skill.name, "third": self.third.user.username}
            body = {key: value.format(**names) for key, value in body.items()}
        with self.floor.commits():
            return getattr(client, method)(path.format(**values), body, format="json")


@pytest.fixture
def desk(floor) -> Desk:
    return Desk(floor)


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS, ids=ids)
def test_anonymous_is_asked_who_he_is(desk, method, path, body):
    response = desk.call(APIClient(), method, path, body)
    assert response.status_code == 401
    assert response.json()["code"]


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS, ids=ids)
def test_administrator_who_is_no_agent_has_no_workspace(desk, method, path, body):
    admin = UserFactory.create(business_unit=desk.floor.unit, administrator=True)
    response = desk.call(desk.client(admin), method, path, body)
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS[4:], ids=ids[4:])
def test_contact_or_offer_of_a_colleague_is_not_found(desk, method, path, body):
    before = Contact.objects.get(pk=desk.contact.pk)
    response = desk.call(desk.client(desk.colleague.user), method, path, body)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    after = Contact.objects.get(pk=desk.contact.pk)
    assert (after.state, after.agent, after.notes) == (before.state, before.agent, before.notes)
    assert (after.unread, after.snoozed_at) == (before.unread, before.snoozed_at)
    assert not any(model.objects.exists() for model in (Message, Note, Draft, Participant))


NOT_YET = {"contacts/{contact}/extend"}
"""What comes after the end only."""


@pytest.mark.parametrize(
    ("method", "path", "body"), [one for one in COMMANDS if one[1].removeprefix("/api/v1/") not in NOT_YET]
)
def test_owner_may(desk, method, path, body):
    assert desk.call(desk.client(desk.agent.user), method, path, body).status_code in (200, 201, 204)


def test_settled_offer_is_gone(desk):
    client = desk.client(desk.agent.user)
    let_expire(desk.offer)
    response = desk.call(client, "post", "/api/v1/offers/{offer}/accept", None)
    assert (response.status_code, response.json()["code"]) == (409, "offer_gone")


def test_session_needs_the_csrf_token_and_a_token_does_not(desk):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(desk.agent.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/me/workspace").status_code == 200
    assert browser.put("/api/v1/me/state", {"state": "available"}, format="json").status_code == 403
    assert state_of(desk.agent).lease_until is not None


def test_browser_must_keep_giving_signs_of_life_and_a_program_need_not(desk):
    browser = APIClient()
    browser.force_login(desk.agent.user, backend="django.contrib.auth.backends.ModelBackend")
    desk.call(browser, "put", "/api/v1/me/state", {"state": "available"})
    assert state_of(desk.agent).lease_until is not None
    desk.call(desk.client(desk.agent.user), "put", "/api/v1/me/state", {"state": "available"})
    assert state_of(desk.agent).lease_until is None


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("contacts/{contact}/messages", {"text": "   "}, "text"),
        ("contacts/{contact}/messages", {}, "text"),
        ("contacts/{contact}/messages", {"text": "x" * 1531}, "text"),
        ("contacts/{contact}/transfer", {"skill": "nowhere"}, "skill"),
        ("contacts/{contact}/transfer", {"agent": "nobody"}, "agent"),
        ("contacts/{contact}/disposition", {"disposition": "none such"}, "disposition"),
    ],
)
def test_what_is_wrong_is_said_by_field(desk, path, body, field):
    response = desk.call(desk.client(desk.agent.user), "post", f"/api/v1/{path}", body)
    assert response.status_code == 400
    assert list(response.json()["fields"]) == [field]


def test_agent_writes_first(desk):
    outbound = desk.floor.make_skill(outbound=True)
    AgentSkillFactory.create(agent=desk.agent, skill=outbound)
    client = desk.client(desk.agent.user)
    body = {"skill": outbound.name, "to": "+33 6 12 34 56 78", "text": "Good news"}
    response = client.post("/api/v1/contacts", body, format="json")
    assert response.status_code == 201, response.content
    assert response.json()["customer"] == "+33612345678"
    message = Message.objects.get()
    assert (message.to_address, message.text, message.author) == ("33612345678", "Good news", desk.agent.user)
    repeated = client.post("/api/v1/contacts", body, format="json")
    assert (repeated.status_code, repeated.json()["code"]) in [
        (409, "already_open"),
        (409, "no_free_session"),
    ]


def test_repeat_with_an_idempotency_key_sends_one_text(desk):
    client = desk.client(desk.agent.user)
    path = f"/api/v1/contacts/{desk.contact.pk}/messages"
    answers = [
        client.post(path, {"text": "Hi"}, format="json", HTTP_IDEMPOTENCY_KEY="once").json()
        for _repeat in range(2)
    ]
    assert answers[0] == answers[1]
    assert Message.objects.count() == 1


def test_next_state_is_shown_and_taken_back(desk):
    client = desk.client(desk.agent.user)
    answer = desk.call(client, "put", "/api/v1/me/next-state", {"reason": "Break"})
    assert (answer.json()["state"], answer.json()["next_reason"]) == ("available", "Break")
    assert client.get("/api/v1/me/workspace").json()["state"]["next_reason"] == "Break"
    assert desk.call(client, "delete", "/api/v1/me/next-state", None).json()["next_reason"] == ""
    refused = desk.call(client, "put", "/api/v1/me/next-state", {"reason": ""})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["reason"])


@pytest.mark.parametrize("seconds", [0, 30])
def test_desk_is_told_until_when_nothing_is_offered(desk, seconds):
    """By the snapshot, and by a push at the moment it begins; without a cool-down nothing more is sent."""
    client = desk.client(desk.agent.user)
    AgentState.objects.filter(pk=desk.agent.pk).update(cool_down_after_accept_seconds=seconds)
    assert client.get("/api/v1/me/workspace").json()["state"]["cooling_until"] is None
    offered = desk.floor.contact()
    pushes = Push.objects.filter(agent=desk.agent, type="state.changed")
    before = pushes.count()
    offer = Offer.objects.get(contact=offered, state="pending")
    desk.call(client, "post", f"/api/v1/offers/{offer.pk}/accept", None)
    until = client.get("/api/v1/me/workspace").json()["state"]["cooling_until"]
    if not seconds:
        assert (until, pushes.count()) == (None, before)
        return
    left = datetime.fromisoformat(until) - database_now()
    assert 25 < left.total_seconds() <= 30
    assert pushes.latest("seq").data["cooling_until"] == until


def test_contact_says_how_far_its_after_contact_work_may_be_extended(desk):
    desk.floor.skill.after_contact_work_seconds = 60
    desk.floor.skill.after_contact_work_extension_seconds = 60
    desk.floor.skill.save()
    client = desk.client(desk.agent.user)
    ended = desk.call(client, "post", "/api/v1/contacts/{contact}/end", None).json()
    assert ended["acw_extendable_until"] > ended["acw_until"]
    longer = desk.call(client, "post", "/api/v1/contacts/{contact}/extend", None).json()
    assert longer["acw_until"] == longer["acw_extendable_until"] == ended["acw_extendable_until"]
    over = desk.call(client, "post", "/api/v1/contacts/{contact}/extend", None)
    assert (over.status_code, over.json()["code"]) == (409, "no_more_time")


def test_offer_says_why_this_agent(desk):
    offer = desk.client(desk.agent.user).get("/api/v1/me/workspace").json()["offers"][0]
    # It grows while he waits, by a thousandth in 60 ms.
    assert 0 <= offer["why"].pop("priority") < 1
    assert offer["why"] == {
        "outcome": "offered",
        "proficiency": 10,
        "compared": 1,
        "also_ready": 0,
        "is_for_him_alone": False,
    }


def test_offer_whose_decision_was_not_recorded_says_nothing(desk):
    Decision.objects.all().delete()
    assert desk.client(desk.agent.user).get("/api/v1/me/workspace").json()["offers"][0]["why"] is None


def test_offer_for_him_alone_says_so(desk):
    floor = desk.floor
    kept = floor.agent(skills=[])
    floor.contact(target=kept)
    why = desk.client(kept.user).get("/api/v1/me/workspace").json()["offers"][0]["why"]
    assert (why["is_for_him_alone"], why["proficiency"]) == (True, None)
