"""Settles offers: accepted, refused, expired, withdrawn. Each is settled once, by a conditional update."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentState
from contacts.models import Contact
from contacts.services import record_event
from core import events, sql
from core.clock import database_now
from core.errors import Conflict, NotFound
from organizations.models import BusinessUnit
from routing.facts import (
    AgentFreed,
    AgentStateChanged,
    ContactAssigned,
    ContactQueued,
    OfferSettled,
)
from routing.models import Offer, Refusal
from routing.services.readiness import Seat, change_load, lock_seat, refresh_readiness, reset_idle

REFUSED = "Refused"
"""The reason of an agent who was made unavailable because he refused or missed an offer."""


class OfferGone(Conflict):
    """The offer was already accepted, refused, withdrawn, or its refusal timeout was reached."""

    code = "offer_gone"

    def __init__(self) -> None:
        super().__init__(_("This offer is no longer available."))


def _offer_of(offer_id: int, agent: Agent) -> Offer:
    offer = Offer.objects.filter(pk=offer_id, agent=agent).first()
    if offer is None:
        raise NotFound(_("There is no such offer."))
    return offer


def _settle(offer: Offer, state: Offer.State, reason: str, now: datetime, *, in_time: bool | None) -> bool:
    """The conditional update that says who won.

    `in_time` True: only before its refusal timeout; False: only after it; None: whenever.
    """
    pending = Offer.objects.filter(pk=offer.pk, state=Offer.State.PENDING)
    if in_time is True:
        pending = pending.filter(expires_at__gt=now)
    elif in_time is False:
        pending = pending.filter(expires_at__lte=now)
    return bool(pending.update(state=state, reason=reason, settled_at=now))


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


@transaction.atomic
def accept_offer(*, offer_id: int, by: Agent) -> Offer:
    """Give the contact to the agent it was offered to.

    Raises OfferGone if anything settled the offer first. At or after `expires_at` it is too late, whether or
    not the sweeper has run. Raises NotFound when it was never his.
    """
    offer = _offer_of(offer_id, by)
    seat = lock_seat(by.pk)
    Contact.objects.select_for_update().get(pk=offer.contact_id)
    now = database_now()
    if not _settle(offer, Offer.State.ACCEPTED, "accepted", now, in_time=True):
        raise OfferGone
    Contact.objects.filter(pk=offer.contact_id).update(
        state=Contact.State.ACTIVE, agent=by, accepted_at=now, updated_at=now
    )
    Refusal.objects.filter(contact_id=offer.contact_id).delete()
    reset_idle(seat, now)
    refresh_readiness(seat)
    record_event(contact_id=offer.contact_id, kind="accepted", agent_id=by.pk, by=by.user, offer=offer.pk)
    _publish_settled(offer, Offer.State.ACCEPTED, "accepted")
    events.publish(ContactAssigned(contact_id=offer.contact_id, agent_id=by.pk))
    offer.refresh_from_db()
    return offer


def refuse_offer(*, offer_id: int, by: Agent) -> Offer:
    """The agent does not want the contact; it keeps its place and goes to another.

    Raises OfferGone if anything settled the offer first, NotFound when it was never his.
    """
    offer = _offer_of(offer_id, by)
    if not _return_to_queue(offer, Offer.State.REFUSED, "refused_by_agent", in_time=True):
        raise OfferGone
    offer.refresh_from_db()
    return offer


def expire_offers(*, limit: int = 200) -> int:
    """Time out every pending offer whose refusal timeout is reached; return how many.

    Safe to run in several processes at once: each offer is settled by one conditional update.
    """
    due = sql.rows(
        "SELECT id FROM routing_offer WHERE state = 'pending' AND expires_at <= clock_timestamp() "
        "ORDER BY expires_at, id LIMIT %s",
        [limit],
    )
    settled = 0
    for (offer_id,) in due:
        offer = Offer.objects.get(pk=offer_id)
        settled += _return_to_queue(offer, Offer.State.EXPIRED, "refusal_timeout", in_time=False)
    return settled


def withdraw_offers(*, agent_id: int, reason: str) -> int:
    """Take back what is before an agent who is not there (any more); return how many."""
    pending = list(Offer.objects.filter(agent_id=agent_id, state=Offer.State.PENDING).order_by("id"))
    return sum(_return_to_queue(offer, Offer.State.WITHDRAWN, reason, in_time=None) for offer in pending)


@transaction.atomic
def _return_to_queue(offer: Offer, state: Offer.State, reason: str, *, in_time: bool | None) -> bool:
    """Settle an offer that was not accepted; the contact is queued again with its old key.

    False when somebody else settled it first.
    """
    seat = lock_seat(offer.agent_id)
    Contact.objects.select_for_update().get(pk=offer.contact_id)
    now = database_now()
    if not _settle(offer, state, reason, now, in_time=in_time):
        return False
    Contact.objects.filter(pk=offer.contact_id, state=Contact.State.OFFERED).update(
        state=Contact.State.QUEUED, updated_at=now
    )
    if state is not Offer.State.WITHDRAWN:
        Refusal.objects.update_or_create(
            contact_id=offer.contact_id, agent_id=offer.agent_id, defaults={"refused_at": now}
        )
        _apply_refusal_policy(seat, state, now)
    change_load(seat, -1)
    refresh_readiness(seat)
    record_event(
        contact_id=offer.contact_id,
        kind=f"offer_{state.value}",
        agent_id=offer.agent_id,
        offer=offer.pk,
        reason=reason,
    )
    _publish_settled(offer, state, reason)
    events.publish(AgentStateChanged(agent_id=offer.agent_id))
    events.publish(ContactQueued(contact_id=offer.contact_id))
    events.publish(AgentFreed(agent_id=offer.agent_id))
    return True


def _apply_refusal_policy(seat: Seat, state: Offer.State, now: datetime) -> None:
    policy = BusinessUnit.objects.only("refused_after_miss", "refused_after_refusal").get(
        agents__id=seat.agent_id
    )
    refused = policy.refused_after_miss if state is Offer.State.EXPIRED else policy.refused_after_refusal
    if refused and seat.status == AgentState.Status.AVAILABLE:
        seat.status = AgentState.Status.UNAVAILABLE
        AgentState.objects.filter(pk=seat.agent_id).update(
            status=AgentState.Status.UNAVAILABLE, reason=REFUSED, since=now
        )
