"""Refusal timeouts go by the clock of the database: neither clocks of processes nor time zones matter."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import time_machine
from django.db import connection

from core.clock import database_now
from routing.models import Offer
from routing.services import offers
from routing.services.readiness import lock_seat
from tests.routing.floor import Floor, let_expire, pending, suitor


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
