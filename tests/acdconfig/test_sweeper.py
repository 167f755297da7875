"""The sweeper after an outage; its threads: what they do without a worker, and leave with the broker."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import before_task_publish

from acdconfig.celery import app
from acdconfig.sweeper import OUTAGE_SECONDS, Lookout, Relay, Sweeper, heartbeats_since
from agents.models import AgentState
from core.clock import database_now
from core.hints import CALLS
from routing.models import Offer
from supervisor.models import Alert
from tests.factories.acdconfig import HeartbeatFactory
from tests.messaging.test_watch import beside, soon
from tests.routing.floor import Floor, assert_consistent, let_expire, pending, state_of, suitor


@pytest.mark.django_db(transaction=True)
def test_alerts_need_no_worker():
    floor = Floor(nullcontext)
    floor.contact(hinted=False, now=database_now() - timedelta(seconds=100))
    stopping = threading.Event()
    lookout = Lookout(stopping)
    lookout.start()
    try:
        assert soon(lambda: Alert.objects.filter(subject_id=floor.skill.pk).exists())
    finally:
        stopping.set()
        lookout.join()


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_for_again_and_again_does_not_pile_up(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_write_url", "memory://")
    expiries: dict[str, Any] = {}

    def note(sender: str, headers: dict[str, Any], **_more: Any) -> None:
        expiries[sender] = headers["expires"]

    before_task_publish.connect(note, weak=False)
    try:
        relay = Relay(threading.Event())
        beside(relay._make_up).join()
        relay.broker_rests_until = 0.0
        beside(lambda: relay.pass_on(CALLS)).join()
    finally:
        before_task_publish.disconnect(note)
    assert set(expiries) == {"reporting.roll_up", "contacts.make_calls"}
    assert all(expiries.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("silence", [timedelta(seconds=60), timedelta(seconds=2)])
def test_after_an_outage_nobody_counts_as_gone_or_as_having_missed_an_offer(silence: timedelta):
    floor = Floor(nullcontext)
    asked, other = (floor.agent(available=False, max_concurrent_sms=1) for _number in range(2))
    floor.become(asked, "available", monitored=True)
    contact = floor.contact()
    offer = pending(contact)
    floor.become(other, "available", monitored=True)
    let_expire(offer)
    now = database_now()
    HeartbeatFactory.create(name="sweeper:test:1", doing="leading", at=now - silence)
    # A socket that is closed in order leaves a short one.
    AgentState.objects.update(lease_until=now - min(silence, timedelta(seconds=48)))
    sweeper = Sweeper()
    sweeper.forgive()
    # Who follows, if it died here, forgives the rest.
    assert not heartbeats_since(now)
    sweeper.sweep()
    offer.refresh_from_db()
    assert offer.state == Offer.State.EXPIRED
    reasons = [(state_of(agent).status, state_of(agent).reason) for agent in (asked, other)]
    if silence > timedelta(seconds=OUTAGE_SECONDS):
        assert reasons == [("available", "")] * 2
        assert suitor(contact) == other
        assert state_of(asked).misses == 0
        assert state_of(asked).lease_until > database_now()
    else:
        assert reasons == [("unavailable", "Refused"), ("unavailable", "Connection lost")]
        assert suitor(contact) is None
    assert_consistent()


@pytest.mark.django_db(transaction=True)
def test_who_was_gone_before_an_outage_is_gone_after_it():
    floor = Floor(nullcontext)
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    now = database_now()
    HeartbeatFactory.create(name="sweeper:test:1", doing="leading", at=now - timedelta(seconds=60))
    AgentState.objects.update(lease_until=now - timedelta(seconds=61))
    sweeper = Sweeper()
    sweeper.forgive()
    sweeper.sweep()
    assert state_of(agent).reason == "Connection lost"
