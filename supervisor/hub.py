"""Pushes boards and conversations to the supervisors' sockets of this process.

What happens on a floor is told by NOTIFY already, for the agents' sockets (docs/decisions/0002). Here a hint
only says that a board may have changed: it is read once for all its sockets, at most twice a second, and what
differs from the last reading is sent. So a hundred boards cost little more than one, and nothing is added to
the way of a text.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from django.utils import translation

from core.clock import database_now
from core.failures import describe
from core.hints import FEED_CHANNEL, WORK_CHANNEL
from core.hubs import DatabaseThreads, OnePerLoop, hear
from organizations.models import BusinessUnit
from reporting.kinds.service_level import Level
from supervisor.board import read_board, read_today
from supervisor.changes import Board, difference
from supervisor.conversation import read_conversation, stamp_of

logger = logging.getLogger(__name__)

SHORTEST_SECONDS = 0.5
"""Between two readings of the same board."""

IDLE_SECONDS = 1.0
"""A board is read this often without any hint: what a hint was lost for, and what came without one."""

TODAY_SECONDS = 10.0
REDELIVERY_SECONDS = 1.0


class Frame(NamedTuple):
    """What is sent, made once for all sockets; `seq` is its number if it has one."""

    text: str
    seq: int | None


class Listener(Protocol):
    """An open socket of a supervisor."""

    async def deliver(self, frame: Frame) -> None:
        """Send a frame; raises what the connection raises."""


class Outbox:
    """What one socket still has to be sent. A browser that no longer reads holds up nobody: what it missed is
    replaced by the whole truth once it reads again, and so is what could not be delivered."""

    def __init__(self, listener: Listener, whole: Callable[[], Frame]) -> None:
        self.listener = listener
        self.whole = whole
        self.task: asyncio.Task[None] | None = None
        self.is_behind = False

    def send(self, frame: Frame) -> None:
        if self.task is not None and not self.task.done():
            self.is_behind = True
            return
        self.is_behind = False
        self.task = asyncio.create_task(self._deliver(frame))

    async def _deliver(self, frame: Frame) -> None:
        """Until nothing is missing: it may be long before anything changes again."""
        while True:
            try:
                await self.listener.deliver(frame)
            except Exception as error:  # noqa: BLE001 - the edge of the task: the socket's own end cancels it
                logger.warning("board_delivery_failed", extra={"failure": describe(error)})
                self.is_behind = True
                await asyncio.sleep(REDELIVERY_SECONDS)
            if not self.is_behind:
                return
            self.is_behind = False
            frame = self.whole()

    def close(self) -> None:
        if self.task is not None:
            self.task.cancel()


class Subject(ABC):
    """Something that sockets look at: read for all of them at once, sent when it differs."""

    def __init__(self) -> None:
        self.outboxes: dict[Listener, Outbox] = {}
        self.is_due = True
        self.read_at = float("-inf")

    def wants(self, now: float) -> bool:
        waited = now - self.read_at
        return waited >= IDLE_SECONDS or (self.is_due and waited >= SHORTEST_SECONDS)

    def broadcast(self, frame: Frame) -> None:
        for outbox in list(self.outboxes.values()):
            outbox.send(frame)

    @abstractmethod
    def whole(self) -> Frame:
        """The frame that says everything."""

    @abstractmethod
    def refresh(self) -> Frame | None:
        """Read anew, in a thread; the frame of what differs, if anything does."""


class BoardSubject(Subject):
    """The board of a business unit. Its pushes are numbered within this process."""

    def __init__(self, unit: BusinessUnit) -> None:
        super().__init__()
        self.unit = unit
        self.board: Board = {"skills": [], "agents": [], "contacts": [], "alerts": []}
        self.seq = 0
        self.at = ""
        self.today: dict[int, Level] = {}
        self.today_at = float("-inf")

    def whole(self) -> Frame:
        data = {"unit": {"id": self.unit.pk, "name": self.unit.name}, **self.board}
        frame = {"type": "snapshot", "seq": self.seq, "data": data | {"server_time": self.at}}
        return Frame(json.dumps(frame), self.seq)

    def refresh(self) -> Frame | None:
        now = time.monotonic()
        if now - self.today_at >= TODAY_SECONDS:
            self.today, self.today_at = read_today(self.unit), now
        self.at = database_now().isoformat()
        board = read_board(self.unit, self.today)
        changes = difference(self.board, board)
        if not changes:
            return None
        self.board = board
        self.seq += 1
        frame = {"type": "board.changed", "at": self.at, "seq": self.seq, "data": changes}
        return Frame(json.dumps(frame), self.seq)


class ConversationSubject(Subject):
    """One contact, in one language, sent as a whole whenever it changes."""

    def __init__(self, contact_id: int, language: str) -> None:
        super().__init__()
        self.contact_id, self.language = contact_id, language
        self.stamp: tuple[Any, ...] | None = ()
        self.frame = Frame("", None)

    def whole(self) -> Frame:
        return self.frame

    def refresh(self) -> Frame | None:
        stamp = stamp_of(self.contact_id)
        if stamp == self.stamp:
            return None
        self.stamp = stamp
        data = None
        if stamp is not None:
            with translation.override(self.language):
                data = read_conversation(self.contact_id)
        self.frame = Frame(json.dumps({"type": "contact", "id": self.contact_id, "data": data}), None)
        return self.frame


class BoardHub:
    """All supervisors' sockets of one process."""

    def __init__(self) -> None:
        self.subjects: dict[tuple[Any, ...], Subject] = {}
        self.wake = asyncio.Event()
        self.threads = DatabaseThreads(count=2, name="boards")
        self.call = self.threads.call
        self.tasks: list[asyncio.Task[None]] = []
        self.reading = asyncio.Lock()
        self.checking = asyncio.Lock()

    async def join(self, key: tuple[Any, ...], make: Callable[[], Subject], listener: Listener) -> None:
        """From now on the socket is sent the whole of the subject, then what changes.

        Raises what the first reading raises.
        """
        async with self.reading:
            # Looked up behind the lock: the last other viewer may have left while this one waited for it.
            subject = self.subjects.get(key)
            if subject is None:
                subject = make()
                await self._read(subject)
                self.subjects[key] = subject
            subject.outboxes[listener] = outbox = Outbox(listener, subject.whole)
            outbox.send(subject.whole())
        self._start()

    def leave(self, key: tuple[Any, ...], listener: Listener) -> None:
        """The socket no longer looks at the subject."""
        subject = self.subjects.get(key)
        if subject is None:
            return
        outbox = subject.outboxes.pop(listener, None)
        if outbox is not None:
            outbox.close()
        if not subject.outboxes:
            del self.subjects[key]

    def resend(self, key: tuple[Any, ...], listener: Listener) -> None:
        """The socket lost its way: the whole again."""
        subject = self.subjects.get(key)
        if subject is not None and listener in subject.outboxes:
            subject.outboxes[listener].send(subject.whole())

    def _start(self) -> None:
        if not self.tasks:
            self.tasks = [asyncio.create_task(work()) for work in (self._listen, self._tell)]

    async def _listen(self) -> None:
        await hear(FEED_CHANNEL, WORK_CHANNEL, heard=self._suspect)

    def _suspect(self, _payload: str) -> None:
        for subject in self.subjects.values():
            subject.is_due = True
        self.wake.set()

    async def _tell(self) -> None:
        while True:
            # Woken at once after a rest; in a rush at the pace that the boards can be read at.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), IDLE_SECONDS)
            self.wake.clear()
            now = time.monotonic()
            for subject in [one for one in self.subjects.values() if one.wants(now)]:
                await self._refresh_safely(subject)
            await asyncio.sleep(SHORTEST_SECONDS / 5)
            if any(subject.is_due for subject in self.subjects.values()):
                self.wake.set()

    async def _refresh_safely(self, subject: Subject) -> None:
        try:
            async with self.reading:
                await self._read(subject)
        except Exception as error:  # noqa: BLE001 - the edge of the task: the next reading tries again
            logger.error("board_reading_failed", extra={"failure": describe(error)})

    async def _read(self, subject: Subject) -> None:
        subject.is_due, subject.read_at = False, time.monotonic()
        frame = await self.call(subject.refresh)
        if frame is not None:
            subject.broadcast(frame)


hub = OnePerLoop(BoardHub)
"""The hub of the running event loop."""
