"""Brings waiting contacts and ready agents together.

Every event ends here: a contact that starts to wait looks for its best agent, an agent who becomes free looks
for his best contact, and both ways end in `offer_next`, which decides under the agent's lock. Many agents who
are free at once are served in one transaction, each in his turn, by `offer_to_each`: the same decisions, in a
tenth of the statements.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from core import events, sql
from routing import selectors
from routing.facts import OffersMade
from routing.matching import Waiting, in_order, milliseconds, priority
from routing.models import Offer
from routing.selectors import Candidate, Head
from routing.services.readiness import COUNT_ONE_MORE, Seat, count_one_more, lock_free_seats, lock_seat
from routing.services.records import AGENTS, is_recorded
from routing.turns import Board, Line, Turn

# A window of heads smaller than the number of dispatchers would find all its rows locked and call a full lane
# empty; it grows until a row is had or the lanes end.
WINDOWS = (4, 16, 64, 256)
FRONTS = (2, *WINDOWS)
RECORDED = 8
TOGETHER = 200
"""So many agents are served in one transaction, at most: they and their contacts are locked until its end."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A contact that may be put before an agent, and those it was compared with."""

    head: Head
    heads: list[Head]
    waits: bool = False
    """Whether to wait for whoever has it locked; else it counts as taken."""


def _choices(agent_id: int, now: datetime) -> Iterator[Choice]:
    """What to put before the agent, best first; asked for the next when somebody else took the one before."""
    heads, read = selectors.first_heads(agent_id=agent_id)
    yield from _as_far_as_read(heads, read, now)
    for window in WINDOWS:
        if not heads:
            break
        if window > read:
            heads = selectors.lane_heads(agent_id=agent_id, window=window)
            yield from _as_far_as_read(heads, window, now)
            if _are_whole(heads, window):
                break
    # All were locked: perhaps by a text that just arrives for them. Then wait for one instead of leaving it.
    for first in islice(_in_turn(heads, now), 1):
        yield replace(first, waits=True)
    yield from _asked_again(agent_id, now)


def _asked_again(agent_id: int, now: datetime) -> Iterator[Choice]:
    return _in_turn(selectors.refused_heads(agent_id=agent_id, window=WINDOWS[1], now=now), now)


def _as_far_as_read(heads: list[Head], window: int, now: datetime) -> Iterator[Choice]:
    """The choices up to the last that was read of any lane: what waits behind it may come before the rest."""
    tried: Counter[int] = Counter()
    for choice in _in_turn(heads, now):
        yield choice
        tried[choice.head.lane_id] += 1
        if tried[choice.head.lane_id] == window:
            return


def _are_whole(heads: list[Head], window: int) -> bool:
    """Whether nobody waits behind those that were read of each lane."""
    return all(count < window for count in Counter(head.lane_id for head in heads).values())


def _in_turn(heads: list[Head], now: datetime) -> Iterator[Choice]:
    by_id = {head.waiting.contact_id: head for head in heads}
    for waiting in in_order((head.waiting for head in heads), milliseconds(now)):
        yield Choice(by_id[waiting.contact_id], heads)


@transaction.atomic(durable=True)
def offer_next(*, agent_id: int, considered: list[Candidate] | None = None) -> Offer | None:
    """Put the contact that comes first before the agent, if he can take one more and one waits.

    `considered` are the agents for the contact that woke him; None: he became free by himself. The record of
    the decision says which.
    """
    seat = lock_seat(agent_id)
    if not seat.can_take_one_more:
        return None
    offer = _first_made(seat, _choices(agent_id, seat.now), considered)
    if offer is not None:
        events.publish(OffersMade(offer_ids=(offer.pk,)))
    return offer


def _first_made(seat: Seat, choices: Iterable[Choice], considered: list[Candidate] | None) -> Offer | None:
    for choice in choices:
        offer = _make_offer(seat, choice, considered)
        if offer is not None:
            return offer
    return None


# The contact leaves its lane unless somebody else took it or moved it to another; then the offer, the log,
# why it was made, and the agent's load. Who is asked again begins a new round, in which everybody may be. An
# offer that a crash takes back is made again, for its contact is queued again.
_OFFER = f"""
WITH {{given}}claimed AS (
    UPDATE contacts_contact SET state = 'offered', updated_at = now() WHERE id = {{which}} RETURNING id
), offer AS (
    {{insertion}} RETURNING id, contact_id, agent_id, skill_id, offered_at
), new_round AS (
    DELETE FROM routing_refusal r USING offer
     WHERE r.contact_id = offer.contact_id AND EXISTS (
        SELECT FROM routing_refusal o WHERE o.contact_id = offer.contact_id AND o.agent_id = offer.agent_id)
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
    SELECT contact_id, 'offered', agent_id, jsonb_build_object('offer', id) FROM offer
), {{decided}}counted AS (
    {COUNT_ONE_MORE} FROM offer WHERE agents_agentstate.agent_id = offer.agent_id
)
SELECT id, {sql.WITHOUT_WAITING_FOR_THE_DISK} FROM offer
"""

_DECIDED = f"""decided AS (
    INSERT INTO routing_decision (offer_id, contact_id, at, contacts_considered, agents_considered)
    SELECT offer.id, offer.contact_id, offer.offered_at, {{contacts}}, agents.found
      FROM {{recorded}} CROSS JOIN LATERAL ({AGENTS}) agents
), """


def _offer_to_one(skip: str, decided: str) -> str:
    return _OFFER.format(
        given="",
        which=f"""(
        SELECT id FROM contacts_contact
         WHERE id = %(contact_id)s AND state = 'queued' AND lane_id = %(lane)s FOR NO KEY UPDATE {skip})""",
        insertion=sql.insertion(Offer, if_any="claimed"),
        decided=decided,
    )


# By whether it is recorded: as one statement its cost would depend on that, and PostgreSQL would plan it anew
# each time. And by whether to wait for whoever has the contact locked.
_OFFER_TO_ONE = {
    (is_recorded, waits): _offer_to_one("" if waits else "SKIP LOCKED", decided)
    for is_recorded, decided in (
        (False, ""),
        (True, _DECIDED.format(contacts="%(contacts)s", recorded="offer")),
    )
    for waits in (False, True)
}

# To many agents, who have been locked, and with them their contacts.
_GIVEN = ("contact_id", "agent_id", "skill_id", "expires_at")
_OFFER_TO_EACH = _OFFER.format(
    given="""given AS (
    SELECT contact_id, agent_id, skill_id, %(offered_at)s + make_interval(secs => timeout) AS expires_at,
           contacts, is_recorded, place
      FROM ROWS FROM (
               unnest(%(contact_id)s::bigint[], %(agent_id)s::bigint[], %(skill_id)s::bigint[],
                      %(timeout)s::int[], %(is_recorded)s::boolean[]),
               jsonb_array_elements(%(contacts)s::jsonb))
           WITH ORDINALITY AS one(contact_id, agent_id, skill_id, timeout, is_recorded, contacts, place)
), """,
    which="ANY(%(contact_id)s)",
    insertion=sql.insertion(
        Offer, if_any="given JOIN claimed ON id = contact_id ORDER BY place", given=_GIVEN
    ),
    decided=_DECIDED.format(
        contacts="given.contacts",
        recorded="offer JOIN given ON given.contact_id = offer.contact_id AND given.is_recorded",
    ),
)


def _make_offer(seat: Seat, choice: Choice, considered: list[Candidate] | None) -> Offer | None:
    """None: somebody else took the contact."""
    offer = Offer(
        contact_id=choice.head.waiting.contact_id,
        agent_id=seat.agent_id,
        skill_id=choice.head.skill_id,
        offered_at=seat.now,
        expires_at=seat.now + timedelta(seconds=seat.refusal_timeout_seconds),
    )
    decision: dict[str, Any] = {}
    if recorded := is_recorded():
        decision = {
            "contacts": json.dumps(_contact_rows(choice.head.waiting, choice.heads, milliseconds(seat.now))),
            "chosen": "became_free" if considered is None else "offered",
            "also_ready": "also_ready" if considered is None else "less_suited",
        }
    statement = _OFFER_TO_ONE[recorded, choice.waits]
    is_made = sql.inserted(offer, statement, lane=choice.head.lane_id, **decision)
    if not is_made:
        return None
    count_one_more(seat)
    return offer


def _contact_rows(chosen: Waiting, heads: list[Head], now_ms: int) -> list[dict[str, Any]]:
    """Which contacts were compared, for the record of the decision."""
    by_id = {one.waiting.contact_id: one for one in heads}
    return [
        {
            "contact": waiting.contact_id,
            "skill": by_id[waiting.contact_id].skill_id,
            "priority": round(priority(waiting, now_ms), 3),
            "outcome": "offered" if waiting.contact_id == chosen.contact_id else "waits",
        }
        for waiting in in_order((one.waiting for one in heads), now_ms)[:RECORDED]
    ]


# -- Many agents in one transaction ---------------


@dataclass(slots=True)
class _Round:
    """A transaction in which each of several agents, whose seats are locked, is offered one contact."""

    seats: Mapping[int, Seat]
    now: datetime
    board: Board
    asked_again: Set[int]
    """Who refused somebody who waits, and may be asked again."""

    heads: dict[int, Head] = field(default_factory=dict)
    windows: dict[int, int] = field(default_factory=dict)
    recorded: dict[int, bool] = field(default_factory=dict)
    served: list[Seat] = field(default_factory=list)
    offer_ids: list[int] = field(default_factory=list)

    def read(self, lanes: Sequence[int], window: int) -> None:
        for lane, heads in selectors.fronts(lane_ids=lanes, window=window).items():
            self.heads.update((head.waiting.contact_id, head) for head in heads)
            self.windows[lane] = window
            self.board.lines[lane] = Line([head.waiting for head in heads], is_whole=len(heads) < window)

    def read_on(self, lanes: Sequence[int]) -> None:
        """Four times as many of each."""
        for window in sorted({self.windows[lane] for lane in lanes}):
            self.read([lane for lane in lanes if self.windows[lane] == window], 4 * window)

    def is_recorded(self, agent_id: int) -> bool:
        if agent_id not in self.recorded:
            self.recorded[agent_id] = is_recorded()
        return self.recorded[agent_id]

    def compared(self, agent_id: int) -> int:
        if not self.is_recorded(agent_id):
            return 0
        is_few = len(self.board.lanes_of[agent_id]) <= selectors.FEW_LANES
        return selectors.FRONT_OF_FEW if is_few else 1

    def ends_with(self, agent_id: int) -> bool:
        return agent_id in self.asked_again and not self.board.is_kept_from(agent_id)

    def turns(self, agent_ids: Sequence[int]) -> list[Turn]:
        """The next turns, whose contacts nobody else can take any more."""
        board, held = self.board, set[int]()
        while True:
            turns = board.plan(
                agent_ids, read_on=self.read_on, compared=self.compared, ends_with=self.ends_with
            )
            wanted = [turn.offered.contact_id for turn in turns if turn.offered is not None]
            missing = [contact_id for contact_id in wanted if contact_id not in held]
            if missing:
                lanes = [self.heads[contact_id].lane_id for contact_id in missing]
                found = sql.rows(_HOLD, {"contacts": missing, "lanes": lanes})
                held.update(contact_id for (contact_id,) in found)
            lost = [contact_id for contact_id in missing if contact_id not in held]
            if not lost:
                return turns
            # Somebody else is at these, so all who come after may have to take others.
            board.locked.update(lost)

    def make_offers(self, turns: Sequence[Turn]) -> None:
        now_ms = milliseconds(self.now)
        made = [(self.seats[turn.agent_id], turn, turn.offered) for turn in turns if turn.offered is not None]
        if not made:
            return
        found = sql.rows(
            _OFFER_TO_EACH,
            {
                "state": Offer.State.PENDING.value,
                "reason": "",
                "offered_at": self.now,
                "settled_at": None,
                "contact_id": [first.contact_id for _seat, _turn, first in made],
                "agent_id": [seat.agent_id for seat, _turn, _first in made],
                "skill_id": [self.heads[first.contact_id].skill_id for _seat, _turn, first in made],
                "timeout": [seat.refusal_timeout_seconds for seat, _turn, _first in made],
                "contacts": json.dumps(
                    [
                        _contact_rows(first, [self.heads[one.contact_id] for one in turn.compared], now_ms)
                        for _seat, turn, first in made
                    ]
                ),
                "is_recorded": [self.is_recorded(seat.agent_id) for seat, _turn, _first in made],
                "chosen": "became_free",
                "also_ready": "also_ready",
            },
        )
        self.board.taken.update(first.contact_id for _seat, _turn, first in made)
        count_one_more(*(seat for seat, _turn, _first in made))
        self.served += [seat for seat, _turn, _first in made]
        self.offer_ids += [offer_id for offer_id, _nothing in found]

    def ask_again(self, seat: Seat) -> None:
        """Put somebody before the agent whom he refused, if everybody else did too."""
        offer = _first_made(seat, _asked_again(seat.agent_id, self.now), None)
        if offer is not None:
            self.board.taken.add(offer.contact_id)
            self.served.append(seat)
            self.offer_ids.append(offer.pk)


_HOLD = """
SELECT c.id FROM unnest(%(contacts)s::bigint[], %(lanes)s::bigint[]) AS wanted(id, lane_id)
  JOIN contacts_contact c ON c.id = wanted.id AND c.lane_id = wanted.lane_id
 WHERE c.state = 'queued'
 ORDER BY c.id FOR NO KEY UPDATE OF c SKIP LOCKED
"""


@transaction.atomic(durable=True)
def offer_to_each(*, agent_ids: Sequence[int]) -> tuple[list[Seat], list[int]]:
    """Put a contact before each of these agents who can take one more, as if one after the other.

    Returns the seats of those who were offered something, and the agents who must be asked by themselves:
    somebody else is at their seat, or at all contacts that they could have. Nobody is waited for here, since
    much is locked.
    """
    locked = lock_free_seats(agent_ids)
    seats = {seat.agent_id: seat for seat in locked if seat.can_take_one_more}
    present = {seat.agent_id for seat in locked}
    left = [agent_id for agent_id in agent_ids if agent_id not in present]
    if not seats:
        return [], left
    now, rest = locked[0].now, list(seats)
    lanes_of = selectors.lanes_of_each(agent_ids=rest)
    refused, again = selectors.refused_by_each(agent_ids=rest, now=now)
    round_ = _Round(seats, now, Board(lanes_of, refused, milliseconds(now)), again)
    lanes = sorted(set[int]().union(*lanes_of.values()))
    each = 2 * len(seats) // max(len(lanes), 1)
    round_.read(lanes, next((window for window in FRONTS if window >= each), FRONTS[-1]))
    while rest:
        turns = round_.turns(rest)
        round_.make_offers(turns)
        left += [
            turn.agent_id
            for turn in turns
            if turn.offered is None and round_.board.is_kept_from(turn.agent_id)
        ]
        last = turns[-1]
        if last.offered is None and round_.ends_with(last.agent_id):
            round_.ask_again(seats[last.agent_id])
        rest = rest[len(turns) :]
    if round_.offer_ids:
        # All at once: feeds are locked in one order.
        events.publish(OffersMade(offer_ids=tuple(round_.offer_ids)))
    return round_.served, left


# -- What has happened ---------------


_STILL_WAITS = "SELECT FROM contacts_contact WHERE id = %s AND state = 'queued'"


def dispatch_contact(*, contact_id: int) -> None:
    """Find an agent for a contact that waits. Harmless when it does not wait (any more)."""
    # An agent who had to take another one first may have a session left for this one.
    while _is_another_first(contact_id):
        pass


def _is_another_first(contact_id: int) -> bool:
    """Offer it to the best agent to be asked; whether he was offered another that had to come first."""
    found = selectors.candidates(contact_id=contact_id)
    # The unasked come first; the refusers only when nobody else is ready, and after their pause.
    for candidate in sorted(found, key=lambda one: one.refused):
        offer = offer_next(agent_id=candidate.agent_id, considered=found)
        if offer is not None:
            return offer.contact_id != contact_id
        if sql.row(_STILL_WAITS, [contact_id]) is None:
            return False
    return False


def dispatch_agent(*, agent_id: int) -> bool:
    """Fill the free slots of an agent; whether there was anything for him."""
    is_any_made = False
    while offer_next(agent_id=agent_id) is not None:
        is_any_made = True
    return is_any_made


def dispatch_agents(*, agent_ids: Sequence[int]) -> bool:
    """Fill the free slots of several agents: each gets one in his turn, then each the next.

    Returns whether there was anything for anybody.
    """
    if len(agent_ids) == 1:
        return dispatch_agent(agent_id=agent_ids[0])
    turn, is_any_made = list(agent_ids), False
    while turn:
        served: list[int] = []
        for first in range(0, len(turn), TOGETHER):
            seats, left = offer_to_each(agent_ids=turn[first : first + TOGETHER])
            alone = [agent_id for agent_id in left if offer_next(agent_id=agent_id) is not None]
            served += [seat.agent_id for seat in seats if seat.can_take_one_more] + alone
            is_any_made = is_any_made or bool(seats or alone)
        turn = served
    return is_any_made


def match_idle() -> int:
    """Make up for lost hints and finished pauses; return how many agents were looked at.

    Whoever waits goes to the first few agents, as a rule: then nobody waits any more for the others. If
    somebody still does, more are looked at each time. Who refused somebody is passed over for others who are
    ready; they may be full by the end, so after offers those who are idle still are looked at once more.
    """
    seen: set[int] = set()
    looked_at, together, is_any_made = 0, 4, False
    while idle := selectors.agents_idle_beside_waiting():
        some = [one for one in idle if one not in seen][:together]
        if some:
            is_any_made = dispatch_agents(agent_ids=some) or is_any_made
            seen.update(some)
            looked_at += len(some)
            together = min(4 * together, TOGETHER)
        elif is_any_made:
            seen, is_any_made = set(), False
        else:
            break
    return looked_at
