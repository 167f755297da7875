"""What an agent's requests cost, in statements: so that it does not grow again unnoticed."""

from __future__ import annotations

import pytest

from tests.routing.floor import pending


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
    # Two are the savepoint around what the script has to say to a refusal.
    with django_assert_num_queries(15):
        assert client.post(f"/api/v1/offers/{offer.pk}/refuse").status_code == 200
