"""Delivers feeds to the sockets of this process.

One connection listens for NOTIFY; a poll every second makes up for what it missed. Sockets never keep their
own connection to the database.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol

from core import sql
from core.failures import describe
from core.hints import FEED_CHANNEL
from core.hubs import DatabaseThreads, OnePerLoop, hear
from routing.services import presence

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
RENEW_SECONDS = 10.0
AT_ONCE = 500

GATHER_SECONDS = 0.01
"""In a rush, from one look-up of news to the next: what comes in between is read by one statement."""


class Push(NamedTuple):
    """A numbered push as it is sent: made into text once, whoever gets it."""

    seq: int
    text: str


class Socket(Protocol):
    """An open socket of an agent."""

    agent_id: int
    last_seq: int

    async def deliver(self, frames: list[Push]) -> None:
        """Send the pushes that follow `last_seq`, in order."""

    async def send_snapshot(self) -> None:
        """Send the whole truth in place of pushes."""


# The arrays are hidden behind a SELECT: if the planner saw how many agents there are, it would make a plan
# for each call, which takes three times as long as reading the pushes. Each agent's are found by the index.
_NEWS = """
SELECT p.agent_id, p.seq, p.type, p.data
  FROM unnest((SELECT %s::bigint[]), (SELECT %s::bigint[])) AS wanted(agent_id, seq)
 CROSS JOIN LATERAL (
    SELECT agent_id, seq, type, data FROM workspace_push
     WHERE agent_id = wanted.agent_id AND seq > wanted.seq
    OFFSET 0) p
 ORDER BY p.agent_id, p.seq
"""


def read_news(after: dict[int, int]) -> dict[int, list[Push]]:
    """The pushes of some agents after the given numbers. Raw cursors give jsonb as text, which is sent."""
    news: dict[int, list[Push]] = defaultdict(list)
    for agent_id, seq, type_, data in sql.rows(_NEWS, [list(after), list(after.values())]):
        news[agent_id].append(Push(seq, f'{{"type": {json.dumps(type_)}, "seq": {seq}, "data": {data}}}'))
    return news


class Hub:
    """All sockets of one process."""

    def __init__(self) -> None:
        self.sockets: dict[int, set[Socket]] = defaultdict(set)
        self.woken: set[int] = set()
        self.wake = asyncio.Event()
        self.threads = DatabaseThreads(count=4, name="hub")
        self.call = self.threads.call
        self.tasks: list[asyncio.Task[None]] = []
        self.delivering: dict[Socket, asyncio.Task[None]] = {}
        self.missed: set[Socket] = set()
        self.outdated: set[Socket] = set()
        self.is_new = True

    def add(self, socket: Socket) -> None:
        """From now on the socket gets what is new after its `last_seq`."""
        self.sockets[socket.agent_id].add(socket)
        self._start()
        self.rouse(socket.agent_id)

    def remove(self, socket: Socket) -> bool:
        """Forget a socket; True when it was the last of its agent here."""
        self.sockets[socket.agent_id].discard(socket)
        self.missed.discard(socket)
        self.outdated.discard(socket)
        if self.sockets[socket.agent_id]:
            return False
        del self.sockets[socket.agent_id]
        return True

    def rouse(self, agent_id: int) -> None:
        """There may be news for this agent."""
        self.woken.add(agent_id)
        self.wake.set()

    def _start(self) -> None:
        if not self.tasks:
            self.tasks = [
                asyncio.create_task(work()) for work in (self._listen, self._deliver, self._poll, self._renew)
            ]

    async def _listen(self) -> None:
        await hear(FEED_CHANNEL, heard=self._rouse_named, begun=self._start_anew)

    def _rouse_named(self, payload: str) -> None:
        agent_id = int(payload)
        if agent_id in self.sockets:
            self.rouse(agent_id)

    def _start_anew(self) -> None:
        """A crash of PostgreSQL may have taken back what browsers have seen already, and its numbers."""
        if self.is_new:
            self.is_new = False
            return
        self.outdated.update(socket for group in self.sockets.values() for socket in group)
        self._refresh_outdated()

    def _refresh_outdated(self) -> None:
        for socket in self.outdated - self.delivering.keys():
            self._send(socket, partial(self._refresh, socket))

    async def _refresh(self, socket: Socket) -> None:
        await socket.send_snapshot()
        self.outdated.discard(socket)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self._refresh_outdated()
            self.woken.update(self.sockets)
            self.wake.set()

    async def _deliver(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            woken, self.woken = self.woken, set()
            try:
                await self._deliver_to([agent_id for agent_id in woken if agent_id in self.sockets])
            except Exception as error:  # noqa: BLE001 - the edge of the task: the next poll tries again
                logger.error("hub_delivery_failed", extra={"failure": describe(error)})
            await asyncio.sleep(GATHER_SECONDS)

    async def _deliver_to(self, agent_ids: list[int]) -> None:
        for start in range(0, len(agent_ids), AT_ONCE):
            after = {
                agent_id: min(socket.last_seq for socket in self.sockets[agent_id])
                for agent_id in agent_ids[start : start + AT_ONCE]
                if self.sockets.get(agent_id)
            }
            news = await self.call(read_news, after)
            for agent_id, frames in news.items():
                for socket in self.sockets.get(agent_id, ()):
                    self._send(socket, partial(socket.deliver, frames))

    def _send(self, socket: Socket, send: Callable[[], Awaitable[None]]) -> None:
        if socket in self.delivering:
            self.missed.add(socket)
        else:
            self.delivering[socket] = asyncio.create_task(self._send_one(socket, send))

    async def _send_one(self, socket: Socket, send: Callable[[], Awaitable[None]]) -> None:
        """A task of its own: a browser that no longer reads must not hold up the others."""
        try:
            await send()
        except Exception as error:  # noqa: BLE001 - the edge of the task: the next poll tries again
            logger.warning("socket_delivery_failed", extra={"failure": describe(error)})
        finally:
            del self.delivering[socket]
        if socket in self.missed:
            self.missed.discard(socket)
            self.rouse(socket.agent_id)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self.call(_renew, list(self.sockets))
            except Exception as error:  # noqa: BLE001 - the edge of the task: the lease outlives two failures
                logger.error("hub_renewal_failed", extra={"failure": describe(error)})


def _renew(agent_ids: list[int]) -> None:
    presence.renew_leases(agent_ids=agent_ids)


hub = OnePerLoop(Hub)
"""The hub of the running event loop."""
