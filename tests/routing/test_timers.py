"""Refusal timeouts go by the clock of the database: neither clocks of processes nor time zones matter."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import time_machine
from django.db import connection

from acdconfig.sweeper import STEPS
from contacts.models import Contact
from core.clock import database_now
from routing.models import Offer
from routing.services import dispatch, offers
from routing.services.readiness import lock_seat
from tests.routing.floor import Floor, assert_consistent, let_expire, pending, suitor


@pytest.mark.parametrize(
    "off", [timedelta(days=-400), timedelta(hours=-1), timedelta(hours=1), timedelta(days=400)]
)
def test_the_clock_of_the_process_does_not_matter(floor: Floor, off: timedelta):
    floor.agent()
    offer = pending(floor.contact())
    with time_machine.travel(database_now() + off, tick=True):
        assert floor.do(offers.expire_offers) == 0
        let_expire(offer)
        assert floor.do(offers.expire_offers) == 1
    offer.refresh_from_db()
    assert offer.state == Offer.State.EXPIRED


def test_moments_are_counted_in_utc_which_has_no_summer_time(floor: Floor):
    """In a zone with summer time, 45 seconds by its clocks may be an hour and 45 seconds."""
    agent = floor.agent()
    with connection.cursor() as cursor:
        cursor.execute("SHOW TIME ZONE")
        assert cursor.fetchone() == ("UTC",)
        cursor.execute("SELECT timestamptz '2026-10-25 00:59:30+00'")
        before_the_change = cursor.fetchone()[0]
    seat = lock_seat(agent.pk)
    assert seat.now.tzinfo == before_the_change.tzinfo == UTC
    offer = pending(floor.contact())
    assert offer.expires_at - offer.offered_at == timedelta(seconds=45)


def test_after_an_outage_what_is_due_is_worked_off_oldest_first_and_in_portions(floor: Floor):
    floor.set_unit(refused_after_miss=False)
    made = []
    for _number in range(6):
        floor.agent(max_concurrent_sms=1)
        made.append(pending(floor.contact()))
    now = database_now()
    for number, offer in enumerate(made):
        Offer.objects.filter(pk=offer.pk).update(
            offered_at=now - timedelta(hours=2), expires_at=now - timedelta(minutes=60 - number)
        )
    assert floor.do(offers.expire_offers, limit=2) == 2
    states = [Offer.objects.get(pk=offer.pk).state for offer in made]
    assert states == ["expired"] * 2 + ["pending"] * 4
    assert floor.do(offers.expire_offers) == 4
    assert floor.do(offers.expire_offers) == 0
    # Each contact goes on to somebody else, once.
    for offer in made:
        assert Offer.objects.filter(contact=offer.contact, state=Offer.State.PENDING).count() <= 1
        assert suitor(offer.contact) != offer.agent


def many_due(floor: Floor) -> list[Offer]:
    """Six contacts before three agents, two each, all of them due; and three more agents who are free."""
    for _number in range(3):
        floor.agent(max_concurrent_sms=2)
    made = [pending(floor.contact()) for _number in range(6)]
    for _number in range(3):
        floor.agent(max_concurrent_sms=1)
    for offer in made:
        let_expire(offer)
    return made


def test_many_that_are_due_at_once_go_on_to_others_when_the_round_ends(floor: Floor):
    made = many_due(floor)
    places = [(offer.contact_id, offer.contact.queue_key) for offer in made]
    # The first of each agent's two; as he is unavailable then, the other is taken back.
    assert floor.do(offers.expire_offers, few=2) == 3
    found = Offer.objects.filter(pk__in=[offer.pk for offer in made]).order_by("state")
    assert [offer.state for offer in found] == ["expired"] * 3 + ["withdrawn"] * 3
    assert not Offer.objects.filter(state=Offer.State.PENDING).exists()
    assert list(Contact.objects.order_by("id").values_list("pk", "queue_key")) == places
    assert STEPS.index(offers.expire_offers) < STEPS.index(dispatch.match_idle) == len(STEPS) - 1
    floor.do(dispatch.match_idle)
    offered = Offer.objects.filter(state=Offer.State.PENDING).order_by("contact")
    assert [offer.contact_id for offer in offered] == [offer.contact_id for offer in made[:3]]
    assert not {offer.agent_id for offer in offered} & {offer.agent_id for offer in made}
    assert_consistent()


def test_a_few_that_are_due_go_on_to_others_at_once(floor: Floor):
    made = many_due(floor)
    assert floor.do(offers.expire_offers, few=6) == 3
    offered = Offer.objects.filter(state=Offer.State.PENDING)
    assert {offer.contact_id for offer in offered} == {offer.contact_id for offer in made[:3]}
    assert_consistent()
