"""Shards of the business units: each has one leader, and each leader finds what is his."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from acdconfig import sweeper
from acdconfig.models import Heartbeat
from acdconfig.sweeper import STEPS, Lead, beat
from agents.models import AgentState
from contacts.models import Contact
from core.clock import database_now
from core.shards import EVERYTHING, looking_after, only_ours, ours
from organizations.models import BusinessUnit
from routing import selectors
from routing.models import Offer
from routing.services import assignments, dispatch, offers, presence
from tests.routing.floor import Floor, let_expire, pending

pytestmark = pytest.mark.django_db(transaction=True)


# -- Who leads ---------------


@pytest.fixture
def locks() -> Iterator[list[psycopg.Connection]]:
    opened = [sweeper._own_connection() for _number in range(3)]
    yield opened
    for one in opened:
        one.close()


def leads(locks: list[psycopg.Connection], shards: int) -> list[Lead]:
    return [Lead(lock, shards) for lock in locks]


def say(*doing: str) -> None:
    Heartbeat.objects.all().delete()
    for number, what in enumerate(doing):
        beat(f"sweeper:test:{number}", what)


def test_with_one_shard_one_leads(locks: list[psycopg.Connection]):
    first, second, _third = leads(locks, 1)
    assert first.take_one()
    assert not second.take_one()
    first.balance()
    locks[0].close()
    assert until_true(second.take_one)
    with pytest.raises(psycopg.OperationalError):
        first.balance()


def test_each_takes_one_of_three(locks: list[psycopg.Connection]):
    three = leads(locks, 3)
    assert [lead.take_one() for lead in three] == [True, True, True]
    assert [lead.held for lead in three] == [{0}, {1}, {2}]
    say("leading", "leading", "leading")
    for lead in three:
        lead.balance()
    assert [lead.held for lead in three] == [{0}, {1}, {2}]


def test_one_alone_takes_all_and_gives_back_what_others_stand_by_for(locks: list[psycopg.Connection]):
    first, second, third = leads(locks, 3)
    first.take_one()
    say("leading")
    first.balance()
    assert first.held == {0, 1, 2}
    assert not second.take_one()
    say("leading", sweeper.STANDING_BY, sweeper.STANDING_BY)
    first.balance()
    assert first.held == {0, 1}
    assert second.take_one()
    first.balance()
    assert (first.held, second.held) == ({0}, {2})
    assert third.take_one()
    # Nothing more to give: everybody has his part, and shard 0 stays where it is.
    say("leading", "leading", "leading", sweeper.STANDING_BY)
    first.balance()
    assert (first.held, second.held, third.held) == ({0}, {2}, {1})


def test_what_a_dead_leader_held_is_taken_by_another_leader(locks: list[psycopg.Connection], monkeypatch):
    first, second, third = leads(locks, 3)
    for lead in (first, second, third):
        lead.take_one()
    # His sign of life is still fresh: by the number of sweepers nobody is due a second shard.
    say("leading", "leading", "leading")
    locks[2].close()
    monkeypatch.setattr(sweeper, "TAKE_SECONDS", 0.0)
    assert until_true(lambda: (first.balance(), 2 in first.held)[1])
    # The shard that is not free any more is no orphan for the other.
    second.balance()
    assert second.held == {1}


def until_true(look: Any) -> bool:
    """PostgreSQL needs a moment to see that a connection has ended."""
    end = database_now() + timedelta(seconds=10)
    while not (seen := look()) and database_now() < end:
        pass
    return bool(seen)


# -- What each finds ---------------


@pytest.fixture
def two(transactional_db: None) -> tuple[Floor, Floor]:
    """Two business units in different shards of two."""
    made = [Floor(nullcontext), Floor(nullcontext)]
    while made[1].unit.pk % 2 == made[0].unit.pk % 2:
        made[1] = Floor(nullcontext)
    return made[0], made[1]


def shard_of(floor: Floor) -> Any:
    return looking_after([floor.unit.pk % 2], of=2)


def test_every_step_runs_for_a_shard(two: tuple[Floor, Floor]):
    with shard_of(two[0]):
        assert [step() for step in STEPS] == [0] * len(STEPS)


def test_offers_expire_by_the_shard_of_their_business_unit(two: tuple[Floor, Floor]):
    made = []
    for floor in two:
        floor.agent()
        made.append(pending(floor.contact()))
        let_expire(made[-1])
    with shard_of(two[0]):
        assert offers.expire_offers() == 1
    assert [Offer.objects.get(pk=offer.pk).state for offer in made] == ["expired", "pending"]
    with shard_of(two[1]):
        assert offers.expire_offers() == 1


def test_leases_and_after_contact_work_end_by_shard(two: tuple[Floor, Floor]):
    past = database_now() - timedelta(seconds=1)
    for floor in two:
        agent = floor.agent()
        contact = floor.contact()
        offers.accept_offer(offer_id=pending(contact).pk, by=agent)
        Contact.objects.filter(pk=contact.pk).update(
            state=Contact.State.AFTER_CONTACT_WORK, ended_at=past, acw_until=past
        )
        AgentState.objects.filter(agent=agent).update(lease_until=past)
    for floor in two:
        with shard_of(floor):
            assert (presence.expire_leases(), assignments.finish_after_contact_work()) == (1, 1)
            assert (presence.expire_leases(), assignments.finish_after_contact_work()) == (0, 0)


def test_idle_agents_beside_waiting_contacts_are_found_by_shard(two: tuple[Floor, Floor]):
    agents = []
    for floor in two:
        floor.contact(hinted=False)
        agents.append(floor.agent(available=False))
        AgentState.objects.filter(agent=agents[-1]).update(status="available")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dispatch, "dispatch_agent", lambda *, agent_id: None)
            presence.apply_limits(agent_ids=[agents[-1].pk])
    for floor, agent in zip(two, agents, strict=True):
        with shard_of(floor):
            assert selectors.agents_idle_beside_waiting() == [agent.pk]
    assert sorted(selectors.agents_idle_beside_waiting()) == sorted(agent.pk for agent in agents)


def test_shards_divide_the_business_units_without_rest(two: tuple[Floor, Floor]):
    every = set(BusinessUnit.objects.values_list("pk", flat=True))
    found = []
    for shard in range(3):
        with looking_after([shard], of=3):
            found += list(only_ours(BusinessUnit.objects.all(), "pk").values_list("pk", flat=True))
            assert ours("b.id") == f"mod(b.id, 3) IN ({shard})"
    assert sorted(found) == sorted(every)
    assert EVERYTHING.of == 1
    assert ours("b.id") == "true"
    with looking_after([], of=3):
        assert not only_ours(BusinessUnit.objects.all(), "pk").exists()
        assert ours("b.id") == "mod(b.id, 3) IN (NULL)"
