"""Each lock of routing, and the race that it ends: the product's own code with the lock, and without it.

Where a race needs two at the same place, they meet there; with the lock the second never gets there, and the
first goes on alone as soon as it keeps the second waiting. No test says how long anything takes.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from agents import services as agents_services
from agents.models import Agent, AgentState
from agents.services import set_agent_skills, set_limits, update_agent
from contacts.models import Contact, Lane, Participant
from contacts.participants import add_participant
from core import sql
from core.clock import database_now
from core.errors import DomainError
from routing import selectors
from routing.matching import Profile
from routing.models import Offer
from routing.services import assignments, dispatch, interventions, offers, presence, queueing, readiness
from tests.factories.organizations import UserFactory
from tests.routing.floor import (
    WAITER,
    Floor,
    assert_consistent,
    offer_for,
    pending,
    state_of,
    wait_for_a_waiter,
)
from workspace.services import feed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db) -> Floor:
    return Floor(contextlib.nullcontext)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run the works in threads; return their results, or what the database or the product said to them."""

    def run(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (DatabaseError, DomainError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def wait_unless_in_the_way(event: threading.Event) -> None:
    """Until it has happened, or until whoever should bring it about waits for a lock of this transaction."""
    for _try in range(3000):
        if event.wait(0.01) or sql.row(WAITER) is not None:
            return
    raise AssertionError("nobody comes, and nobody is kept from coming")


class Place:
    """Where two meet. Whoever keeps the other waiting for a lock goes on alone."""

    def __init__(self) -> None:
        self._arrivals = itertools.count(1)
        self._is_met = threading.Event()

    def wait(self) -> None:
        if next(self._arrivals) == 2:
            self._is_met.set()
        wait_unless_in_the_way(self._is_met)


def meeting(act: Callable[..., Any], place: Place | None = None) -> Callable[..., Any]:
    """Do it once both have come here, or to the same place elsewhere."""
    place = place or Place()

    @functools.wraps(act)
    def meet(*args: Any, **values: Any) -> Any:
        place.wait()
        return act(*args, **values)

    return meet


def without(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, lock: str, instead: str = "") -> None:
    statement = getattr(module, name)
    assert lock in statement
    monkeypatch.setattr(module, name, statement.replace(lock, instead))


def offered_without(monkeypatch: pytest.MonkeyPatch, lock: str) -> None:
    less = {kind: statement.replace(lock, "") for kind, statement in dispatch._OFFER_TO_ONE.items()}
    assert [kind for kind, statement in less.items() if statement != dispatch._OFFER_TO_ONE[kind]]
    monkeypatch.setattr(dispatch, "_OFFER_TO_ONE", less)


def waiting_beside(floor: Floor, *, agents: int, contacts: int) -> list[int]:
    """Agents with room for one, and contacts that wait, none told of the other."""
    made = [floor.agent(available=False, max_concurrent_sms=1) for _number in range(agents)]
    for _number in range(contacts):
        floor.contact()
    AgentState.objects.update(status="available")
    return [agent.pk for agent in made]


# -- The agent's seat ---------------


@pytest.mark.parametrize("is_locked", [True, False])
def test_seat_keeps_two_dispatchers_from_filling_one_place_twice(floor, monkeypatch, is_locked):
    [agent_id] = waiting_beside(floor, agents=1, contacts=2)
    if not is_locked:
        without(monkeypatch, readiness, "_LOCK", "FOR NO KEY UPDATE")
    monkeypatch.setattr(selectors, "first_heads", meeting(selectors.first_heads))
    offer = functools.partial(dispatch.offer_next, agent_id=agent_id)
    together(offer, offer)
    state = AgentState.objects.get(pk=agent_id)
    assert (state.load, state.limit) == ((1, 1) if is_locked else (2, 1))


# As it was read before 2026-11-27: the row that is joined is as old as the beginning of the wait.
JOINED = "is_active", "(SELECT a.is_active FROM agents_agent a WHERE a.id = agent_id) AS is_active"


@pytest.mark.parametrize("is_locked", [True, False])
def test_seat_says_what_is_true_after_the_wait_for_it(floor, monkeypatch, is_locked):
    [agent_id] = waiting_beside(floor, agents=1, contacts=1)
    agent = floor.unit.agents.get(pk=agent_id)
    if not is_locked:
        without(monkeypatch, readiness, "_LOCK", *JOINED)
        # What the state row says of it plays no part then.
        monkeypatch.setattr(
            agents_services, "_REFRESH", agents_services._REFRESH.replace("v.is_active,", "true,")
        )
    is_deactivated = threading.Event()

    def deactivate() -> None:
        with transaction.atomic():
            update_agent(by=None, instance=agent, is_active=False)
            is_deactivated.set()
            wait_for_a_waiter()

    def offer() -> Offer | None:
        is_deactivated.wait(30)
        return dispatch.offer_next(agent_id=agent_id)

    _nothing, made = together(deactivate, offer)
    assert (made is None) is is_locked


@pytest.mark.parametrize("is_ordered", [True, False])
def test_seats_of_several_are_locked_in_one_order(floor, monkeypatch, is_ordered):
    first, second = floor.agent(), floor.agent()
    if not is_ordered:
        monkeypatch.setattr(agents_services, "sorted", lambda found, **_how: list(found), raising=False)
    refresh, place = agents_services.refresh_agent_states, Place()

    def refresh_and_meet(agent_ids: Any) -> None:
        refresh(agent_ids)
        place.wait()

    monkeypatch.setattr(agents_services, "refresh_agent_states", refresh_and_meet)

    def set_all(limit: int, *agents: Agent) -> None:
        # Whoever asks has read them himself: two requests share no objects.
        own = [Agent.objects.get(pk=agent.pk) for agent in agents]
        set_limits(by=None, agents=own, max_concurrent_sms=limit)

    found = together(
        functools.partial(set_all, 1, first, second), functools.partial(set_all, 2, second, first)
    )
    deadlocks = [one for one in found if isinstance(one, OperationalError)]
    assert len(deadlocks) == (0 if is_ordered else 1)
    # All or none: both agents have the limit of whoever was last.
    assert state_of(first).limit == state_of(second).limit


def test_leases_of_several_are_renewed_in_the_order_of_their_seats(floor):
    first, second = floor.agent(), floor.agent()

    def lock_both() -> None:
        with transaction.atomic():
            readiness.lock_seat(first.pk)
            is_locked.set()
            wait_for_a_waiter()
            # Whoever renews holds nothing that comes later in the order.
            sql.execute("SET LOCAL lock_timeout = '5s'")
            readiness.lock_seat(second.pk)

    is_locked = threading.Event()

    def renew() -> None:
        is_locked.wait(30)
        presence.renew_leases(agent_ids=[second.pk, first.pk])

    assert together(lock_both, renew) == [None, None]
    assert state_of(second).lease_until is not None


@pytest.mark.parametrize("is_locked", [True, False])
def test_seat_lets_those_who_set_the_skills_of_an_agent_take_turns(floor, monkeypatch, is_locked):
    agent = floor.agent()
    if not is_locked:
        monkeypatch.setattr(agents_services, "_lock_states", lambda _agent_ids: None)
    is_removed = threading.Event()

    def remove() -> None:
        with transaction.atomic():
            set_agent_skills(by=None, agent=agent, skills=[])
            is_removed.set()
            wait_for_a_waiter()

    def change() -> None:
        is_removed.wait(30)
        set_agent_skills(by=None, agent=agent, skills=[(floor.skill, 3)])

    found = together(remove, change)
    assert [isinstance(one, DatabaseError) for one in found] == [False, not is_locked]
    if is_locked:
        assert [one.proficiency for one in agent.agent_skills.all()] == [3]


# -- The contact ---------------


@pytest.mark.parametrize("is_locked", [True, False])
def test_claim_keeps_two_dispatchers_from_offering_one_contact_twice(floor, monkeypatch, is_locked):
    one, other = waiting_beside(floor, agents=2, contacts=1)
    if not is_locked:
        offered_without(monkeypatch, "FOR NO KEY UPDATE SKIP LOCKED")
    monkeypatch.setattr(dispatch, "_make_offer", meeting(dispatch._make_offer))
    found = together(
        *(functools.partial(dispatch.offer_next, agent_id=agent_id) for agent_id in (one, other))
    )
    # Without the lock both claim it, and the constraint fails one of them.
    assert [isinstance(result, IntegrityError) for result in found].count(True) == (0 if is_locked else 1)
    assert Offer.objects.count() == 1
    assert_consistent()


@pytest.mark.parametrize("is_checked", [True, False])
def test_claim_leaves_a_contact_that_was_moved_to_another_lane_meanwhile(floor, monkeypatch, is_checked):
    [agent_id] = waiting_beside(floor, agents=1, contacts=1)
    contact = Contact.objects.get()
    supervisor, other = UserFactory.create(business_unit=floor.unit, administrator=True), floor.make_skill()
    if not is_checked:
        offered_without(monkeypatch, "AND lane_id = %(lane)s")
    make_offer, is_moved = dispatch._make_offer, threading.Event()

    def move_first(*args: Any) -> Offer | None:
        if not is_moved.is_set():
            is_moved.set()
            together(lambda: interventions.hand_over(contact_id=contact.pk, by=supervisor, skill=other))
        return make_offer(*args)

    monkeypatch.setattr(dispatch, "_make_offer", move_first)
    dispatch.offer_next(agent_id=agent_id)
    assert (offer_for(contact) is None) is is_checked


@pytest.mark.parametrize("is_locked", [True, False])
def test_supervisor_holds_the_contact_that_he_takes(floor, monkeypatch, is_locked):
    [agent_id] = waiting_beside(floor, agents=1, contacts=1)
    contact = Contact.objects.get()
    supervisor, taker = (
        UserFactory.create(business_unit=floor.unit, administrator=True),
        floor.agent(skills=[]),
    )
    if not is_locked:
        monkeypatch.setattr(Contact.objects, "select_for_update", lambda **_how: Contact.objects.all())
    is_held, is_offered = threading.Event(), threading.Event()
    withdraw = interventions.withdraw_from

    def wait_and_withdraw(*args: Any) -> None:
        is_held.set()
        wait_unless_in_the_way(is_offered)
        withdraw(*args)

    def offer() -> None:
        is_held.wait(30)
        dispatch.offer_next(agent_id=agent_id)
        is_offered.set()

    monkeypatch.setattr(interventions, "withdraw_from", wait_and_withdraw)
    together(lambda: interventions.take_over(contact_id=contact.pk, by=supervisor, agent=taker), offer)
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == (Contact.State.ACTIVE, taker)
    # Without the lock it is before somebody else as well.
    assert (offer_for(contact) is None) is is_locked


@pytest.mark.parametrize("is_ordered", [True, False])
def test_feeds_of_who_loses_and_who_takes_a_contact_are_locked_in_one_order(floor, monkeypatch, is_ordered):
    taker, holder = floor.agent(), floor.agent()
    supervisor = UserFactory.create(business_unit=floor.unit, administrator=True)
    contact, other = floor.contact(target=holder), floor.contact(target=taker)
    for one, agent in ((contact, holder), (other, taker)):
        offers.accept_offer(offer_id=pending(one).pk, by=agent)
    with transaction.atomic():
        add_participant(contact_id=other.pk, agent_id=holder.pk, role=Participant.Role.CONSULTED, by=taker)
    if not is_ordered:
        without(monkeypatch, feed, "_CONCERNED_BY_MANY", "FOR NO KEY UPDATE OF f")
    let_go, is_told = interventions._let_go, threading.Event()

    def let_go_and_wait(*args: Any) -> None:
        let_go(*args)
        is_told.set()
        wait_for_a_waiter()

    monkeypatch.setattr(interventions, "_let_go", let_go_and_wait)

    def tell_both_of_the_other() -> None:
        is_told.wait(30)
        with transaction.atomic():
            feed.push(taker.pk, ("contact.assigned", {}), contact_id=other.pk)

    found = together(
        lambda: interventions.take_over(contact_id=contact.pk, by=supervisor, agent=taker),
        tell_both_of_the_other,
    )
    assert [isinstance(one, OperationalError) for one in found].count(True) == (0 if is_ordered else 1)


def test_supervisor_acts_on_the_contact_as_it_is_after_the_wait(floor):
    contact, other = floor.contact(), floor.make_skill()
    supervisor = UserFactory.create(business_unit=floor.unit, administrator=True)
    is_moved = threading.Event()

    def hand_over() -> None:
        with transaction.atomic():
            interventions.hand_over(contact_id=contact.pk, by=supervisor, skill=other)
            is_moved.set()
            wait_for_a_waiter()

    def move() -> Any:
        is_moved.wait(30)
        return interventions.move_in_queue(contact_id=contact.pk, by=supervisor)

    _nothing, priority = together(hand_over, move)
    assert priority == other.max_priority


def test_extension_of_after_contact_work_wins_over_the_sweep_that_found_it_over(floor, monkeypatch):
    skill = floor.make_skill(after_contact_work_seconds=60, after_contact_work_extension_seconds=300)
    agent = floor.agent(skills=[(skill, 1)])
    contact = floor.contact(skill=skill)
    offers.accept_offer(offer_id=pending(contact).pk, by=agent)
    assignments.end_contact(contact_id=contact.pk, by=agent)
    Contact.objects.filter(pk=contact.pk).update(acw_until=database_now())
    finish = assignments._finish_one

    def extend_first(contact_id: int, agent_id: int) -> bool:
        assignments.extend_after_contact_work(contact_id=contact_id, by=agent)
        return finish(contact_id, agent_id)

    monkeypatch.setattr(assignments, "_finish_one", extend_first)
    assert assignments.finish_after_contact_work() == 0
    contact.refresh_from_db()
    assert contact.state == Contact.State.AFTER_CONTACT_WORK
    assert contact.acw_until > database_now()
    assert_consistent()


def test_two_who_need_a_new_lane_share_one(floor):
    profile = Profile(0, 7_000, 7_000)
    contacts = [floor.contact(), floor.contact()]
    is_made = threading.Event()

    def queue(contact: Contact) -> None:
        queueing.queue_contact(
            contact_id=contact.pk, skill_id=floor.skill.pk, profile=profile, now=database_now()
        )

    def first() -> None:
        with transaction.atomic():
            queue(contacts[0])
            is_made.set()
            wait_for_a_waiter()

    def second() -> None:
        is_made.wait(30)
        queue(contacts[1])

    assert together(first, second) == [None, None]
    lane = Lane.objects.get(acceleration_milli=7_000)
    assert set(Contact.objects.filter(lane=lane)) == set(contacts)


# -- The offer ---------------


@pytest.mark.parametrize("is_conditional", [True, False])
def test_offer_is_settled_once(floor, monkeypatch, is_conditional):
    agent = floor.agent()
    offer = pending(floor.contact())
    if not is_conditional:
        without(monkeypatch, offers, "_RETURN", "AND state = 'pending'")
    found, accepted = threading.Event(), threading.Event()
    return_to_queue = offers._return_to_queue

    def accept_first(*args: Any, **values: Any) -> bool:
        found.set()
        accepted.wait(30)
        return return_to_queue(*args, **values)

    def accept() -> None:
        found.wait(30)
        offers.accept_offer(offer_id=offer.pk, by=agent)
        accepted.set()

    monkeypatch.setattr(offers, "_return_to_queue", accept_first)
    _nothing, count = together(accept, lambda: offers.withdraw_offers(agent_id=agent.pk, reason="vanished"))
    assert count == (0 if is_conditional else 1)
    # Settled twice, a place was given back that the contact still has.
    assert state_of(agent).load == (1 if is_conditional else 0)
