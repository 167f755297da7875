"""Customers, contacts, messages and offers as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contacts.models import Contact
from tests.factories.agents import AgentFactory
from tests.factories.contacts import (
    ContactFactory,
    CustomerFactory,
    MessageFactory,
    MessagePartFactory,
    ScriptRunFactory,
    TraceStepFactory,
)
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.routing import DecisionFactory, OfferFactory
from tests.factories.skills import SkillFactory

API = "/api/v1"


@pytest.fixture
def point(people):
    skill = SkillFactory.create(
        name="Support", business_unit=people.unit, initial_priority=100, acceleration=10, max_priority=150
    )
    return PointOfContactFactory.create(name="Front door", business_unit=people.unit, skill=skill)


def contact_of(people, point, **values) -> Contact:
    return ContactFactory.create(business_unit=people.unit, point_of_contact=point, **values)


def test_contact(admin, people, point):
    agent = AgentFactory.create(business_unit=people.unit, user__username="olivia")
    disposition = DispositionFactory.create(business_unit=people.unit, name="Resolved")
    contact = contact_of(people, point, closed=True, agent=agent, disposition=disposition)
    contact.tags.add(TagFactory.create(business_unit=people.unit, name="VIP"))
    body = admin.get(f"{API}/contacts/{contact.pk}").json()
    shown = {name: body[name] for name in ("state", "customer", "point_of_contact", "skill", "agent")}
    assert shown == {
        "state": "closed",
        "customer": contact.customer.address,
        "point_of_contact": "Front door",
        "skill": "Support",
        "agent": "olivia",
    }
    assert (body["disposition"], body["tags"], body["priority"]) == ("Resolved", ["VIP"], None)
    assert all(body[name] for name in ("queued_at", "accepted_at", "ended_at", "closed_at", "created_at"))


def test_priority_is_the_one_of_now(admin, people, point):
    waits = {0: 100, 2: 120, 60: 150}
    now = datetime.now(tz=UTC)
    for minutes, expected in waits.items():
        contact = contact_of(people, point, queued=True, queued_at=now - timedelta(minutes=minutes))
        body = admin.get(f"{API}/contacts/{contact.pk}").json()
        # Seconds of the test count too: ten points a minute.
        assert expected <= body["priority"] <= min(150, expected + 10)
    fresh = contact_of(people, point)
    assert admin.get(f"{API}/contacts/{fresh.pk}").json()["priority"] is None


def test_filters_of_contacts(admin, people, point):
    agent = AgentFactory.create(business_unit=people.unit, user__username="olivia")
    customer = CustomerFactory.create(business_unit=people.unit, address="33612345678", name="Ada")
    waiting = contact_of(people, point, queued=True, customer=customer)
    active = contact_of(people, point, active=True, agent=agent)
    other = ContactFactory.create(business_unit=people.unit)

    def ids(**query):
        answer = admin.get(f"{API}/contacts", query)
        assert answer.status_code == 200, answer.content
        return sorted(one["id"] for one in answer.json()["results"])

    assert ids() == [waiting.pk, active.pk, other.pk]
    assert ids(state="queued") == ids(customer="+33612345678") == ids(search="ada") == [waiting.pk]
    assert ids(state="queued,active") == ids(skill="support") == [waiting.pk, active.pk]
    assert ids(point_of_contact="front DOOR") == [waiting.pk, active.pk]
    assert ids(agent="olivia") == [active.pk]
    assert ids(agent="null") == [waiting.pk, other.pk]
    assert ids(customer="4490000") == ids(tag="VIP") == []
    later = (datetime.now(tz=UTC) + timedelta(hours=1)).isoformat()
    assert ids(queued_after=later) == []
    assert admin.get(f"{API}/contacts", {"state": "lost"}).status_code == 400


def test_messages(admin, people, point):
    contact = contact_of(people, point, queued=True)
    first = MessageFactory.create(contact=contact, text="My parcel is late", author=None)
    reply = MessageFactory.create(contact=contact, outbound=True, text="Sorry", author=people.agent.user)
    for number, provider_id in ((2, "b"), (1, "a")):
        MessagePartFactory.create(message=reply, number=number, provider_message_id=provider_id)
    MessageFactory.create(contact=contact_of(people, point))
    listed = admin.get(f"{API}/messages", {"contact": contact.pk}).json()["results"]
    assert [one["id"] for one in listed] == [first.pk, reply.pk]
    assert (listed[0]["from"], listed[0]["to"]) == (first.from_address, first.to_address)
    assert (listed[0]["direction"], listed[0]["status"], listed[0]["author"]) == ("inbound", "received", None)
    assert (listed[1]["provider_message_ids"], listed[1]["author"]) == (
        ["a", "b"],
        people.agent.user.username,
    )
    assert {"text", "status_reason", "segments", "created_at"} <= listed[1].keys()
    assert admin.get(f"{API}/messages", {"search": "PARCEL"}).json()["count"] == 1
    assert admin.get(f"{API}/messages", {"direction": "outbound"}).json()["count"] == 1
    assert admin.get(f"{API}/messages", {"provider_message_id": "a"}).json()["count"] == 1


def test_offers(admin, people, point):
    agent = AgentFactory.create(business_unit=people.unit, user__username="olivia")
    offer = OfferFactory.create(contact=contact_of(people, point, offered=True), agent=agent)
    body = admin.get(f"{API}/offers", {"agent": "olivia", "state": "pending"}).json()["results"]
    assert [(one["id"], one["contact"], one["skill"]) for one in body] == [
        (offer.pk, offer.contact_id, offer.skill.name)
    ]
    assert {"reason", "offered_at", "expires_at", "settled_at"} <= body[0].keys()
    assert admin.get(f"{API}/offers", {"contact": offer.contact_id}).json()["count"] == 1
    assert admin.get(f"{API}/offers", {"state": "refused"}).json()["count"] == 0


def test_trace_and_decisions(admin, people, point):
    contact = contact_of(people, point, offered=True)
    ScriptRunFactory.create(contact=contact, version=point.script.versions.get())
    TraceStepFactory.create(contact=contact, position=2, action_id="queue", action_type="REQAGENT")
    TraceStepFactory.create(contact=contact, position=1, action_id="begin", action_type="BEGIN")
    trace = admin.get(f"{API}/contacts/{contact.pk}/trace").json()
    assert [(one["position"], one["action"], one["type"]) for one in trace["results"]] == [
        (1, "begin", "BEGIN"),
        (2, "queue", "REQAGENT"),
    ]
    agent = AgentFactory.create(business_unit=people.unit, user__username="olivia")
    offer = OfferFactory.create(contact=contact, agent=agent)
    decision = DecisionFactory.create(offer=offer, contact=contact)
    (shown,) = admin.get(f"{API}/contacts/{contact.pk}/decisions").json()["results"]
    assert (shown["offer"], shown["agent"], shown["outcome"]) == (offer.pk, "olivia", "pending")
    assert shown["contacts_considered"] == decision.contacts_considered
    script = admin.get(f"{API}/contacts/{contact.pk}").json()["script"]
    assert (script["name"], script["version"]) == (point.script.name, 1)


@pytest.mark.parametrize("resource", ["customers", "contacts", "messages", "offers"])
def test_in_threes(resource, admin, colleague, stranger, people, point):
    offer = OfferFactory.create(
        contact=contact_of(people, point, offered=True),
        agent=AgentFactory.create(business_unit=people.unit),
    )
    row = {
        "customers": offer.contact.customer,
        "contacts": offer.contact,
        "messages": MessageFactory.create(contact=offer.contact),
        "offers": offer,
    }[resource]
    url = f"{API}/{resource}/{row.pk}"
    assert admin.get(url).status_code == 200
    assert admin.get(f"{API}/{resource}").json()["count"] == 1
    assert colleague.get(url).status_code == 403
    assert colleague.get(f"{API}/{resource}").status_code == 403
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"{API}/{resource}").json()["count"] == 0
    for method in ("put", "patch", "delete"):
        assert getattr(admin, method)(url, {}).status_code in (403, 405)
    if resource == "contacts":
        assert stranger.get(f"{url}/trace").status_code == 404
        assert colleague.get(f"{url}/decisions").status_code == 403


@pytest.mark.parametrize(
    ("resource", "queries"), [("customers", 5), ("contacts", 6), ("messages", 6), ("offers", 5)]
)
def test_lists_cost_the_same_for_one_and_for_many(
    resource, queries, admin, people, point, django_assert_num_queries
):
    def make():
        agent = AgentFactory.create(business_unit=people.unit)
        contact = contact_of(people, point, active=True, agent=agent)
        contact.tags.add(TagFactory.create(business_unit=people.unit))
        MessagePartFactory.create(message=MessageFactory.create(contact=contact))
        OfferFactory.create(contact=contact, agent=agent)

    make()
    admin.get(f"{API}/{resource}")
    for expected in (1, 4):
        with django_assert_num_queries(queries):
            assert admin.get(f"{API}/{resource}").json()["count"] == expected
        for _ in range(3):
            make()
