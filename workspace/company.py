"""Who else looks at a contact, or types in it: told among the sockets of all processes, kept nowhere.

Each socket says at what it looks. That goes by NOTIFY to every process, which remembers it for some seconds
and tells its own sockets that look at the same contact. While a contact has several onlookers their processes
repeat it; who is alone says it once. What is typed never leaves the browser, only that somebody types.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from core import sql
from core.failures import describe
from core.hints import COMPANY_CHANNEL
from core.hubs import DatabaseThreads, OnePerLoop, hear

logger = logging.getLogger(__name__)

FORGET_SECONDS = 20.0
"""How long somebody is believed to look without another word of his process."""

REPEAT_SECONDS = 8.0
TYPING_SECONDS = 6.0
"""How long somebody is believed to type after his last key; browsers repeat it at most every 2.5 s."""

TICK_SECONDS = 0.5
LONGEST_NAME = 150

LOOKS, TYPES, LEAVES = "looks", "types", "leaves"


class Onlooker(Protocol):
    """An open socket of somebody who may look at contacts."""

    user_id: int
    user_name: str

    def may_see(self, contact_id: int) -> bool:
        """Whether he may see this contact now; asks the database."""

    async def send_json(self, frame: dict[str, Any]) -> None:
        """Send a frame; raises what the connection raises."""


@dataclass(eq=False)
class Seat:
    """One socket that looks at a contact, and what it was told last."""

    onlooker: Onlooker
    contact_id: int
    types_until: float = 0.0
    told: list[dict[str, Any]] = field(default_factory=list)
    telling: asyncio.Task[None] | None = None


@dataclass
class Presence:
    """Somebody at a contact, by the clock of this process."""

    name: str
    looks_until: float
    types_until: float


class Company:
    """What this process knows of who looks at what, and its own sockets."""

    def __init__(self) -> None:
        self.seats: dict[Onlooker, Seat] = {}
        self.present: dict[int, dict[int, Presence]] = {}
        self.threads = DatabaseThreads(count=1, name="company")
        self.tasks: list[asyncio.Task[None]] = []
        self.repeated_at = 0.0
        self.unsaid: list[str] = []
        self.wake = asyncio.Event()

    # -- What sockets say ---------------

    async def look(self, onlooker: Onlooker, contact_id: int | None) -> None:
        """From now on the socket looks at this contact, and at no other; None: at none.

        A contact that it may not see is none.
        """
        seat = self.seats.get(onlooker)
        if seat is None or seat.contact_id != contact_id:
            self.leave(onlooker)
            if contact_id is None or not await self.threads.call(onlooker.may_see, contact_id):
                return
            seat = self.seats[onlooker] = Seat(onlooker, contact_id)
            self._say(seat, LOOKS)
            self._start()
        # Asked once more after a new connection: the browser has forgotten.
        seat.told = []
        self._tell([seat])

    def type(self, onlooker: Onlooker, *, is_typing: bool) -> None:
        """Its user types in the contact that it looks at, or has stopped."""
        seat, now = self.seats.get(onlooker), time.monotonic()
        if seat is None:
            return
        # Who says it more often than a browser does is not repeated to everybody.
        is_known = seat.types_until > now + (TYPING_SECONDS / 2 if is_typing else 0.0)
        if is_known == is_typing:
            return
        seat.types_until = now + TYPING_SECONDS if is_typing else 0.0
        self._say(seat, TYPES if is_typing else LOOKS)

    def leave(self, onlooker: Onlooker) -> None:
        """The socket looks at nothing any more."""
        seat = self.seats.pop(onlooker, None)
        if seat is None:
            return
        if seat.telling is not None:
            seat.telling.cancel()
        is_still_there = any(
            (other.contact_id, other.onlooker.user_id) == (seat.contact_id, onlooker.user_id)
            for other in self.seats.values()
        )
        if not is_still_there:
            self._say(seat, LEAVES)

    def _say(self, seat: Seat, does: str) -> None:
        word = {
            "contact": seat.contact_id,
            "user": seat.onlooker.user_id,
            "name": seat.onlooker.user_name[:LONGEST_NAME],
            "does": does,
        }
        self.unsaid.append(json.dumps(word))
        self.wake.set()

    # -- What all processes hear ---------------

    def _hear(self, payload: str) -> None:
        word = json.loads(payload)
        contact_id, user_id, now = word["contact"], word["user"], time.monotonic()
        people = self.present.setdefault(contact_id, {})
        is_new = user_id not in people
        if word["does"] == LEAVES:
            people.pop(user_id, None)
        else:
            types_until = now + TYPING_SECONDS if word["does"] == TYPES else 0.0
            people[user_id] = Presence(word["name"], now + FORGET_SECONDS, types_until)
        if not people:
            del self.present[contact_id]
        seats = [seat for seat in self.seats.values() if seat.contact_id == contact_id]
        self._tell(seats)
        if is_new and word["does"] != LEAVES:
            # Who has just come knows nobody: those who were alone have not spoken for long.
            self._repeat(seat for seat in seats if seat.onlooker.user_id != user_id)

    def _repeat(self, seats: Iterable[Seat]) -> None:
        now = time.monotonic()
        for seat in seats:
            self._say(seat, TYPES if seat.types_until > now else LOOKS)

    def _others(self, seat: Seat) -> list[dict[str, Any]]:
        now = time.monotonic()
        people = self.present.get(seat.contact_id, {})
        return [
            {"id": user_id, "name": person.name, "is_typing": person.types_until > now}
            for user_id, person in sorted(people.items())
            if user_id != seat.onlooker.user_id and person.looks_until > now
        ]

    def _tell(self, seats: Iterable[Seat]) -> None:
        for seat in seats:
            if seat.telling is None and seat.told != self._others(seat):
                seat.telling = asyncio.create_task(self._tell_one(seat))

    async def _tell_one(self, seat: Seat) -> None:
        """A task of its own: a browser that no longer reads must not hold up the others."""
        try:
            while seat.told != (people := self._others(seat)):
                seat.told = people
                await seat.onlooker.send_json(
                    {"type": "company", "contact": seat.contact_id, "people": people}
                )
        except Exception as error:  # noqa: BLE001 - the edge of the task: what comes next is told anew
            logger.warning("company_delivery_failed", extra={"failure": describe(error)})
        finally:
            seat.telling = None

    # -- What goes on by itself ---------------

    def _start(self) -> None:
        if not self.tasks:
            self.tasks = [asyncio.create_task(work()) for work in (self._listen, self._speak, self._watch)]

    async def _listen(self) -> None:
        await hear(COMPANY_CHANNEL, heard=self._hear, begun=lambda: self._repeat(self.seats.values()))

    async def _speak(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            words, self.unsaid = self.unsaid, []
            try:
                await self.threads.call(_notify, words)
            except Exception as error:  # noqa: BLE001 - the edge of the task: what counts is repeated
                logger.warning("company_not_told", extra={"failure": describe(error)})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._forget()
            self._tell(self.seats.values())
            if time.monotonic() - self.repeated_at >= REPEAT_SECONDS:
                self.repeated_at = time.monotonic()
                try:
                    await self._repeat_those_who_may()
                except Exception as error:  # noqa: BLE001 - the edge of the task: tried again
                    logger.warning("company_not_repeated", extra={"failure": describe(error)})

    def _forget(self) -> None:
        now = time.monotonic()
        for contact_id, people in list(self.present.items()):
            for user_id in [one for one, person in people.items() if person.looks_until <= now]:
                del people[user_id]
            if not people:
                del self.present[contact_id]

    async def _repeat_those_who_may(self) -> None:
        """Of those in company: who may not see the contact any more is told nothing and told of no longer."""
        shared = [seat for seat in self.seats.values() if self._others(seat)]
        for seat in shared:
            if not await self.threads.call(seat.onlooker.may_see, seat.contact_id):
                if self.seats.get(seat.onlooker) is seat:
                    self.leave(seat.onlooker)
            elif self.seats.get(seat.onlooker) is seat:
                self._repeat([seat])


def _notify(words: list[str]) -> None:
    sql.rows("SELECT pg_notify(%s, word) FROM unnest(%s::text[]) AS word", [COMPANY_CHANNEL, words])


_SEES = """
SELECT EXISTS (SELECT FROM contacts_contact
                WHERE id = %(contact)s AND agent_id = %(agent)s AND state IN ('active', 'after_contact_work'))
    OR EXISTS (SELECT FROM contacts_participant
                WHERE contact_id = %(contact)s AND agent_id = %(agent)s AND left_at IS NULL)
"""


def agent_sees(agent_id: int, contact_id: int) -> bool:
    """Whether the contact is on the agent's desk: his own, or one that he takes part in."""
    found = sql.row(_SEES, {"agent": agent_id, "contact": contact_id})
    return found is not None and bool(found[0])


def contact_of(frame: dict[str, Any]) -> int | None:
    """The contact that a frame of a browser names; None if it names none."""
    value = frame.get("contact")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < 2**63 else None


company = OnePerLoop(Company)
"""Of the running event loop."""
