"""Brings waiting contacts and ready agents together.

Every event ends here: a contact that starts to wait looks for its best agent, an agent who becomes free looks
for his best contact, and both ways end in `offer_next`, which decides under the agent's lock.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from contacts.models import Contact
from core import events, sql
from routing import selectors
from routing.facts import OfferMade
from routing.matching import in_order, milliseconds, priority
from routing.models import Offer
from routing.selectors import Candidate, Head
from routing.services.readiness import Seat, change_load, lock_seat
from routing.services.records import AGENTS, is_recorded

# A window of heads smaller than the number of dispatchers would find all its rows locked and call a full lane
# empty; it grows until a row is had or the lanes end.
WINDOWS = (4, 16, 64, 256)
RECORDED = 8
MATCHED_AT_ONCE = 4


def _claim(contact_id: int, *, wait: bool) -> bool:
    """Take the contact out of its lane unless somebody else did, or has it locked and `wait` is false."""
    skip = "" if wait else "SKIP LOCKED"
    return bool(
        sql.execute(
            "UPDATE contacts_contact SET state = 'offered', updated_at = now() WHERE id = ("
            f"SELECT id FROM contacts_contact WHERE id = %s AND state = 'queued' FOR UPDATE {skip})",
            [contact_id],
        )
    )


def _claim_first(agent_id: int, now: datetime) -> tuple[Head, list[Head]] | None:
    now_ms = milliseconds(now)
    heads: list[Head] = []
    for window in WINDOWS:
        heads = selectors.lane_heads(agent_id=agent_id, window=window, now=now)
        claimed = _claim_best(heads, now_ms, wait=False)
        if claimed is not None:
            return claimed, heads
        if not heads or window == WINDOWS[-1]:
            break
    # All were locked: perhaps by a text that just arrives for them. Then wait for one instead of leaving it.
    if heads and (claimed := _claim_best(heads[:1], now_ms, wait=True)) is not None:
        return claimed, heads
    refused = selectors.refused_heads(agent_id=agent_id, window=WINDOWS[1], now=now)
    claimed = _claim_best(refused, now_ms, wait=False)
    return None if claimed is None else (claimed, refused)


def _claim_best(heads: list[Head], now_ms: int, *, wait: bool) -> Head | None:
    by_id = {head.waiting.contact_id: head for head in heads}
    for waiting in in_order((head.waiting for head in heads), now_ms):
        if _claim(waiting.contact_id, wait=wait):
            return by_id[waiting.contact_id]
    return None


@transaction.atomic
def offer_next(*, agent_id: int, considered: list[Candidate] | None = None) -> Offer | None:
    """Put the contact that comes first before the agent, if he can take one more and one waits.

    `considered` are the agents for the contact that woke him; None: he became free by himself. The record of
    the decision says which.
    """
    seat = lock_seat(agent_id)
    if not seat.can_take_one_more:
        return None
    found = _claim_first(agent_id, seat.now)
    if found is None:
        return None
    head, heads = found
    return _make_offer(seat, head, heads, considered)


# The offer, the log, and why it was made. Who is asked again begins a new round, in which everybody may be.
_OFFER = f"""
WITH offer AS ({sql.insertion(Offer)} RETURNING id, contact_id, agent_id, offered_at), new_round AS (
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
)
SELECT id FROM offer
"""


def _make_offer(seat: Seat, head: Head, heads: list[Head], considered: list[Candidate] | None) -> Offer:
    offer = Offer(
        contact_id=head.waiting.contact_id,
        agent_id=seat.agent_id,
        skill_id=head.skill_id,
        offered_at=seat.now,
        expires_at=seat.now + timedelta(seconds=seat.refusal_timeout_seconds),
    )
    sql.insert(
        offer,
        _OFFER,
        contacts=json.dumps(_contact_rows(head, heads, milliseconds(seat.now))),
        is_recorded=is_recorded(),
        chosen="became_free" if considered is None else "offered",
        also_ready="also_ready" if considered is None else "less_suited",
    )
    change_load(seat, +1)
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
