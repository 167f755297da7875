"""The sweeper's threads: what they do without a worker, and what they leave with the broker."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import before_task_publish

from acdconfig.celery import app
from acdconfig.sweeper import Lookout, Relay
from core.clock import database_now
from core.hints import CALLS
from supervisor.models import Alert
from tests.messaging.test_watch import beside, soon
from tests.routing.floor import Floor


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
