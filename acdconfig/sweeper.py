"""The process that lets nothing be forgotten.

Deadlines are columns; this loop acts on those that are reached, by the database's clock. It also turns hints
(NOTIFY) into Celery tasks, and does their work itself when the broker or the workers are away. Several may
run: one leads, by an advisory lock that PostgreSQL gives back the moment its holder dies. With more than one
shard (SWEEPER_SHARDS) each shard of the business units has a leader of its own (decision 0025).
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime

import psycopg
from celery import Task
from django.conf import settings
from django.db import DatabaseError, connection

from acdconfig.models import Heartbeat
from contacts import api_calls, drafts, participants, script_runs, snoozing
from contacts.tasks import make_calls
from core import sql
from core.failures import describe
from core.hints import ALERTS, CALLS, INBOUND, OUTBOUND, PUSHES, WORK_CHANNEL
from core.reconnection import renew_connection
from core.shards import looking_after
from messaging.services import inbound, outbox
from messaging.tasks import process_deliveries, send_due
from reporting.services import planning, roll_up, sending
from reporting.tasks import roll_up_figures, send_due_reports, work_out_plan
from routing.services import assignments, dispatch, offers, presence, queueing, records
from supervisor.services import alerts, webhooks
from supervisor.tasks import deliver_alerts
from workspace.services import feed, web_push
from workspace.tasks import deliver_pushes

logger = logging.getLogger(__name__)

LEADER_LOCK = 0x41434401
SHARD_STEP = 0x100
"""Between the locks of two shards."""
STANDING_BY = "standing by"
STANDBY_SECONDS = 0.25
TAKE_SECONDS = 0.5
"""Who leads a shard takes another that has had no leader for so long: nobody stands by."""
FRESH_SECONDS = 3.0
"""A sweeper that has given no sign of life for so long does not count."""
OUTAGE_SECONDS = 10.0
"""Nobody has led for so long only if nothing ran: whoever stands by takes over in a fraction of it."""
IDLE_SECONDS = 0.1
"""What is overdue may be another's: with shards nobody looks more often while he has nothing to do."""
POLL_SECONDS = 1.0
SHORTEST_SECONDS = 0.02
HINT_OVERDUE_SECONDS = 1.5
HOUSEKEEPING_SECONDS = 60.0
ALERTS_SECONDS = 5.0
BROKER_REST_SECONDS = 5.0
HELP_SECONDS = 0.5
GATHER_SECONDS = 0.02
"""While a worker is on watch and keeps up: from one look at hints to the next. It hears them itself."""

FIGURES_SECONDS = 10.0
WORTHLESS_AFTER_SECONDS = 60
"""What is asked for again and again is dropped by then: it must not pile up while no worker takes it."""

_NEXT_DEADLINE = """
SELECT extract(epoch FROM min(at) - clock_timestamp()) FROM (
    SELECT min(expires_at) AS at FROM routing_offer WHERE state = 'pending'
    UNION ALL
    SELECT min(lease_until) FROM agents_agentstate WHERE lease_until IS NOT NULL AND vanished_at IS NULL
    UNION ALL
    SELECT min(cooling_until) FROM agents_agentstate WHERE cooling_until IS NOT NULL
    UNION ALL
    SELECT min(acw_until) FROM contacts_contact WHERE state = 'after_contact_work'
    UNION ALL
    SELECT min(snoozed_until) FROM contacts_contact WHERE state = 'active' AND snoozed_until IS NOT NULL
    UNION ALL
    SELECT min(kept_until) FROM contacts_contact WHERE state = 'queued' AND kept_until IS NOT NULL
    UNION ALL
    SELECT min(overflow_at) FROM contacts_contact WHERE state = 'queued' AND overflow_at IS NOT NULL
    UNION ALL
    SELECT min(r.resume_at) FROM contacts_scriptrun r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.status = 'waiting' AND c.state <> 'offered'
    UNION ALL
    SELECT min(r.queue_until) FROM contacts_scriptrun r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.queue_until IS NOT NULL AND c.state <> 'offered'
) deadlines
"""


# A new installation has no outage behind it.
_NOBODY_HAS_LED = """
SELECT max(at), extract(epoch FROM clock_timestamp() - max(at)) FROM acdconfig_heartbeat
 WHERE name LIKE 'sweeper:%%' AND doing = 'leading'
HAVING max(at) < clock_timestamp() - make_interval(secs => %s)
"""


class Lead:
    """Which shards this process leads, by advisory locks of one session: all are lost with it at once.

    Shard 0 is the first that is taken and never given back: its leader also relays hints, looks for alerts
    and tidies up.
    """

    def __init__(self, lock: psycopg.Connection, shards: int) -> None:
        self.lock = lock
        self.shards = shards
        self.held: set[int] = set()
        self.free_since: dict[int, float] = {}

    def take_one(self) -> bool:
        """Take the first shard that is free."""
        for shard in range(self.shards):
            if shard not in self.held and self._try(shard):
                self.held.add(shard)
                return True
        return False

    def balance(self) -> None:
        """Give one back while somebody stands by and this process has more than its part; else take orphans.

        Raises what the connection raises: whoever has lost it has lost the lead, even if his own connection
        lives.
        """
        if self.shards == 1:
            self.lock.execute("SELECT 1")
            return
        alive, standing_by = self._sweepers()
        part = -(-self.shards // max(1, alive))
        if standing_by and len(self.held) > part:
            self._give_back(max(self.held))
        else:
            self._take_orphans(part)

    def _take_orphans(self, part: int) -> None:
        now = time.monotonic()
        for shard in set(range(self.shards)) - self.held:
            if not self._try(shard):
                self.free_since.pop(shard, None)
            elif len(self.held) < part or now - self.free_since.setdefault(shard, now) >= TAKE_SECONDS:
                self.held.add(shard)
                self.free_since.pop(shard, None)
            else:
                # Free, and one more than his part: whoever stands by comes first.
                self._unlock(shard)

    def _sweepers(self) -> tuple[int, int]:
        """How many have given a sign of life, and how many of these lead nothing."""
        found = self.lock.execute(
            "SELECT count(*), count(*) FILTER (WHERE doing = %s) FROM acdconfig_heartbeat "
            "WHERE name LIKE 'sweeper:%%' AND at > clock_timestamp() - make_interval(secs => %s)",
            [STANDING_BY, FRESH_SECONDS],
        ).fetchone()
        assert found is not None
        return int(found[0]), int(found[1])

    def _try(self, shard: int) -> bool:
        found = self.lock.execute(
            "SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK + SHARD_STEP * shard]
        ).fetchone()
        return found is not None and bool(found[0])

    def _give_back(self, shard: int) -> None:
        if shard:
            self.held.discard(shard)
            self._unlock(shard)

    def _unlock(self, shard: int) -> None:
        self.lock.execute("SELECT pg_advisory_unlock(%s)", [LEADER_LOCK + SHARD_STEP * shard])


class Sweeper:
    """One sweeper process: stands by, leads, stops cleanly on SIGTERM."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.name = f"sweeper:{socket.gethostname()}:{os.getpid()}"
        self.relay = Relay(self.stopping)
        self.lookout = Lookout(self.stopping)
        self.is_first = False
        self.is_new = True
        self.housekeeping_due = 0.0

    def run(self) -> None:
        """Until SIGTERM or SIGINT. A lost database connection ends the process, to be restarted."""
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        signal.signal(signal.SIGINT, lambda *_: self.stopping.set())
        with _own_connection() as lock:
            lead = Lead(lock, settings.SWEEPER_SHARDS)
            while not self.stopping.is_set():
                if not lead.held and not lead.take_one():
                    self.is_new = True
                    beat(self.name, STANDING_BY)
                    self.stopping.wait(STANDBY_SECONDS)
                else:
                    self._lead(lead)
        self.relay.join()
        self.lookout.join()

    def _lead(self, lead: Lead) -> None:
        """One round."""
        if self.is_new:
            self.is_new = False
            self.forgive()
        lead.balance()
        if 0 in lead.held and not self.is_first:
            self.is_first = True
            logger.info("sweeper_leads")
            self.relay.start()
            self.lookout.start()
        with looking_after(lead.held, of=lead.shards):
            done = self.sweep()
        beat(self.name, "leading")
        if self.relay.failed:
            raise SystemExit("the relay of the sweeper has failed; a restart is due")
        wait = seconds_to_next_deadline()
        if lead.shards > 1:
            wait = min(max(wait, 0.0 if done else IDLE_SECONDS), TAKE_SECONDS)
        self.stopping.wait(wait)

    def forgive(self) -> None:
        """After an outage: nobody counts as gone, or as having missed an offer, who could not show himself.

        Of all business units, whoever comes first after it.
        """
        found = sql.row(_NOBODY_HAS_LED, [OUTAGE_SECONDS])
        if found is None:
            return
        since, seconds = found
        logger.warning("outage_over", extra={"seconds": round(seconds)})
        presence.excuse_silence(since=since)
        # No sign of life before all is done: who follows, if this process dies here, forgives the rest.
        while offers.expire_offers(is_miss=False):
            dispatch.match_idle()

    def sweep(self) -> int:
        """Act on everything whose time has come; return on how much."""
        done = sum(step() for step in STEPS)
        if self.is_first and time.monotonic() >= self.housekeeping_due:
            self.housekeeping_due = time.monotonic() + HOUSEKEEPING_SECONDS
            feed.remove_old_pushes()
            records.remove_old_decisions()
            drafts.remove_stale_drafts()
            alerts.remove_old_alerts()
            webhooks.remove_old_deliveries()
        return done


STEPS: tuple[Callable[[], int], ...] = (
    offers.expire_offers,
    presence.expire_leases,
    presence.end_cool_downs,
    presence.requeue_abandoned,
    assignments.finish_after_contact_work,
    snoozing.wake_due,
    participants.end_participations,
    queueing.open_kept_too_long,
    queueing.overflow_waiting,
    script_runs.resume_due,
    script_runs.time_out_waits,
    inbound.deliver_incomplete,
    outbox.give_up_lost_sends,
    dispatch.match_idle,
)


def beat(name: str, doing: str) -> None:
    """Leave a sign of life, by the database's clock."""
    sql.execute(
        "INSERT INTO acdconfig_heartbeat (name, doing, at) VALUES (%s, %s, clock_timestamp()) "
        "ON CONFLICT (name) DO UPDATE SET doing = EXCLUDED.doing, at = EXCLUDED.at",
        [name, doing],
    )


def seconds_to_next_deadline() -> float:
    """How long nothing is due, at most a second."""
    found = sql.row(_NEXT_DEADLINE)
    wait = POLL_SECONDS if found is None or found[0] is None else float(found[0])
    return min(max(wait, SHORTEST_SECONDS), POLL_SECONDS)


def _own_connection() -> psycopg.Connection:
    """A connection beside the ORM's, for the lock or for listening."""
    parameters = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unknown, None)
    return psycopg.connect(**parameters, autocommit=True)


class Relay:
    """Turns hints into Celery tasks, in a thread of its own so that a hanging broker delays no deadline."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self.failed = False
        self.broker_rests_until = 0.0
        self.make_up_due = 0.0
        self.help_due = 0.0
        self.figures_due = 0.0
        self.is_looked_after = False
        self.thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def join(self) -> None:
        if self.thread.is_alive():
            self.thread.join(timeout=10)

    def _run(self) -> None:
        try:
            with _own_connection() as listening:
                listening.execute(f"LISTEN {WORK_CHANNEL}")
                while not self.stopping.is_set():
                    self._turn(listening)
        except Exception as error:  # noqa: BLE001 - the edge of the thread: the process ends and is restarted
            logger.error("relay_failed", extra={"failure": describe(error)})
            self.failed = True
        finally:
            connection.close()

    def _turn(self, listening: psycopg.Connection) -> None:
        self.is_looked_after = False
        for topic in _topics(listening, POLL_SECONDS):
            self.pass_on(topic)
        if self.is_looked_after:
            # In a rush each text has a hint: what comes meanwhile is asked about once.
            self.stopping.wait(GATHER_SECONDS)
        # By the clock, not only when no hint comes: hints may keep coming while no worker acts on them.
        if time.monotonic() >= self.make_up_due:
            self._make_up()
            self.make_up_due = time.monotonic() + POLL_SECONDS

    def _make_up(self) -> None:
        """What hints should have brought about and did not, or what has become due since."""
        renew_connection()
        if inbound.has_overdue_deliveries(age_seconds=HINT_OVERDUE_SECONDS):
            inbound.process_deliveries(seconds=POLL_SECONDS)
        if api_calls.has_overdue_calls(age_seconds=HINT_OVERDUE_SECONDS):
            self.pass_on(CALLS)
        if webhooks.has_due(age_seconds=HINT_OVERDUE_SECONDS):
            self.pass_on(ALERTS)
        if web_push.has_due():
            self.pass_on(PUSHES)
        for registration_id in outbox.registrations_with_due_messages():
            self.pass_on(f"{OUTBOUND}:{registration_id}")
        if planning.has_waiting():
            # By a worker only: it takes up to a minute.
            self._publish(work_out_plan, expires=WORTHLESS_AFTER_SECONDS)
        if time.monotonic() >= self.figures_due:
            self.figures_due = time.monotonic() + FIGURES_SECONDS
            if not self._publish(roll_up_figures, expires=WORTHLESS_AFTER_SECONDS):
                self._try("roll_up_failed", roll_up.roll_up)
            if sending.has_due():
                # By a worker only: a mail server that is slow must not hold up texts.
                self._publish(send_due_reports, expires=WORTHLESS_AFTER_SECONDS)

    def _try(self, failure: str, work: Callable[[], object]) -> None:
        try:
            work()
        except DatabaseError as error:
            # Figures can wait; texts cannot.
            logger.error(failure, extra={"failure": describe(error)})

    def pass_on(self, topic: str) -> None:
        """Ask a worker; without a broker do it here."""
        kind, _colon, argument = topic.partition(":")
        if kind == INBOUND:
            if self._is_needed() and not self._publish(process_deliveries):
                inbound.process_deliveries(seconds=POLL_SECONDS)
        elif kind == OUTBOUND and not self._publish(send_due, registration_id=int(argument)):
            outbox.send_due(registration_id=int(argument), limit=5)
        elif kind == CALLS and not self._publish(make_calls, expires=WORTHLESS_AFTER_SECONDS):
            # One at a time: what else hints ask for comes between.
            api_calls.make_calls(seconds=0)
        elif kind == PUSHES and not self._publish(deliver_pushes, expires=WORTHLESS_AFTER_SECONDS):
            web_push.deliver_due(seconds=0)
        elif kind == ALERTS and not self._publish(deliver_alerts, expires=WORTHLESS_AFTER_SECONDS):
            webhooks.deliver_due(seconds=0)

    def _is_needed(self) -> bool:
        """Whether to send for a worker: nobody is on watch, or he needs help and was sent none lately."""
        attendance = inbound.attendance()
        self.is_looked_after = attendance is not inbound.Attendance.NOBODY
        if attendance is not inbound.Attendance.NEEDS_HELP:
            return attendance is inbound.Attendance.NOBODY
        if time.monotonic() < self.help_due:
            return False
        self.help_due = time.monotonic() + HELP_SECONDS
        return True

    def _publish(self, task: Task, *, expires: int | None = None, **arguments: int) -> bool:
        if time.monotonic() < self.broker_rests_until:
            return False
        try:
            task.apply_async(kwargs=arguments, retry=False, expires=expires)
        except (OSError, task.OperationalError) as error:
            logger.warning("broker_away", extra={"failure": describe(error)})
            self.broker_rests_until = time.monotonic() + BROKER_REST_SECONDS
            return False
        return True


class Lookout:
    """Looks for alerts, in a thread of its own: it needs no worker and delays no deadline and no text."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self.thread = threading.Thread(target=self._run, name="lookout", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def join(self) -> None:
        if self.thread.is_alive():
            self.thread.join(timeout=10)

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                renew_connection()
                alerts.evaluate_alerts()
            except Exception as error:  # noqa: BLE001 - the edge of the thread: it looks again, texts go on
                logger.error("alerts_failed", extra={"failure": describe(error)})
            self.stopping.wait(ALERTS_SECONDS)
        connection.close()


def _topics(listening: psycopg.Connection, seconds: float) -> list[str]:
    """Hints that have arrived, each once, waiting for the first."""
    ready, _writable, _failed = select.select([listening.fileno()], [], [], seconds)
    if not ready:
        return []
    return list(dict.fromkeys(_payloads(listening.notifies(timeout=0))))


def _payloads(notifications: Iterable[psycopg.Notify]) -> Iterable[str]:
    return (notification.payload for notification in notifications)


def heartbeats_since(moment: datetime) -> list[str]:
    """Names of the processes that have given a sign of life since then."""
    return list(Heartbeat.objects.filter(at__gte=moment).order_by("name").values_list("name", flat=True))
