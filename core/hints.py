"""Wake-ups by PostgreSQL's NOTIFY: sent with the commit, lost without harm.

A hint says "look", never what to do: the work is a row, and whoever looks finds it there.
"""

from __future__ import annotations

from core import sql

WORK_CHANNEL = "acd_work"
FEED_CHANNEL = "acd_feed"

TURN_SECONDS = 10.0
"""How long whoever acts on a hint goes on before he gives others a turn: far below a task's time limit."""

INBOUND = "inbound"
OUTBOUND = "outbound"


def hint_work(topic: str) -> None:
    """Wake the relay when this transaction commits. Equal topics of one transaction arrive once."""
    sql.execute("SELECT pg_notify(%s, %s)", [WORK_CHANNEL, topic])


def hint_feed(agent_id: int) -> None:
    """Wake the socket of an agent when this transaction commits."""
    sql.execute("SELECT pg_notify(%s, %s)", [FEED_CHANNEL, str(agent_id)])
