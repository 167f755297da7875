"""Brings waiting contacts and ready agents together.

Every event ends here: a contact that starts to wait looks for its best agent, an agent who becomes free looks
for his best contact, and both ways end in `offer_next`, which decides under the agent's lock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from contacts.models import Contact
from core import events, sql
from routing import selectors
from routing.facts import OfferMade
from routing.matching import in_order, milliseconds, priority
from routing.models import Offer
from routing.selectors import Candidate, Head
from routing.services.readiness import COUNT_ONE_MORE, Seat, count_one_more, lock_seat
from routing.services.records import AGENTS, is_recorded

# A window of heads smaller than the number of dispatchers would find all its rows locked and call a full lane
# empty; it grows until a row is had or the lanes end.
WINDOWS = (4, 16, 64, 256)
RECORDED = 8
MATCHED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """A contact that may be put before an agent, and those it was compared with."""

    head: Head
    heads: list[Head]
    waits: bool = False
    """Whether to wait for whoever has it locked; else it counts as taken."""


def _choices(agent_id: int, now: datetime) -> Iterator[Choice]:
    """What to put before the agent, best first; asked for the next when somebody else took the one before."""
    heads: list[Head] = []
    for window in WINDOWS:
        heads = selectors.lane_heads(agent_id=agent_id, window=window, now=now)
        yield from _as_far_as_read(heads, window, now)
        if not heads:
            break
    # All were locked: perhaps by a text that just arrives for them. Then wait for one instead of leaving it.
    for first in islice(_in_turn(heads, now), 1):
        yield replace(first, waits=True)
    yield from _in_turn(selectors.refused_heads(agent_id=agent_id, window=WINDOWS[1], now=now), now)


def _as_far_as_read(heads: list[Head], window: int, now: datetime) -> Iterator[Choice]:
    """The choices up to the last that was read of any lane: what waits behind it may come before the rest."""
    tried: Counter[int] = Counter()
    for choice in _in_turn(heads, now):
        yield choice
        tried[choice.head.lane_id] += 1
        if tried[choice.head.lane_id] == window:
            return


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
    for choice in _choices(agent_id, seat.now):
        offer = _make_offer(seat, choice, considered)
        if offer is not None:
            return offer
    return None


# The contact leaves its lane unless somebody else took it or moved it to another; then the offer, the log,
# why it was made, and the agent's load. Who is asked again begins a new round, in which everybody may be. An
# offer that a crash takes back is made again, for its contact is queued again.
_OFFER = f"""
WITH claimed AS (
    UPDATE contacts_contact SET state = 'offered', updated_at = now()
     WHERE id = (SELECT id FROM contacts_contact
                  WHERE id = %(contact_id)s AND state = 'queued' AND lane_id = %(lane)s FOR UPDATE {{skip}})
    RETURNING id
), offer AS (
    {sql.insertion(Offer, if_any="claimed")} RETURNING id, contact_id, agent_id, offered_at
), new_round AS (
    DELETE FROM routing_refusal r USING offer
     WHERE r.contact_id = offer.contact_id AND EXISTS (
        SELECT FROM routing_refusal o WHERE o.contact_id = offer.contact_id AND o.agent_id = offer.agent_id)
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
    SELECT contact_id, 'offered', agent_id, jsonb_build_object('offer', id) FROM offer
), decided AS (
    INSERT INTO routing_decision (offer_id, contact_id, at, contacts_considered, agents_considered)
    SELECT id, contact_id, offered_at, %(contacts)s, agents.found
      FROM offer CROSS JOIN LATERAL ({AGENTS}) agents WHERE %(is_recorded)s
), counted AS (
    {COUNT_ONE_MORE} FROM offer WHERE agents_agentstate.agent_id = offer.agent_id
)
SELECT id, {sql.WITHOUT_WAITING_FOR_THE_DISK} FROM offer
"""
_OFFER_OR_SKIP, _OFFER_OR_WAIT = _OFFER.format(skip="SKIP LOCKED"), _OFFER.format(skip="")


def _make_offer(seat: Seat, choice: Choice, considered: list[Candidate] | None) -> Offer | None:
    """None: somebody else took the contact."""
    offer = Offer(
        contact_id=choice.head.waiting.contact_id,
        agent_id=seat.agent_id,
        skill_id=choice.head.skill_id,
        offered_at=seat.now,
        expires_at=seat.now + timedelta(seconds=seat.refusal_timeout_seconds),
    )
    is_made = sql.inserted(
        offer,
        _OFFER_OR_WAIT if choice.waits else _OFFER_OR_SKIP,
        lane=choice.head.lane_id,
        contacts=json.dumps(_contact_rows(choice.head, choice.heads, milliseconds(seat.now))),
        is_recorded=is_recorded(),
        chosen="became_free" if considered is None else "offered",
        also_ready="also_ready" if considered is None else "less_suited",
    )
    if not is_made:
        return None
    count_one_more(seat)
    events.publish(OfferMade(offer_id=offer.pk, contact_id=offer.contact_id, agent_id=seat.agent_id))
    return offer


def _contact_rows(chosen: Head, heads: list[Head], now_ms: int) -> list[dict[str, Any]]:
    """Which contacts were compared, for the record of the decision."""
    by_id = {one.waiting.contact_id: one for one in heads}
    return [
        {
            "contact": waiting.contact_id,
            "skill": by_id[waiting.contact_id].skill_id,
            "priority": round(priority(waiting, now_ms), 3),
            "outcome": "offered" if waiting.contact_id == chosen.waiting.contact_id else "waits",
        }
        for waiting in in_order((one.waiting for one in heads), now_ms)[:RECORDED]
    ]


def dispatch_contact(*, contact_id: int) -> None:
    """Find an agent for a contact that waits. Harmless when it does not wait (any more)."""
    found = selectors.candidates(contact_id=contact_id)
    # The unasked come first; the refusers only when nobody else is ready, and after their pause.
    for candidate in sorted(found, key=lambda one: one.refused):
        offer = offer_next(agent_id=candidate.agent_id, considered=found)
        if offer is not None and offer.contact_id == contact_id:
            return
        if not Contact.objects.filter(pk=contact_id, state=Contact.State.QUEUED).exists():
            return


def dispatch_agent(*, agent_id: int) -> None:
    """Fill the free slots of an agent. Harmless when he has none or nobody waits."""
    while offer_next(agent_id=agent_id) is not None:
        pass


def match_idle() -> int:
    """Make up for lost hints and finished pauses; return how many agents were looked at.

    Whoever waits goes to the first few agents, as a rule: then nobody waits any more for the others.
    """
    seen: set[int] = set()
    while idle := [one for one in selectors.agents_idle_beside_waiting() if one not in seen]:
        for agent_id in idle[:MATCHED_AT_ONCE]:
            dispatch_agent(agent_id=agent_id)
        seen.update(idle[:MATCHED_AT_ONCE])
    return len(seen)
