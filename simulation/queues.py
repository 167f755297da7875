"""Where simulated contacts wait: lanes of a skill, each a heap in the order of `routing.matching`.

The order inside a lane never changes while contacts wait, so each look-up is that of a few heads. Contacts
that were refused lie apart, by who refused them, so that an agent never has to search behind contacts he
refused. A contact that leaves a heap is not searched for: its entry becomes stale and is dropped when it
comes to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from heapq import heappop, heappush, heapreplace
from types import MappingProxyType

from routing.matching import Profile, place_in_lane, queue_key

WAITING, OFFERED, GONE = range(3)
NOBODY: Mapping[int, int] = MappingProxyType({})


class Contact:
    """A contact from its arrival until it is accepted or abandons. Satisfies `matching.Queued`."""

    __slots__ = (
        "acceleration_milli",
        "contact_id",
        "customer",
        "handle_ms",
        "lane",
        "leaves_ms",
        "mark",
        "max_milli",
        "queue_key",
        "queued_ms",
        "refused_at",
        "returned",
        "skill",
        "state",
    )

    def __init__(
        self,
        *,
        contact_id: int,
        skill: int,
        lane: Lane,
        profile: Profile,
        queued_ms: int,
        handle_ms: int,
        leaves_ms: int | None,
        mark: int = 0,
        customer: int | None = None,
    ) -> None:
        self.contact_id = contact_id
        self.skill = skill
        self.lane = lane
        self.queue_key = queue_key(profile, queued_ms)
        self.acceleration_milli = profile.acceleration_milli
        self.max_milli = profile.max_milli
        self.queued_ms = queued_ms
        self.handle_ms = handle_ms
        self.leaves_ms = leaves_ms
        self.mark = mark
        self.customer = customer
        self.state = WAITING
        self.returned = 0
        """How often it was queued again, or moved: tells its entry, and its offer, of now from stale ones."""
        self.refused_at: Mapping[int, int] = NOBODY
        """When each agent last refused it, in this round."""


AgentPlace = tuple[int, int, int]
"""`matching.place_of_agent`: proficiency, idle since, id."""

Entry = tuple[tuple[int, int, int], int, Contact]


class Heap:
    """Waiting contacts of one lane, first one first."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def push(self, contact: Contact) -> None:
        heappush(self._entries, (place_in_lane(contact), contact.returned, contact))

    def head(self) -> Contact | None:
        """The first that still waits."""
        entries = self._entries
        while entries:
            _place, returned, contact = entries[0]
            if contact.state == WAITING and contact.returned == returned:
                return contact
            heappop(entries)
        return None


class Lane:
    """Contacts of one skill with the same acceleration and maximum, overflowed or not."""

    __slots__ = ("_fresh", "_refused", "overflows")

    def __init__(self, *, overflows: bool = False) -> None:
        self.overflows = overflows
        self._fresh = Heap()
        self._refused: dict[frozenset[int], Heap] = {}

    def push(self, contact: Contact) -> None:
        if not contact.refused_at:
            self._fresh.push(contact)
            return
        self._refused.setdefault(frozenset(contact.refused_at), Heap()).push(contact)

    def add_heads(self, agent_id: int, heads: list[Contact]) -> None:
        """Add contacts of which the smallest is the first here that the agent has not refused."""
        head = self._fresh.head()
        if head is not None:
            heads.append(head)
        if self._refused:
            self._add_refused_heads(agent_id, heads)

    def _add_refused_heads(self, agent_id: int, heads: list[Contact]) -> None:
        for refusers, heap in list(self._refused.items()):
            if (head := heap.head()) is None:
                del self._refused[refusers]
            elif agent_id not in refusers:
                heads.append(head)


class ReadyList:
    """Agents of one skill who can take one more contact, best first.

    `current` gives the place that an agent has now, None when he has no room. Places only grow worse, as he
    is idle since a later moment each time; so an old entry stands too far in front, never too far behind, and
    is put right when it comes to the top.
    """

    __slots__ = ("_current", "_entries", "_listed")

    def __init__(self, current: Callable[[int], AgentPlace | None]) -> None:
        self._current = current
        self._entries: list[AgentPlace] = []
        self._listed: set[int] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def enter(self, agent_id: int) -> None:
        """Note that he has room; nothing happens if he is on the list."""
        if agent_id not in self._listed and (place := self._current(agent_id)) is not None:
            self._listed.add(agent_id)
            heappush(self._entries, place)

    def first(self, passed_over: Container[int]) -> int | None:
        """The best who is not passed over."""
        entries, aside, found = self._entries, [], None
        while entries and found is None:
            listed = entries[0]
            agent_id = listed[2]
            place = self._current(agent_id)
            if place is None:
                heappop(entries)
                self._listed.remove(agent_id)
            elif place != listed:
                heapreplace(entries, place)
            elif agent_id in passed_over:
                aside.append(heappop(entries))
            else:
                found = agent_id
        for listed in aside:
            heappush(entries, listed)
        return found
