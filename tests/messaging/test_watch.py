"""The worker on watch: what comes is processed without a task for each, and none is left between two."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
from django.db import connection

from core import sql
from core.hints import WORK_CHANNEL
from messaging.models import Delivery
from messaging.services import inbound
from messaging.services.inbound import Attendance
from tests.factories.messaging import DeliveryFactory

pytestmark = pytest.mark.django_db(transaction=True)


def beside(work) -> threading.Thread:
    """Another process: a thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def soon(look) -> bool:
    ends = time.monotonic() + 10
    while not look() and time.monotonic() < ends:
        time.sleep(0.02)
    return look()


def all_processed() -> bool:
    return not Delivery.objects.filter(processed_at=None).exists()


def test_what_comes_during_the_watch_is_processed_without_being_sent_for(line):
    assert inbound.attendance() is Attendance.NOBODY
    watch = beside(lambda: inbound.attend(seconds=6))
    assert soon(lambda: inbound.attendance() is Attendance.KEEPS_UP)
    # A second process has nothing to stay for: it would be here for a minute.
    inbound.attend(seconds=60)
    line.deliver("Hello")
    assert soon(all_processed)
    watch.join()
    assert inbound.attendance() is Attendance.NOBODY


def test_backlog_is_not_left_to_the_watch_alone(line):
    for number in range(inbound.HELP_FROM):
        DeliveryFactory.create(registration=line.registration, serial_key=number)
    found = []
    sql.execute("SELECT pg_advisory_lock(%s)", [inbound.WATCH_LOCK])
    beside(lambda: found.append(inbound.attendance())).join()
    Delivery.objects.filter(serial_key=0).delete()
    beside(lambda: found.append(inbound.attendance())).join()
    sql.execute("SELECT pg_advisory_unlock(%s)", [inbound.WATCH_LOCK])
    assert found == [Attendance.NEEDS_HELP, Attendance.KEEPS_UP]


def hints_of_a_watch(line, *texts: str) -> list[str]:
    """What is heard after a watch with these texts, whose own hints have passed before."""
    for text in texts:
        line.deliver(text)
    with closing(connection.copy()) as other, other.cursor() as listening:
        listening.execute(f"LISTEN {WORK_CHANNEL}")
        inbound.attend(seconds=0.5)
        return [heard.payload for heard in listening.connection.notifies(timeout=0)]


def test_a_busy_watch_sends_for_its_relief_and_an_idle_one_rests(line):
    assert inbound.INBOUND not in hints_of_a_watch(line)
    assert inbound.INBOUND in hints_of_a_watch(line, "Hello")


def test_the_relief_ends_when_another_has_the_watch(line, monkeypatch):
    monkeypatch.setattr(inbound, "RELIEF_SECONDS", 60.0)
    line.deliver("Hello")
    watch = beside(lambda: inbound.attend(seconds=0.5))
    assert soon(all_processed)
    assert soon(lambda: inbound.attendance() is Attendance.NOBODY)
    inbound.attend(seconds=1)
    watch.join(timeout=20)
    assert not watch.is_alive()


def test_what_no_hint_tells_of_is_found_as_well(line):
    for number in range(3):
        DeliveryFactory.create(registration=line.registration, serial_key=number)
    inbound.attend(seconds=0.5)
    assert not Delivery.objects.filter(processed_at=None, parked_at=None).exists()


def test_plans_of_the_watch_look_up_by_indexes_and_no_others_do(line, monkeypatch):
    seen = []
    process_next = inbound._process_next

    def look() -> bool:
        seen.append(sql.row("SHOW enable_seqscan"))
        return process_next()

    monkeypatch.setattr(inbound, "_process_next", look)
    line.deliver("Hello")
    inbound.attend(seconds=0.5)
    assert set(seen) == {("off",)}
    assert sql.row("SHOW enable_seqscan") == ("on",)
