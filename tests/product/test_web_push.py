"""A text to an agent whose page is closed, from the provider's call to his browser's push service."""

from __future__ import annotations

import pytest

from tests.product.floor import Agent, open_floors
from tests.product.product import Product, until
from tests.push_service import Browser, Service

pytestmark = [pytest.mark.product]

CUSTOMER = "33612345901"


def test_a_text_reaches_a_closed_desk_and_an_open_one_is_left_alone(product: Product, push_service: Service):
    browser = Browser()
    [floor] = open_floors(product, agents=1, timeout=300)
    with Agent(product, floor.agents[0]) as agent:
        address = f"http://{push_service.host}/one"
        agent.ask("PUT", "me/push-subscription", 204, endpoint=address, keys=browser.keys)
        agent.become("available")
        floor.text(CUSTOMER, "Where is my parcel?")
        offer = agent.wait_for("offer.made", 30)
        agent.ask("POST", f"offers/{offer['id']}/accept")
        # A program has no lease until its socket has been renewed once.
        leased = "SELECT 1 FROM agents_agentstate WHERE agent_id = %s AND lease_until IS NOT NULL"
        until(lambda: product.rows(leased, [agent.id]), 30, "the lease")
    floor.text(CUSTOMER, "Hello?")
    until(lambda: push_service.calls, 30, "the push")
    [told] = [browser.read(body) for _headers, body in push_service.calls]
    assert (told["tag"], told["contact"], told["body"]) == (f"text-{offer['contact']}", offer["contact"], "")
