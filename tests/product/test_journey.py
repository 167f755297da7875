"""The main job, end to end, through the doors that customers, the provider and agents use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product.floor import Agent, Floor, open_floors
from tests.product.nexmo import FakeNexmo, call, receipt_fields
from tests.product.product import Product, until

pytestmark = pytest.mark.product


def messages_of(product: Product, number: str, sender: str) -> list[tuple[Any, ...]]:
    """(contact, direction, text, status) in the order of the conversation."""
    return product.rows(
        "SELECT m.contact_id, m.direction, m.text, m.status FROM contacts_message m "
        "JOIN contacts_contact c ON c.id = m.contact_id JOIN contacts_customer u ON u.id = c.customer_id "
        "JOIN sms_registrations_smsregistration r ON r.id = m.transport_code_id "
        "WHERE r.transport_code = %s AND u.address = %s ORDER BY m.contact_id, m.position",
        [number, sender],
    )


@pytest.mark.parametrize("how", ["get", "form", "json"])
def test_a_text_is_offered_answered_delivered_and_closed(product: Product, nexmo: FakeNexmo, how: str):
    """The next text after the close opens a new contact."""
    [floor] = open_floors(product, agents=1, disposition=True)
    customer = {"get": "33612000001", "form": "33612000002", "json": "33612000003"}[how]
    with Agent(product, floor.agents[0]) as agent:
        agent.become("available")
        floor.text(customer, "Hello, I need help €", how=how)
        offer = agent.wait_for("offer.made")
        assert offer["text"] == "Hello, I need help €"
        contact = offer["contact"]

        accepted = agent.ask("POST", f"offers/{offer['id']}/accept")
        assert accepted["contact"]["state"] == "active"
        assert agent.ask("POST", f"offers/{offer['id']}/accept", status=409)["code"] == "offer_gone"
        floor.text(customer, "It is urgent", how=how)
        pushed = agent.wait_for("message.received", contact=contact)
        assert pushed["message"]["text"] == "It is urgent"

        agent.ask("POST", f"contacts/{contact}/messages", status=201, text="Hi, how can I help?")
        [submit] = until(lambda: nexmo.submits(to=customer), 10, "the reply at the provider")
        assert (submit["from"], submit["text"]) == (floor.number, "Hi, how can I help?")
        assert call(floor.status, receipt_fields(submit), how=how).status_code == 200
        until(lambda: _has_delivered(agent), 10, "the receipt at the agent")

        assert agent.ask("POST", f"contacts/{contact}/end")["state"] == "after_contact_work"
        refused = agent.ask("POST", f"contacts/{contact}/disposition", status=400, disposition=None)
        assert "disposition" in refused["fields"]
        outcome = {"disposition": "Resolved", "notes": "all well", "tags": ["VIP"]}
        assert agent.ask("POST", f"contacts/{contact}/disposition", **outcome)["state"] == "closed"
        assert agent.workspace()["contacts"] == []

        floor.text(customer, "One more thing", how=how)
        second = until(lambda: agent.pushes("offer.made")[1:], 10, "the offer of a new contact")[0][1]
        assert second["contact"] != contact
        agent.ask("POST", f"offers/{second['id']}/refuse")
        assert agent.numbers_have_no_gaps()
    assert messages_of(product, floor.number, customer) == [
        (contact, "inbound", "Hello, I need help €", "received"),
        (contact, "inbound", "It is urgent", "received"),
        (contact, "outbound", "Hi, how can I help?", "delivered"),
        (second["contact"], "inbound", "One more thing", "received"),
    ]
    assert len(nexmo.submits(to=customer)) == 1


def _has_delivered(agent: Agent) -> bool:
    return any(data["message"]["status"] == "delivered" for _at, data in agent.pushes("message.status"))


def test_the_provider_repeats_its_call_and_the_text_is_stored_once(product: Product):
    [floor] = open_floors(product, agents=1)
    customer = "33612000010"
    for _ in range(3):
        floor.text(customer, "Only once", message_id="REPEATED000001")
    floor.text(customer, "And this", message_id="REPEATED000002")
    stored = until(
        lambda: rows if len(rows := messages_of(product, floor.number, customer)) >= 2 else [],
        10,
        "both texts",
    )
    assert [text for _contact, _direction, text, _status in stored] == ["Only once", "And this"]
    assert len({contact for contact, *_rest in stored}) == 1


def test_a_refused_offer_moves_to_the_next_agent(product: Product):
    [floor] = open_floors(product, agents=2)
    with Agent(product, floor.agents[0]) as one, Agent(product, floor.agents[1]) as two:
        one.become("available")
        two.become("available")
        floor.text("33612000020", "Who is there?")
        first = one.wait_for("offer.made")
        assert two.pushes("offer.made") == []
        one.ask("POST", f"offers/{first['id']}/refuse")
        second = two.wait_for("offer.made", contact=first["contact"])
        assert second["id"] != first["id"]
        two.ask("POST", f"offers/{second['id']}/accept")
        assert [data["id"] for _at, data in one.pushes("offer.withdrawn")] == [first["id"]]


def test_stop_is_confirmed_once_and_forbids_replies(product: Product, nexmo: FakeNexmo):
    [floor] = open_floors(product, agents=1)
    customer = "33612000030"
    with Agent(product, floor.agents[0]) as agent:
        agent.become("available")
        offer = _offered(agent, floor, customer)
        agent.ask("POST", f"offers/{offer['id']}/accept")
        floor.text(customer, " Arrêt ")
        until(lambda: nexmo.submits(to=customer), 10, "the confirmation")
        floor.text(customer, "STOP")
        until(lambda: len(agent.pushes("message.received")) >= 2, 10, "both wishes")
        refused = agent.ask("POST", f"contacts/{offer['contact']}/messages", status=422, text="Still there?")
        assert refused["code"] == "recipient_opted_out"
        assert agent.workspace()["contacts"][0]["opted_out"] is True
        floor.text(customer, "START")
        until(lambda: len(nexmo.submits(to=customer)) == 2, 10, "the confirmation of START")
        agent.ask("POST", f"contacts/{offer['contact']}/messages", status=201, text="Welcome back")
        until(lambda: len(nexmo.submits(to=customer)) == 3, 10, "the reply")


def _offered(agent: Agent, floor: Floor, customer: str) -> dict[str, Any]:
    floor.text(customer, "Hello")
    return agent.wait_for("offer.made")
