"""Settles offers: accepted, refused, expired, withdrawn. Each is settled once, by a conditional update."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentState
from core import events, shards, sql
from core.clock import database_now
from core.errors import Conflict, NotFound
from core.failures import describe
from organizations.models import MOST_MISSES
from routing.facts import (
    AgentFreed,
    AgentStateChanged,
    ContactAssigned,
    ContactQueued,
    ManyToTell,
    OfferSettled,
)
from routing.models import Offer
from routing.services.queueing import open_kept
from routing.services.readiness import Seat, change_load, lock_seat

logger = logging.getLogger(__name__)

POSTPONED = timedelta(seconds=10)
"""For an offer that could not be timed out: until then its agent may still take the contact."""

FEW = 20
"""More offers than these are due at once only when the sweeper is behind: after an outage, in a rush."""

REFUSED = "Refused"
"""The reason of an agent who was made unavailable because he refused or missed an offer."""


class OfferGone(Conflict):
    """The offer was already accepted, refused, withdrawn, or its refusal timeout was reached."""

    code = "offer_gone"

    def __init__(self) -> None:
        super().__init__(_("This offer is no longer available."))


def _offer_of(offer_id: int, agent: Agent) -> Offer:
    found = sql.found(
        Offer, "SELECT * FROM routing_offer WHERE id = %s AND agent_id = %s", [offer_id, agent.pk]
    )
    if found is None:
        raise NotFound(_("There is no such offer."))
    return found[0]


def _publish_settled(offer: Offer, state: Offer.State, reason: str) -> None:
    events.publish(
        OfferSettled(
            offer_id=offer.pk,
            contact_id=offer.contact_id,
            agent_id=offer.agent_id,
            state=state.value,
            reason=reason,
        )
    )


# Who wins says the update of the offer, which finds it pending or does not.
_ACCEPT = """
WITH settled AS (
    UPDATE routing_offer SET state = 'accepted', reason = 'accepted', settled_at = %(now)s
     WHERE id = %(offer)s AND agent_id = %(agent)s AND state = 'pending' AND expires_at > %(now)s
    RETURNING id, contact_id, agent_id
), taken AS (
    UPDATE contacts_contact c
       SET state = 'active', agent_id = settled.agent_id, accepted_at = %(now)s, updated_at = %(now)s
      FROM settled WHERE c.id = settled.contact_id
), forgotten AS (
    DELETE FROM routing_refusal r USING settled WHERE r.contact_id = settled.contact_id
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, by_id, data)
    SELECT contact_id, 'accepted', agent_id, %(by)s, jsonb_build_object('offer', id) FROM settled
)
SELECT contact_id FROM settled
"""


@transaction.atomic
def accept_offer(*, offer_id: int, by: Agent) -> Offer:
    """Give the contact to the agent it was offered to.

    Raises OfferGone if anything settled the offer first. At or after `expires_at` it is too late, whether or
    not the sweeper has run. Raises NotFound when it was never his.
    """
    seat = lock_seat(by.pk)
    accepted = sql.row(_ACCEPT, {"offer": offer_id, "agent": by.pk, "by": by.user_id, "now": seat.now})
    if accepted is None:
        _offer_of(offer_id, by)
        raise OfferGone
    offer = sql.known(
        Offer,
        id=offer_id,
        contact_id=accepted[0],
        agent_id=by.pk,
        state=Offer.State.ACCEPTED.value,
        reason="accepted",
    )
    seat.misses = 0
    change_load(seat, 0, idle_since=seat.now, cool_down_seconds=seat.cool_down_after_accept_seconds)
    _publish_settled(offer, Offer.State.ACCEPTED, "accepted")
    events.publish(ContactAssigned(contact_id=offer.contact_id, agent_id=by.pk))
    if seat.cool_down_after_accept_seconds:
        events.publish(AgentStateChanged(agent_id=by.pk))
    return offer


def refuse_offer(*, offer_id: int, by: Agent) -> Offer:
    """The agent does not want the contact; it keeps its place and goes to another.

    Raises OfferGone if anything settled the offer first, NotFound when it was never his.
    """
    offer = _offer_of(offer_id, by)
    if not _return_to_queue(offer, Offer.State.REFUSED, "refused_by_agent", is_due=False):
        raise OfferGone
    return _offer_of(offer_id, by)


def expire_offers(*, limit: int = 200, few: int = FEW, is_miss: bool = True) -> int:
    """Time out every pending offer whose refusal timeout is reached; return how many.

    `is_miss`: whether the agents could have answered. If they could not, they stay as they are.

    Each of a few contacts goes to its best agent at once. Of more than `few` nobody is looked for here:
    `dispatch.match_idle`, with which the sweeper ends each round, serves all who are free together, at a
    fraction of the cost (decision 0032).

    Safe to run in several processes at once: each offer is settled by one conditional update.
    """
    due = _pending(
        "expires_at <= clock_timestamp() "
        f"AND {shards.ours('(SELECT business_unit_id FROM agents_agent a WHERE a.id = o.agent_id)')} "
        "ORDER BY expires_at, id LIMIT %s",
        [limit],
    )
    is_dispatched = len(due) <= few
    return sum(_expire_safely(offer, is_dispatched=is_dispatched, is_miss=is_miss) for offer in due)


def _pending(which: str, parameters: list[int]) -> list[Offer]:
    """Offers of which only it is known that they were pending, and whose they are."""
    found = sql.rows(
        f"SELECT id, contact_id, agent_id FROM routing_offer o WHERE state = 'pending' AND {which}",
        parameters,
    )
    return [
        sql.known(Offer, id=offer_id, contact_id=contact_id, agent_id=agent_id)
        for offer_id, contact_id, agent_id in found
    ]


def _expire_safely(offer: Offer, *, is_dispatched: bool, is_miss: bool) -> bool:
    try:
        return _return_to_queue(
            offer,
            Offer.State.EXPIRED,
            "refusal_timeout",
            is_due=True,
            is_dispatched=is_dispatched,
            is_miss=is_miss,
        )
    except OperationalError as error:
        # A deadlock passes: it is due again at the next sweep. A lost connection shows itself there.
        logger.warning("offer_expiry_repeated", extra={"offer_id": offer.pk, "failure": describe(error)})
        return False
    except Exception as error:  # noqa: BLE001 - one offer holds up neither the others nor the sweeper
        logger.error("offer_not_expired", extra={"offer_id": offer.pk, "failure": describe(error)})
        pending = Offer.objects.filter(pk=offer.pk, state=Offer.State.PENDING)
        pending.update(expires_at=database_now() + POSTPONED)
        return False


def withdraw_offers(
    *, agent_id: int, reason: str, beside: int | None = None, is_dispatched: bool = True
) -> int:
    """Take back what is before an agent who is not there (any more); return how many.

    `beside` is a contact of which more is told in this transaction. The caller has locked the agent's seat
    and has told nobody anything yet. `is_dispatched`: whether others are looked for at once.
    """
    pending = _pending("agent_id = %s ORDER BY id", [agent_id])
    contact_ids = {offer.contact_id for offer in pending} | ({beside} if beside is not None else set())
    if pending and len(contact_ids) > 1:
        lock_before_telling([agent_id], contact_ids)
    return sum(
        _return_to_queue(offer, Offer.State.WITHDRAWN, reason, is_due=None, is_dispatched=is_dispatched)
        for offer in pending
    )


def lock_before_telling(agent_ids: Iterable[int], contact_ids: Iterable[int]) -> None:
    """Lock several contacts of agents, then the feeds of these and of all who take part, for one transaction.

    Contacts come before feeds: whoever had told of one, and then locked the next, would wait for somebody who
    has locked that one and has to tell the same agent. The caller has locked the agents' seats.
    """
    ids = sorted(contact_ids)
    if ids:
        sql.rows("SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    events.publish(ManyToTell(contact_ids=tuple(ids), agent_ids=tuple(agent_ids)))


def all_before(agent_id: int) -> list[int]:
    """The contacts that an agent has open, that are offered to him, and that wait for him alone."""
    found = sql.rows(
        "SELECT id FROM contacts_contact WHERE agent_id = %(agent)s AND state = 'active' "
        "UNION SELECT contact_id FROM routing_offer WHERE agent_id = %(agent)s AND state = 'pending' "
        "UNION SELECT c.id FROM contacts_contact c JOIN contacts_lane l ON l.id = c.lane_id "
        "WHERE l.target_agent_id = %(agent)s AND c.state = 'queued'",
        {"agent": agent_id},
    )
    return [contact_id for (contact_id,) in found]


def withdraw_offer(*, offer: Offer, reason: str) -> bool:
    """Take one offer back; False when somebody settled it first."""
    return _return_to_queue(offer, Offer.State.WITHDRAWN, reason, is_due=None)


# A timeout that a crash takes back is due again.
_RETURN = f"""
WITH settled AS (
    UPDATE routing_offer SET state = %(state)s, reason = %(reason)s, settled_at = %(now)s
     WHERE id = %(offer)s AND state = 'pending'
       AND (%(is_due)s::boolean IS NULL OR (expires_at <= %(now)s) = %(is_due)s)
    RETURNING id, contact_id, agent_id
), queued AS (
    UPDATE contacts_contact c SET state = 'queued', updated_at = %(now)s
      FROM settled WHERE c.id = settled.contact_id AND c.state = 'offered'
    RETURNING c.kept_until
), remembered AS (
    INSERT INTO routing_refusal (contact_id, agent_id, refused_at)
    SELECT contact_id, agent_id, %(now)s FROM settled WHERE %(state)s <> 'withdrawn'
    ON CONFLICT (contact_id, agent_id) DO UPDATE SET refused_at = EXCLUDED.refused_at
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
    SELECT contact_id, 'offer_' || %(state)s, agent_id, jsonb_build_object('offer', id, 'reason', %(reason)s)
      FROM settled
)
SELECT b.refused_after_miss, b.misses_before_refused, b.refused_after_refusal,
       EXISTS (SELECT FROM queued WHERE kept_until IS NOT NULL),
       CASE WHEN %(state)s = 'expired' THEN {sql.WITHOUT_WAITING_FOR_THE_DISK} END
  FROM settled JOIN agents_agent a ON a.id = settled.agent_id
  JOIN organizations_businessunit b ON b.id = a.business_unit_id
"""


@transaction.atomic
def _return_to_queue(
    offer: Offer,
    state: Offer.State,
    reason: str,
    *,
    is_due: bool | None,
    is_dispatched: bool = True,
    is_miss: bool = True,
) -> bool:
    """Settle an offer that was not accepted; the contact is queued again with its old key.

    `is_due` True: only after its refusal timeout; False: only before; None: whenever. `is_dispatched`:
    whether contact and agent are each put before, or given, the next at once. `is_miss`: whether an offer
    that expired says something of its agent. Returns False when somebody else settled it first.
    """
    seat = lock_seat(offer.agent_id)
    policy = sql.row(
        _RETURN, {"offer": offer.pk, "state": state, "reason": reason, "is_due": is_due, "now": seat.now}
    )
    if policy is None:
        return False
    refused_after_miss, misses_before_refused, refused_after_refusal, is_kept, _nothing = policy
    is_refused, cool_down_seconds = False, 0
    if state is Offer.State.EXPIRED and is_miss:
        # No business unit asks for more; the column holds no number without end.
        seat.misses = min(seat.misses + 1, MOST_MISSES)
        is_refused = refused_after_miss and seat.misses >= misses_before_refused
        cool_down_seconds = seat.cool_down_after_miss_seconds
    elif state is Offer.State.REFUSED:
        seat.misses = 0
        is_refused = refused_after_refusal
        cool_down_seconds = seat.cool_down_after_refusal_seconds
    is_refused = is_refused and _set_refused(seat)
    change_load(seat, -1, cool_down_seconds=cool_down_seconds)
    if is_refused and seat.load:
        # What else is before him would be missed too.
        withdraw_offers(
            agent_id=seat.agent_id,
            reason="agent_unavailable",
            beside=offer.contact_id,
            is_dispatched=is_dispatched,
        )
    _publish_settled(offer, state, reason)
    if is_kept:
        # The customer's last agent had his turn.
        open_kept(contact_id=offer.contact_id, at=seat.now)
    if is_dispatched:
        events.publish(ContactQueued(contact_id=offer.contact_id))
        events.publish(AgentFreed(agent_id=offer.agent_id))
    return True


def _set_refused(seat: Seat) -> bool:
    if seat.status != AgentState.Status.AVAILABLE or seat.leaves_after(-1):
        return False
    seat.status, seat.misses = AgentState.Status.UNAVAILABLE, 0
    sql.execute(
        "UPDATE agents_agentstate SET status = 'unavailable', reason = %s, since = %s WHERE agent_id = %s",
        [REFUSED, seat.now, seat.agent_id],
    )
    return True
