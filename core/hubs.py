"""What hubs of sockets share: database work from an event loop, hints by NOTIFY, one hub for each loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection

from core.failures import describe
from core.reconnection import renew_connection

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5

_Result = TypeVar("_Result")
_Hub = TypeVar("_Hub")


class DatabaseThreads:
    """A few threads, each with a connection that it keeps and renews after an outage."""

    def __init__(self, *, count: int, name: str) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)

    async def call(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        """Run database work in one of the threads. Raises what the work raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _with_connection, work, *arguments)


def _with_connection(work: Callable[..., _Result], *arguments: Any) -> _Result:
    renew_connection()
    return work(*arguments)


async def hear(
    *channels: str, heard: Callable[[str], None], begun: Callable[[], None] = lambda: None
) -> None:
    """For ever: call `heard` with the payload of each notification, on a connection of its own.

    `begun` is called whenever hearing begins, at first and after each outage: what was said in between is
    lost.
    """
    while True:
        try:
            await _hear(channels, heard, begun)
        except psycopg.Error as error:
            logger.warning("hub_deaf", extra={"failure": describe(error), "channels": channels})
            await asyncio.sleep(RECONNECT_SECONDS)


async def _hear(channels: tuple[str, ...], heard: Callable[[str], None], begun: Callable[[], None]) -> None:
    parameters = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unknown, None)
    async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listening:
        for channel in channels:
            await listening.execute(f"LISTEN {channel}")
        begun()
        async for notification in listening.notifies():
            heard(notification.payload)


class OnePerLoop(Generic[_Hub]):
    """Gives the hub of the running event loop: sockets of two loops cannot share one."""

    def __init__(self, make: Callable[[], _Hub]) -> None:
        self._make = make
        self._made: tuple[asyncio.AbstractEventLoop, _Hub] | None = None

    def __call__(self) -> _Hub:
        loop = asyncio.get_running_loop()
        if self._made is None or self._made[0] is not loop:
            self._made = (loop, self._make())
        return self._made[1]
