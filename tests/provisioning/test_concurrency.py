"""Races of real connections: repeated keys, lost updates."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns.models import Campaign
from core.models import IdempotentRequest
from organizations.models import User
from organizations.roles import ensure_roles
from organizations.services import create_api_token
from tests.factories.campaigns import CampaignFactory
from tests.factories.organizations import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6
URL = "/api/v1/campaigns"


@pytest.fixture
def user(transactional_db) -> User:
    ensure_roles()
    return UserFactory.create(administrator=True)


@pytest.fixture
def at_once(user: User) -> Callable[[Callable[[APIClient, int], Any]], list[Any]]:
    """Run the call in several threads, each with its own connection, started together."""
    token = create_api_token(user=user)

    def run(call: Callable[[APIClient, int], Any]) -> list[Any]:
        barrier = Barrier(AT_ONCE)

        def one(number: int) -> Any:
            client = APIClient(headers={"Authorization": f"Bearer {token}"})
            try:
                barrier.wait(timeout=30)
                return call(client, number)
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, range(AT_ONCE)))

    return run


def test_concurrent_repeats_make_one_object(at_once, user):
    answers = at_once(
        lambda client, _number: client.post(
            URL, {"name": "Service"}, format="json", headers={"Idempotency-Key": "k"}
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Campaign.objects.count() == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == AT_ONCE - 1


def test_without_a_key_the_name_decides(at_once, user):
    answers = at_once(lambda client, _number: client.post(URL, {"name": "Service"}, format="json"))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * (AT_ONCE - 1)
    refusals = [answer.json() for answer in answers if answer.status_code == 400]
    assert {tuple(refusal["fields"]) for refusal in refusals} == {("name",)}
    assert Campaign.objects.count() == 1


def test_of_those_who_read_the_same_state_one_changes_it(at_once, user):
    campaign = CampaignFactory.create(business_unit=user.business_unit)
    url = f"{URL}/{campaign.pk}"
    reader = APIClient(headers={"Authorization": f"Bearer {create_api_token(user=user)}"})
    tag = reader.get(url)["ETag"]
    answers = at_once(
        lambda client, number: client.patch(
            url, {"description": f"by {number}"}, format="json", headers={"If-Match": tag}
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (AT_ONCE - 1)
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    campaign.refresh_from_db()
    assert campaign.description == f"by {winner}"


def test_concurrent_applies_make_each_object_once(at_once, user):
    document = {"campaigns": [{"name": "Service"}], "tags": [{"name": "VIP"}]}
    answers = at_once(lambda client, _number: client.post("/api/v1/apply", document, format="json"))
    assert {answer.status_code for answer in answers} == {200}
    created = [answer.json()["summary"]["create"] for answer in answers]
    assert sorted(created) == [0] * (AT_ONCE - 1) + [2]


def test_an_error_is_not_kept(at_once, user, api):
    client, headers = api(user), {"Idempotency-Key": "k"}
    assert (
        client.post("/api/v1/skills", {"name": "Support", "campaign": "X"}, headers=headers).status_code
        == 400
    )
    assert not IdempotentRequest.objects.exists()
    CampaignFactory.create(name="X", business_unit=user.business_unit)
    assert (
        client.post("/api/v1/skills", {"name": "Support", "campaign": "X"}, headers=headers).status_code
        == 201
    )


def test_keys_are_kept_for_24_hours(user, api):
    client, headers = api(user), {"Idempotency-Key": "k"}
    made = client.post(URL, {"name": "Service"}, headers=headers)
    assert made.status_code == 201
    _age(timedelta(hours=23, minutes=59))
    assert client.post(URL, {"name": "Service"}, headers=headers)["Idempotency-Replayed"] == "true"
    _age(timedelta(hours=24, minutes=1))
    assert client.post(URL, {"name": "Service"}, headers=headers).status_code == 400
    assert not IdempotentRequest.objects.exists()


def _age(age: timedelta) -> None:
    IdempotentRequest.objects.update(created_at=timezone.now() - age)


def test_keys_belong_to_user_and_address(user, api):
    other = UserFactory.create(administrator=True)
    headers = {"Idempotency-Key": "k"}
    answers = [
        api(user).post(URL, {"name": "Service"}, headers=headers),
        api(other).post(URL, {"name": "Service"}, headers=headers),
        api(user).post("/api/v1/tags", {"name": "Service"}, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert not any("Idempotency-Replayed" in answer for answer in answers)


def test_a_key_that_is_too_long_is_refused(user, api):
    answer = api(user).post(URL, {"name": "Service"}, headers={"Idempotency-Key": "k" * 201})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["Idempotency-Key"]
