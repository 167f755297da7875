"""Where simulated contacts wait: lanes of a skill, each a heap in the order of `routing.matching`.

The order inside a lane never changes while contacts wait, so each look-up is that of a few heads. Contacts
that were refused lie apart, by who refused them, so that an agent never has to search behind contacts he
refused. A contact that leaves a heap is not searched for: its entry becomes stale and is dropped when it
comes to the top.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from heapq import heapify, heappop, heappush

from routing.matching import Profile, place_in_lane, queue_key

WAITING, OFFERED, GONE = range(3)


class Contact:
    """A contact from its arrival until it is accepted or abandons. Satisfies `matching.Queued`."""

    __slots__ = (
        "acceleration_milli",
        "contact_id",
        "handle_ms",
        "lane",
        "leaves_ms",
        "max_milli",
        "place",
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
        self.state = WAITING
        self.place = place_in_lane(self)
        self.returned = 0
        """How often it was queued again: tells its entry of now from stale ones."""
        self.refused_at: dict[int, int] = {}
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
        heappush(self._entries, (contact.place, contact.returned, contact))

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
    """Contacts of one skill with the same acceleration and maximum."""

    __slots__ = ("_fresh", "_refused")

    def __init__(self) -> None:
        self._fresh = Heap()
        self._refused: dict[frozenset[int], Heap] = {}

    def push(self, contact: Contact) -> None:
        if not contact.refused_at:
            self._fresh.push(contact)
            return
        self._refused.setdefault(frozenset(contact.refused_at), Heap()).push(contact)

    def heads_for(self, agent_id: int) -> Iterator[Contact]:
        """Heads whose smallest is the first contact here that the agent has not refused."""
        head = self._fresh.head()
        if head is not None:
            yield head
        if self._refused:
            yield from self._refused_heads(agent_id)

    def _refused_heads(self, agent_id: int) -> Iterator[Contact]:
        for refusers, heap in list(self._refused.items()):
            if (head := heap.head()) is None:
                del self._refused[refusers]
            elif agent_id not in refusers:
                yield head


class ReadyList:
    """Agents of one skill who can take one more contact, best first.

    `is_current` says whether an entry still holds: the agent has room and has not become idle anew since.
    """

    __slots__ = ("_entries", "_is_current", "_room")

    def __init__(self, *, agents: int, is_current: Callable[[AgentPlace], bool]) -> None:
        self._entries: list[AgentPlace] = []
        self._is_current = is_current
        self._room = 64 + 4 * agents

    def push(self, place: AgentPlace) -> None:
        heappush(self._entries, place)
        if len(self._entries) > self._room:
            self._entries = list({place for place in self._entries if self._is_current(place)})
            heapify(self._entries)

    def first(self, passed_over: Container[int]) -> AgentPlace | None:
        """The best who is not passed over."""
        entries = self._entries
        aside: list[AgentPlace] = []
        found = None
        while entries and found is None:
            place = entries[0]
            if not self._is_current(place):
                heappop(entries)
            elif place[2] in passed_over:
                aside.append(heappop(entries))
            else:
                found = place
        for place in aside:
            heappush(entries, place)
        return found
