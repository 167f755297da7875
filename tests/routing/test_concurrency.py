"""Threads on a real PostgreSQL: whoever is first wins, and nothing is counted or offered twice."""

from __future__ import annotations

import contextlib
import functools
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from agents.models import AgentState
from contacts.models import Contact
from contacts.services import ContactOver
from core.clock import database_now
from routing.matching import Profile, Waiting, in_order, milliseconds
from routing.models import Offer
from routing.services import assignments, dispatch, offers, presence, readiness
from tests.routing.floor import (
    Floor,
    assert_consistent,
    let_expire,
    pending,
    state_of,
    suitor,
    wait_for_a_waiter,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db) -> Floor:
    """In real transactions: what follows a commit runs by itself."""
    return Floor(contextlib.nullcontext)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the works in threads that start together; return results or the errors they raised."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return work()
        except (offers.OfferGone, ContactOver) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def won(results: Sequence[Any]) -> int:
    return sum(not isinstance(result, offers.OfferGone) for result in results)


def test_of_two_accepts_one_wins(floor):
    agent = floor.agent()
    for _round in range(5):
        offer = pending(floor.contact())
        accept = functools.partial(offers.accept_offer, offer_id=offer.pk, by=agent)
        results = at_once(accept, accept)
        assert won(results) == 1
        assert_consistent()
        assignments.end_contact(contact_id=offer.contact_id, by=agent)


def test_accept_and_refuse_of_the_same_offer_have_one_winner(floor):
    agent = floor.agent()
    for _round in range(5):
        offer = pending(floor.contact())
        results = at_once(
            functools.partial(offers.accept_offer, offer_id=offer.pk, by=agent),
            functools.partial(offers.refuse_offer, offer_id=offer.pk, by=agent),
        )
        assert won(results) == 1
        assert_consistent()
        offer.refresh_from_db()
        if offer.state == Offer.State.ACCEPTED:
            assignments.end_contact(contact_id=offer.contact_id, by=agent)
        else:
            Contact.objects.filter(pk=offer.contact_id).delete()


def test_late_accept_against_two_sweepers(floor):
    floor.set_unit(refused_after_miss=False)
    agent = floor.agent(skills=[(floor.skill, 1)])
    floor.agent(skills=[(floor.skill, 2)])
    offer = pending(floor.contact())
    let_expire(offer)
    accepted, *expired = at_once(
        lambda: offers.accept_offer(offer_id=offer.pk, by=agent), offers.expire_offers, offers.expire_offers
    )
    assert isinstance(accepted, offers.OfferGone)
    assert sum(expired) == 1
    assert pending(offer.contact).agent_id != agent.pk
    assert_consistent()


def test_accept_against_going_unavailable(floor):
    agent = floor.agent()
    for _round in range(5):
        presence.set_status(agent=agent, status="available", monitored=False)
        offer = pending(floor.contact())
        results = at_once(
            functools.partial(offers.accept_offer, offer_id=offer.pk, by=agent),
            lambda: presence.set_status(agent=agent, status="unavailable", monitored=False),
        )
        offer.refresh_from_db()
        assert offer.state == (Offer.State.ACCEPTED if won(results) == 2 else Offer.State.WITHDRAWN)
        assert_consistent()
        if offer.state == Offer.State.ACCEPTED:
            assignments.end_contact(contact_id=offer.contact_id, by=agent)
        else:
            Contact.objects.filter(pk=offer.contact_id).delete()


def test_eight_dispatchers_offer_the_oldest_sixty_of_two_hundred_once_each(floor):
    contacts = [floor.contact(hinted=False) for _number in range(200)]
    agents = [floor.agent(available=False, max_concurrent_sms=3) for _number in range(20)]
    AgentState.objects.update(status="available")

    def dispatch_all(first: int) -> None:
        for agent in agents[first:] + agents[:first]:
            dispatch.dispatch_agent(agent_id=agent.pk)

    at_once(*[functools.partial(dispatch_all, first) for first in (0, 0, 3, 5, 8, 10, 10, 15)])
    dispatch.match_idle()
    assert_consistent()
    assert [state_of(agent).load for agent in agents] == [3] * 20
    offered = Offer.objects.order_by("contact_id").values_list("contact_id", flat=True)
    assert list(offered) == [contact.pk for contact in contacts[:60]]


def work_on(seed: int, closed: threading.Event) -> None:
    """Accept, refuse and end whatever is there, whoever's it is, until nobody waits."""
    chance = random.Random(seed)
    give_up_at = time.monotonic() + 120
    while not closed.is_set() and time.monotonic() < give_up_at:
        for offer in Offer.objects.filter(state=Offer.State.PENDING).select_related("agent__user")[:5]:
            answer = offers.refuse_offer if chance.random() < 0.2 else offers.accept_offer
            with contextlib.suppress(offers.OfferGone):
                answer(offer_id=offer.pk, by=offer.agent)
        mine = Contact.objects.filter(state=Contact.State.ACTIVE).select_related("agent__user")
        for contact in mine[:5]:
            assert contact.agent is not None
            with contextlib.suppress(ContactOver):
                assignments.end_contact(contact_id=contact.pk, by=contact.agent)
        dispatch.match_idle()
        if not Contact.objects.exclude(state=Contact.State.CLOSED).exists():
            closed.set()


def held_intervals(contact: Contact) -> list[str]:
    """What happened to a contact, as far as it says who had it."""
    kinds = ("offered", "offer_refused", "accepted", "closed")
    return list(contact.events.filter(kind__in=kinds).order_by("id").values_list("kind", flat=True))


def test_random_work_in_eight_threads_leaves_nobody_behind_and_nothing_doubled(floor):
    floor.set_unit(reoffer_delay_seconds=0)
    agents = [floor.agent(available=False, max_concurrent_sms=2) for _number in range(6)]
    contacts = [floor.contact(hinted=False) for _number in range(30)]
    for agent in agents:
        floor.become(agent, "available")
    closed = threading.Event()
    at_once(*[functools.partial(work_on, seed, closed) for seed in range(8)])
    assert_consistent()
    assert [state_of(agent).load for agent in agents] == [0] * 6
    for contact in contacts:
        log = held_intervals(contact)
        # Offers follow each other, the last is accepted, the contact closes once.
        assert log[-2:] == ["accepted", "closed"]
        assert log[:-2] == ["offered", "offer_refused"] * ((len(log) - 3) // 2) + ["offered"]


def one_after_the_other(agent_ids: Sequence[int]) -> None:
    for agent_id in agent_ids:
        dispatch.dispatch_agent(agent_id=agent_id)


def in_one_transaction(agent_ids: Sequence[int]) -> None:
    dispatch.dispatch_agents(agent_ids=agent_ids)


@pytest.mark.parametrize(("work", "in_hand"), [(one_after_the_other, 1), (in_one_transaction, 6)])
def test_sixteen_dispatchers_lose_nothing_double_nothing_and_keep_the_order(floor, work, in_hand):
    """What one dispatcher has in hand another passes over: that, and no more, may be out of order."""
    dispatchers, places, waiting = 16, 96, 150
    start = database_now() - timedelta(minutes=30)
    # Two lanes whose lines are parallel: one order holds for as long as the test takes.
    profiles = [Profile(0, 1_000, 1_000_000), Profile(7_300, 1_000, 999_000)]
    contacts = [
        floor.contact(hinted=False, now=start + timedelta(seconds=7 * number), profile=profiles[number % 2])
        for number in range(waiting)
    ]
    agents = [floor.agent(available=False, max_concurrent_sms=1) for _number in range(places)]
    AgentState.objects.update(status="available")
    waits = {
        contact.pk: Waiting(
            contact.pk,
            contact.queue_key,
            contact.lane.acceleration_milli,
            contact.lane.max_priority_milli,
            milliseconds(contact.queued_at),
        )
        for contact in Contact.objects.select_related("lane").filter(pk__in=[one.pk for one in contacts])
    }

    agent_ids = [agent.pk for agent in agents]
    at_once(*[functools.partial(work, agent_ids[number::dispatchers]) for number in range(dispatchers)])
    assert_consistent()
    made = list(Offer.objects.order_by("pk").values_list("contact_id", "agent_id", "offered_at"))
    assert len({contact for contact, _agent, _at in made}) == len(made) == places
    assert len({agent for _contact, agent, _at in made}) == places
    now = milliseconds(max(at for _contact, _agent, at in made))
    ranked = [one.contact_id for one in in_order(waits.values(), now)]
    ranks = [ranked.index(contact) for contact, _agent, _at in made]
    taken = set(ranks)
    left = [rank for rank in range(waiting) if rank not in taken]
    passed_over = [
        sum(other < rank for other in [*ranks[number + 1 :], *left]) for number, rank in enumerate(ranks)
    ]
    assert max(passed_over) <= (dispatchers - 1) * in_hand


def test_dispatchers_who_are_given_the_same_agents_and_contacts_share_them(floor):
    contacts = [floor.contact(hinted=False) for _number in range(60)]
    agents = [floor.agent(available=False, max_concurrent_sms=3) for _number in range(20)]
    AgentState.objects.update(status="available")
    agent_ids = [agent.pk for agent in agents]

    def dispatch_all(first: int) -> None:
        dispatch.dispatch_agents(agent_ids=agent_ids[first:] + agent_ids[:first])

    at_once(*[functools.partial(dispatch_all, first) for first in (0, 0, 5, 5, 10, 10, 15, 15)])
    assert_consistent()
    assert [state_of(agent).load for agent in agents] == [3] * 20
    offered = Offer.objects.order_by("contact_id").values_list("contact_id", flat=True)
    assert list(offered) == [contact.pk for contact in contacts]


def test_whoever_is_at_work_elsewhere_is_served_when_he_is_free(floor):
    agents = [floor.agent(available=False) for _number in range(3)]
    first, second = floor.contact(), floor.contact()
    AgentState.objects.update(status="available", limit=1, slots=1)
    is_held, is_dispatching = threading.Event(), threading.Event()

    def hold_one() -> None:
        with transaction.atomic():
            readiness.lock_seat(agents[0].pk)
            is_held.set()
            is_dispatching.wait(30)
            wait_for_a_waiter()

    def dispatch_all() -> None:
        is_held.wait(30)
        is_dispatching.set()
        dispatch.dispatch_agents(agent_ids=[agents[0].pk, agents[1].pk])

    at_once(hold_one, dispatch_all)
    assert_consistent()
    # The other did not wait for him.
    assert [suitor(first), suitor(second)] == [agents[1], agents[0]]


def test_contact_that_somebody_else_is_at_is_waited_for_only_by_who_has_no_other(floor):
    agents = [floor.agent(available=False) for _number in range(2)]
    first, second = floor.contact(), floor.contact()
    AgentState.objects.update(status="available", limit=1, slots=1)
    is_held = threading.Event()

    def hold_the_first() -> None:
        with transaction.atomic():
            Contact.objects.select_for_update().get(pk=first.pk)
            is_held.set()
            wait_for_a_waiter()

    def dispatch_all() -> None:
        is_held.wait(30)
        dispatch.dispatch_agents(agent_ids=[agent.pk for agent in agents])

    at_once(hold_the_first, dispatch_all)
    assert_consistent()
    assert [suitor(second), suitor(first)] == agents
