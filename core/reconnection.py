"""Connections that PostgreSQL closed while nobody used them, after a restart or a crash.

Django notices them by the request that fails, once in each thread, or by a statement before every request. A
closed connection shows at its socket, which costs nothing to look at.
"""

from __future__ import annotations

import select

from django.db import close_old_connections, connection


def drop_dead_connection(**_signal: object) -> None:
    """Let the next statement open a new connection when PostgreSQL has closed this thread's."""
    raw = connection.connection
    if raw is None or connection.in_atomic_block:
        return
    if raw.closed or (_has_something_to_say(raw.fileno()) and not connection.is_usable()):
        connection.close()


def renew_connection() -> None:
    """At the start of work outside of requests."""
    close_old_connections()
    drop_dead_connection()


def _has_something_to_say(socket: int) -> bool:
    """An idle connection has nothing to read, unless it brings a notice or its end."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
