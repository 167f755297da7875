"""How late refusal timeouts are acted on: with two sweepers, when the leader is killed, and after an outage.

Only PostgreSQL and the sweepers run. Deadlines and what became of them are read from the database, by its own
clock: lateness is from `expires_at` to the moment at which the offer was settled.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import psycopg

from bench.report import Row

OFFERS = int(os.environ.get("BENCH_OFFERS", "1000"))
SPREAD_SECONDS = float(os.environ.get("BENCH_SPREAD", "45"))
"""The default refusal timeout: so many seconds hold the deadlines of the offers that are open at once."""
GOAL_MS = 250.0
TAKE_OVER_GOAL_MS = 2_000.0
PATIENCE_SECONDS = 120.0

# One offer for each agent; the deadlines lie evenly in the seconds to come.
_OFFER = """
WITH place AS (
    SELECT c.id AS contact_id, c.skill_id, a.id AS agent_id, c.n
      FROM (SELECT id, skill_id, row_number() OVER (ORDER BY id) - 1 AS n FROM contacts_contact
             WHERE state = 'queued' ORDER BY id LIMIT %(offers)s) c
      JOIN bench_agent a ON a.n = c.n
), offered AS (
    UPDATE contacts_contact c SET state = 'offered' FROM place p WHERE c.id = p.contact_id
), counted AS (
    UPDATE agents_agentstate s SET status = 'available', load = load + 1, slots = GREATEST("limit", load + 1)
      FROM place p WHERE s.agent_id = p.agent_id
)
INSERT INTO routing_offer (contact_id, agent_id, skill_id, state, reason, offered_at, expires_at)
SELECT contact_id, agent_id, skill_id, 'pending', 'bench', clock_timestamp(),
       clock_timestamp() + (%(after)s + %(spread)s * n / %(offers)s) * interval '1 s'
  FROM place
"""
_LATE = """
SELECT extract(epoch FROM settled_at - expires_at) * 1000 FROM routing_offer
 WHERE reason <> 'bench' AND state = 'expired' AND expires_at >= %s AND expires_at < %s ORDER BY expires_at
"""


class Timers:
    """A database with offers, and sweepers."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.database = psycopg.connect(environment["DATABASE_URL"], autocommit=True)
        self.sweepers: list[subprocess.Popen[bytes]] = []

    def start_sweepers(self) -> None:
        for _number in range(2):
            command = [sys.executable, "manage.py", "sweep"]
            sweeper = subprocess.Popen(
                command,
                env=os.environ | self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self.sweepers.append(sweeper)

    def stop_sweepers(self) -> None:
        for sweeper in self.sweepers:
            sweeper.terminate()
        for sweeper in self.sweepers:
            sweeper.wait()
        self.sweepers.clear()

    def leader(self) -> subprocess.Popen[bytes]:
        """The sweeper that leads; waits for one."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            rows = self.database.execute(
                "SELECT name FROM acdconfig_heartbeat WHERE doing = 'leading' "
                "AND at > clock_timestamp() - interval '3 s'"
            )
            pids = {int(name.rpartition(":")[2]) for (name,) in rows}
            for sweeper in self.sweepers:
                if sweeper.pid in pids:
                    return sweeper
            time.sleep(0.1)
        raise SystemExit("no sweeper leads")

    def make_offers(self, *, after: float, spread: float) -> tuple[object, object]:
        """Returns the moments between which their deadlines lie."""
        self.database.execute(
            "UPDATE routing_offer SET state = 'withdrawn', settled_at = clock_timestamp() "
            "WHERE state = 'pending'"
        )
        self.database.execute("UPDATE contacts_contact SET state = 'queued' WHERE state = 'offered'")
        self.database.execute("UPDATE agents_agentstate SET load = 0")
        # The offers are all there is: nobody is ready for what comes back.
        self.database.execute("DELETE FROM routing_readyagent")
        self.database.execute(_OFFER, {"offers": OFFERS, "after": after, "spread": spread})
        found = self.database.execute(
            "SELECT min(expires_at), max(expires_at) + interval '1 us' FROM routing_offer "
            "WHERE state = 'pending'"
        ).fetchone()
        assert found is not None
        return found

    def pending(self, span: tuple[object, object]) -> int:
        """Of these; what comes back is offered anew, with later deadlines."""
        found = self.database.execute(
            "SELECT count(*) FROM routing_offer "
            "WHERE state = 'pending' AND expires_at >= %s AND expires_at < %s",
            span,
        ).fetchone()
        assert found is not None
        return int(found[0])

    def wait_until_settled(self, span: tuple[object, object], seconds: float) -> None:
        until = time.monotonic() + seconds + PATIENCE_SECONDS
        while left := self.pending(span):
            if time.monotonic() > until:
                raise SystemExit(f"{left} offers are still pending")
            time.sleep(0.05)

    def late(self, span: tuple[object, object]) -> list[float]:
        """Milliseconds, in the order of the deadlines."""
        return [float(ms) for (ms,) in self.database.execute(_LATE, span)]


def measure(environment: Mapping[str, str]) -> list[Row]:
    """Agents stay available after a miss, so that each offer is settled by its deadline alone."""
    timers = Timers(environment)
    timers.database.execute("UPDATE organizations_businessunit SET refused_after_miss = false")
    try:
        timers.start_sweepers()
        timers.leader()
        return [*_steady(timers), *_killed(timers), *_outage(timers)]
    finally:
        timers.stop_sweepers()
        timers.database.close()


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _steady(timers: Timers) -> list[Row]:
    span = timers.make_offers(after=2, spread=SPREAD_SECONDS)
    timers.wait_until_settled(span, SPREAD_SECONDS)
    late = timers.late(span)
    p99 = _percentile(late, 0.99)
    detail = f"{len(late)} of {OFFERS} offers, the latest {max(late):.0f} ms"
    goal = f"<= {GOAL_MS:.0f}"
    return [
        Row("refusal timeout, lateness p50", statistics.median(late), unit=" ms"),
        Row(
            "refusal timeout, lateness p99", p99, detail=detail, goal=goal, passed=p99 <= GOAL_MS, unit=" ms"
        ),
    ]


def _killed(timers: Timers) -> list[Row]:
    # No more of them a second than before: what is late then is late because of the death.
    span = timers.make_offers(after=1, spread=SPREAD_SECONDS)
    time.sleep(5)
    timers.leader().send_signal(signal.SIGKILL)
    timers.wait_until_settled(span, SPREAD_SECONDS)
    latest = max(timers.late(span))
    passed = latest <= TAKE_OVER_GOAL_MS
    return [
        Row(
            "leader killed with kill -9, the latest timeout",
            latest,
            goal=f"<= {TAKE_OVER_GOAL_MS:.0f}",
            passed=passed,
            unit=" ms",
        )
    ]


def _outage(timers: Timers) -> list[Row]:
    """Everything is due when the sweepers come back; it is worked off in the order of the deadlines."""
    timers.stop_sweepers()
    span = timers.make_offers(after=0.1, spread=1)
    time.sleep(2)
    timers.start_sweepers()
    timers.leader()
    timers.wait_until_settled(span, 0)
    found = timers.database.execute(
        "SELECT extract(epoch FROM max(settled_at) - min(settled_at)), count(*), count(DISTINCT contact_id) "
        "FROM routing_offer WHERE state = 'expired' AND expires_at >= %s AND expires_at < %s",
        span,
    ).fetchone()
    assert found is not None
    seconds, offers, contacts = found
    return [
        Row(
            f"{OFFERS:,} overdue after an outage, worked off",
            float(seconds),
            detail=f"{offers / max(float(seconds), 0.001):.0f} a second, {contacts} contacts once each",
            goal="each once",
            passed=offers == contacts == OFFERS,
            unit=" s",
        )
    ]
