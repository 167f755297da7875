"""Who is offered what when many agents are served in one go, each in his turn. Pure.

The result is that of offering to one agent after the other: what goes to one is gone for the next. Lanes that
several agents serve are read once for all of them, as far as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from routing.matching import Waiting, first_contact


@dataclass(slots=True)
class Line:
    """The front of a lane, in its order, as far as it has been read."""

    contacts: Sequence[Waiting]
    is_whole: bool
    """Whether nobody waits behind them."""

    past: int = 0
    """So many at its beginning are gone."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What an agent is offered. `compared` are contacts of his lanes that were there for him, it too."""

    agent_id: int
    offered: Waiting | None
    compared: Sequence[Waiting] = ()


@dataclass(slots=True)
class Board:
    """Contacts that wait, and the lanes that each agent serves.

    `passed_over` are the contacts that an agent is not to be asked for. `taken` are those that are offered
    already, `locked` those that somebody else is at.
    """

    lanes_of: Mapping[int, Sequence[int]]
    passed_over: Mapping[int, Set[int]]
    now_ms: int
    lines: dict[int, Line] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)

    def plan(
        self,
        agent_ids: Sequence[int],
        *,
        read_on: Callable[[Sequence[int]], None],
        compared: Callable[[int], int],
        ends_with: Callable[[int], bool],
    ) -> list[Turn]:
        """The turns of the agents, in their order, as far as one who gets nothing and of whom `ends_with`.

        `read_on` puts longer lines of these lanes on the board. `compared` says of how many contacts of each
        lane the agent's turn is to tell. The plan binds nobody until its contacts are in `taken`.
        """
        gone = self.taken | self.locked
        for line in self.lines.values():
            line.past = 0
        turns = []
        for agent_id in agent_ids:
            first = first_contact(self._heads(agent_id, gone, read_on), self.now_ms)
            if first is None:
                turns.append(Turn(agent_id, None))
                if ends_with(agent_id):
                    break
                continue
            turns.append(Turn(agent_id, first, self._compared(agent_id, gone, compared(agent_id))))
            gone.add(first.contact_id)
        return turns

    def is_kept_from(self, agent_id: int) -> bool:
        """Whether somebody whom he serves is locked: perhaps only for a moment."""
        passed_over = self.passed_over.get(agent_id, frozenset())
        return any(
            head.contact_id in self.locked and head.contact_id not in passed_over
            for lane in self.lanes_of.get(agent_id, ())
            for head in self.lines[lane].contacts
        )

    def _heads(
        self, agent_id: int, gone: Set[int], read_on: Callable[[Sequence[int]], None]
    ) -> list[Waiting]:
        """The first of each of his lanes that is there for him."""
        lanes = self.lanes_of.get(agent_id, ())
        while True:
            heads, unread = [], []
            for lane in lanes:
                head = self._first(lane, agent_id, gone)
                if head is not None:
                    heads.append(head)
                elif not self.lines[lane].is_whole:
                    unread.append(lane)
            if not unread:
                return heads
            # Who waits behind those that were read may come before all others.
            read_on(unread)

    def _first(self, lane: int, agent_id: int, gone: Set[int]) -> Waiting | None:
        line = self.lines[lane]
        contacts, place = line.contacts, line.past
        while place < len(contacts) and contacts[place].contact_id in gone:
            place += 1
        line.past = place
        passed_over = self.passed_over.get(agent_id)
        if passed_over:
            while place < len(contacts) and (
                contacts[place].contact_id in passed_over or contacts[place].contact_id in gone
            ):
                place += 1
        return contacts[place] if place < len(contacts) else None

    def _compared(self, agent_id: int, gone: Set[int], each: int) -> list[Waiting]:
        if not each:
            return []
        passed_over = self.passed_over.get(agent_id, frozenset())
        return [
            head
            for lane in self.lanes_of[agent_id]
            for head in [
                one
                for one in self.lines[lane].contacts
                if one.contact_id not in gone and one.contact_id not in passed_over
            ][:each]
        ]
