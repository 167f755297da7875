"""Wake-ups by PostgreSQL's NOTIFY: sent with the commit, lost without harm.

A hint says "look", never what to do: the work is a row, and whoever looks finds it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from core import sql

WORK_CHANNEL = "acd_work"
FEED_CHANNEL = "acd_feed"
COMPANY_CHANNEL = "acd_company"

TURN_SECONDS = 10.0
"""How long whoever acts on a hint goes on before he gives others a turn: far below a task's time limit."""

INBOUND = "inbound"
OUTBOUND = "outbound"
CALLS = "calls"
ALERTS = "alerts"
PUSHES = "pushes"


def hint_work(topic: str) -> None:
    """Wake the relay when this transaction commits. Equal topics of one transaction arrive once."""
    sql.execute("SELECT pg_notify(%s, %s)", [WORK_CHANNEL, topic])


def hint_feed(agent_id: int) -> None:
    """Wake the socket of an agent when this transaction commits."""
    sql.execute("SELECT pg_notify(%s, %s)", [FEED_CHANNEL, str(agent_id)])


@contextmanager
def hearing_work() -> Iterator[Callable[[float], bool]]:
    """Hear hints on this process's own connection; gives a function that waits for one, for so many seconds.

    It says whether there was any, since it was asked last. Whoever waits looks for work after each wait, hint
    or not. Not within a transaction.
    """
    sql.execute(f"LISTEN {WORK_CHANNEL}")
    try:
        yield _wait
    finally:
        sql.execute(f"UNLISTEN {WORK_CHANNEL}")


def _wait(seconds: float) -> bool:
    # Those that came while statements ran are given at once.
    return bool(list(connection.connection.notifies(timeout=seconds, stop_after=1)))
