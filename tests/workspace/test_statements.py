"""What an agent's requests cost, in statements: so that it does not grow again unnoticed."""

from __future__ import annotations

import pytest

from routing.services.offers import expire_offers
from tests.routing.floor import let_expire, pending


@pytest.fixture
def desk(floor, api):
    """An agent with a contact before him, his client, and the first request of his token behind him."""
    agent = floor.agent()
    client = api(agent.user)
    client.get("/api/v1/me/workspace")
    return client, pending(floor.contact(text="Hello"))


def test_accept_reply_end(desk, django_assert_num_queries):
    client, offer = desk
    contact = f"/api/v1/contacts/{offer.contact_id}"
    # One asks whether the script has something to say to an answer.
    with django_assert_num_queries(13):
        assert client.post(f"/api/v1/offers/{offer.pk}/accept").status_code == 200
    with django_assert_num_queries(13):
        assert client.post(f"{contact}/messages", {"text": "Hi"}).status_code == 201
    with django_assert_num_queries(15):
        assert client.post(f"{contact}/end").status_code == 200


def test_refuse(desk, django_assert_num_queries):
    client, offer = desk
    # One asks whether the script has something to say to a refusal.
    with django_assert_num_queries(12):
        assert client.post(f"/api/v1/offers/{offer.pk}/refuse").status_code == 200


def test_refusal_timeout(desk, django_assert_num_queries):
    _client, offer = desk
    let_expire(offer)
    # Two are the savepoint that a test has in place of a transaction.
    with django_assert_num_queries(11):
        assert expire_offers() == 1
