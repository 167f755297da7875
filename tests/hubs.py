"""The end of a hub's day in tests: its threads keep their connections, and the test database goes away."""

from __future__ import annotations

import asyncio
import threading
from typing import Protocol

from asgiref.sync import sync_to_async
from django.db import connection

from core import sql
from core.hubs import DatabaseThreads

WAIT = 10


class Hub(Protocol):
    threads: DatabaseThreads
    tasks: list[asyncio.Task[None]]


def _somebody_listens() -> bool:
    return sql.row("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN %%'") is not None


async def put_to_rest(hub: Hub) -> None:
    """Stop the hub's tasks and give back all its connections, and this thread's."""
    # Cancelled while it connects, the listener would leave a half-open connection behind.
    while hub.tasks and not await hub.threads.call(_somebody_listens):
        assert not any(task.done() for task in hub.tasks), hub.tasks
        await asyncio.sleep(0.02)
    for task in hub.tasks:
        task.cancel()
    await asyncio.gather(*hub.tasks, return_exceptions=True)
    together = threading.Barrier(hub.threads.count)

    def give_back() -> None:
        together.wait(WAIT)
        connection.close()

    await asyncio.gather(*[hub.threads.call(give_back) for _thread in range(hub.threads.count)])
    await sync_to_async(lambda: connection.close())()
