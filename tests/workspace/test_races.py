"""Agents who take part in each other's contacts: their feeds are locked in one order, whatever is told."""

from __future__ import annotations

import contextlib
import functools
import threading

import pytest
from django.db import OperationalError, transaction
from rest_framework.test import APIClient

from contacts import participants, snoozing
from contacts.models import Contact, ContactEvent, Participant
from contacts.services import record_event
from core import sql
from core.clock import database_now
from organizations.services import create_api_token
from routing.services import assignments, interventions, offers, presence
from tests.factories.organizations import UserFactory
from tests.routing.floor import Floor, pending, wait_for_a_waiter
from tests.routing.test_races import Place, meeting, together, without
from workspace.services import feed, replies

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(transactional_db) -> Floor:
    return Floor(contextlib.nullcontext)


class Crossing:
    """Two agents, each with a contact in which he has asked the other."""

    def __init__(self, floor: Floor) -> None:
        self.agents = [floor.agent(available=False) for _number in range(2)]
        self.contacts: list[Contact] = []
        for agent in self.agents:
            floor.become(agent, "available")
            contact = floor.contact(text="Hello")
            offers.accept_offer(offer_id=pending(contact).pk, by=agent)
            floor.become(agent, "unavailable")
            self.contacts.append(contact)

    def consult(self) -> None:
        for contact, agent, colleague in zip(self.contacts, self.agents, self.agents[::-1], strict=True):
            participants.consult(contact_id=contact.pk, colleague=colleague, text="Well?", by=agent)

    def of_each(self, service, **values):
        return [
            functools.partial(service, contact_id=contact.pk, by=agent, **values)
            for contact, agent in zip(self.contacts, self.agents, strict=True)
        ]


def deadlocks(results) -> int:
    return sum(isinstance(result, OperationalError) for result in results)


@pytest.mark.parametrize("service", [participants.add_note, replies.reply])
@pytest.mark.parametrize("is_ordered", [True, False])
def test_what_is_told_to_both_locks_both_feeds_in_one_order(floor, monkeypatch, service, is_ordered):
    crossing = Crossing(floor)
    crossing.consult()
    if not is_ordered:
        without(monkeypatch, feed, "_PUSH_ABOUT_CONTACT", "FOR NO KEY UPDATE OF f")
    monkeypatch.setattr(feed, "_push_aside", meeting(feed._push_aside))
    results = together(*crossing.of_each(service, text="Two years"))
    assert deadlocks(results) == (0 if is_ordered else 1)


def unordered(monkeypatch) -> None:
    """As it was before contacts of one agent were locked together, before anything is told of them."""
    for module in (offers, presence, interventions):
        monkeypatch.setattr(module, "lock_before_telling", lambda _agents, _contacts: None)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_requeueing_all_that_an_agent_has_while_a_colleague_writes_in_one_of_them(
    floor, monkeypatch, is_ordered
):
    agent, supervisor = floor.agent(), UserFactory.create(business_unit=floor.unit, administrator=True)
    contacts = [floor.contact() for _number in range(2)]
    for contact in contacts:
        offers.accept_offer(offer_id=pending(contact).pk, by=agent)
    if not is_ordered:
        unordered(monkeypatch)
    place = Place()
    # The agent has been told of his state; the second of his contacts is locked by who writes in it.
    monkeypatch.setattr(assignments, "_requeue_one", meeting(assignments._requeue_one, place))
    monkeypatch.setattr(participants, "write_note", meeting(participants.write_note, place))
    results = together(
        functools.partial(interventions.requeue_agent, agent=agent, by=supervisor),
        functools.partial(participants.add_note, contact_id=contacts[1].pk, text="Two years", by=agent),
    )
    assert deadlocks(results) == (0 if is_ordered else 1)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_taking_back_all_that_is_offered_while_a_colleague_writes_in_one_of_them(
    floor, monkeypatch, is_ordered
):
    agent = floor.agent()
    contacts = [floor.contact() for _number in range(2)]
    colleague = floor.agent(available=False)
    with transaction.atomic():
        for one in (agent, colleague):
            participants.add_participant(
                contact_id=contacts[1].pk, agent_id=one.pk, role=Participant.Role.HANDING_ON, by=one
            )
    if not is_ordered:
        unordered(monkeypatch)
    place = Place()
    monkeypatch.setattr(offers, "_return_to_queue", meeting(offers._return_to_queue, place))
    monkeypatch.setattr(participants, "write_note", meeting(participants.write_note, place))
    results = together(
        functools.partial(
            presence.set_status, agent=agent, status="unavailable", reason="Lunch", monitored=False
        ),
        functools.partial(participants.add_note, contact_id=contacts[1].pk, text="Two years", by=colleague),
    )
    assert deadlocks(results) == (0 if is_ordered else 1)


@pytest.mark.parametrize("is_shared", [True, False])
def test_whoever_has_locked_a_contact_keeps_nobody_from_telling_something_of_it(
    floor, monkeypatch, is_shared
):
    """What refers to a contact is checked at the commit, when the feed is locked already."""
    agent = floor.agent()
    contact = floor.contact()
    offers.accept_offer(offer_id=pending(contact).pk, by=agent)
    if not is_shared:
        monkeypatch.setattr(
            participants, "_locked", lambda pk: Contact.objects.select_for_update(of=("self",)).get(pk=pk)
        )
    place = Place()
    monkeypatch.setattr(participants, "write_note", meeting(participants.write_note, place))

    def tell() -> None:
        with transaction.atomic():
            record_event(contact_id=contact.pk, kind="message_status")
            feed.push(agent.pk, ("message.status", {}))
            meeting(lambda: None, place)()

    results = together(
        tell, functools.partial(participants.add_note, contact_id=contact.pk, text="Two years", by=agent)
    )
    assert deadlocks(results) == (0 if is_shared else 1)


def test_a_request_that_a_deadlock_ended_is_done_again(floor, monkeypatch):
    agent = floor.agent()
    contact = floor.contact()
    offers.accept_offer(offer_id=pending(contact).pk, by=agent)
    token = create_api_token(user=agent.user)
    is_locked = threading.Event()

    def cross() -> None:
        with transaction.atomic():
            # The request, which looks first, is the one whose transaction ends.
            sql.execute("SET LOCAL deadlock_timeout = '1min'")
            sql.execute("SELECT 1 FROM workspace_feed WHERE agent_id = %s FOR UPDATE", [agent.pk])
            is_locked.set()
            wait_for_a_waiter()
            Contact.objects.select_for_update().get(pk=contact.pk)

    def write() -> int:
        is_locked.wait(30)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        path = f"/api/v1/contacts/{contact.pk}/notes"
        return client.post(path, {"text": "Two years"}, format="json").status_code

    assert together(cross, write) == [None, 201]
    assert contact.internal_notes.count() == 1


def test_asking_each_other_at_once(floor, monkeypatch):
    crossing = Crossing(floor)
    monkeypatch.setattr(feed, "push_note", meeting(feed.push_note))
    monkeypatch.setattr(feed, "_push_aside", meeting(feed._push_aside))
    works = [
        functools.partial(work, colleague=colleague)
        for work, colleague in zip(
            crossing.of_each(participants.consult, text="Well?"), crossing.agents[::-1], strict=True
        )
    ]
    assert together(*works) == [None, None]


def test_leaving_each_other_at_once(floor, monkeypatch):
    crossing = Crossing(floor)
    crossing.consult()
    monkeypatch.setattr(
        participants, "publish_contact_changed", meeting(participants.publish_contact_changed)
    )
    works = [
        functools.partial(participants.leave, contact_id=contact.pk, agent=colleague, by=colleague)
        for contact, colleague in zip(crossing.contacts, crossing.agents[::-1], strict=True)
    ]
    assert together(*works) == [None, None]


def test_the_sweeper_lives_through_a_deadlock_and_comes_back(floor, monkeypatch):
    crossing = Crossing(floor)
    crossing.consult()
    first, second = (contact.pk for contact in crossing.contacts)
    for end in crossing.of_each(assignments.end_contact):
        end()
    act = participants._end_in

    def sometimes(contact_id: int) -> int:
        if contact_id == first:
            raise OperationalError("deadlock detected")
        return act(contact_id)

    with monkeypatch.context() as deadlocked:
        deadlocked.setattr(participants, "_end_in", sometimes)
        assert participants.end_participations() == 1
    assert participants.Participant.objects.get(left_at=None).contact_id == first
    assert participants.end_participations() == 1
    assert second != first


def test_contacts_are_woken_one_by_one(floor, monkeypatch):
    crossing = Crossing(floor)
    for snooze in crossing.of_each(snoozing.snooze_contact, until=None):
        snooze()
    Contact.objects.update(snoozed_until=database_now())
    first, _second = (contact.pk for contact in crossing.contacts)
    act = snoozing._wake_one

    def sometimes(contact_id: int) -> bool:
        if contact_id == first:
            raise OperationalError("deadlock detected")
        return act(contact_id)

    with monkeypatch.context() as deadlocked:
        deadlocked.setattr(snoozing, "_wake_one", sometimes)
        assert snoozing.wake_due() == 1
    assert snoozing.wake_due() == 1
    assert ContactEvent.objects.filter(kind="woken").count() == 2
