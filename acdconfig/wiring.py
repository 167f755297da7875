"""Which fact goes where: the one table that ties the rooms together."""

from __future__ import annotations

import logging

from django.db import transaction

from agents.facts import AgentLimitsChanged
from agents.services import refresh_business_unit
from contacts import screen_pops, script_runs
from contacts.facts import (
    AgentRequested,
    ContactChanged,
    ContactClosed,
    MessageAdded,
    MessageChanged,
    NoteAdded,
    NoticeAdded,
    NoticeRead,
    ParticipantAdded,
    ParticipantLeft,
    PlaceChanged,
)
from core import events
from core.failures import describe
from core.hints import OUTBOUND, hint_work
from organizations.facts import BusinessUnitChanged
from routing.facts import (
    AgentFreed,
    AgentsFreed,
    AgentStateChanged,
    ContactAssigned,
    ContactLeft,
    ContactQueued,
    ManyToTell,
    OfferSettled,
    OffersMade,
)
from routing.services import dispatch, presence, queueing
from supervisor.facts import AlertCleared, AlertRaised
from supervisor.services import webhooks
from workspace.services import feed

logger = logging.getLogger(__name__)


def install() -> None:
    """Connect the facts with those who act on them."""
    events.connect(
        inside={
            BusinessUnitChanged: [refresh_business_unit],
            AgentLimitsChanged: [lambda fact: presence.apply_limits(agent_ids=fact.agent_ids)],
            AgentRequested: [queueing.queue_as_requested],
            PlaceChanged: [queueing.change_place],
            ContactClosed: [queueing.forget_refusals_of_closed],
            ManyToTell: [feed.lock_feeds],
            OffersMade: [feed.push_offers_made],
            OfferSettled: [_fire_refusal, feed.push_offer_settled],
            ContactAssigned: [_fire_answer, _show_pop, feed.push_contact],
            ContactChanged: [feed.push_contact],
            ContactLeft: [_fire_leave, feed.push_contact_left],
            AgentStateChanged: [feed.push_state_changed],
            MessageAdded: [feed.push_message, _hint_outbox],
            MessageChanged: [feed.push_message],
            NoticeAdded: [feed.push_notice],
            NoticeRead: [feed.push_notice_read],
            AlertRaised: [webhooks.tell_raised],
            AlertCleared: [webhooks.tell_cleared],
            NoteAdded: [feed.push_note],
            ParticipantAdded: [feed.push_participant],
            ParticipantLeft: [feed.push_participant_left],
        },
        after_commit={
            # Before the contact is offered to the next: handlers run in the order of their facts.
            OfferSettled: [_take_kept],
            ContactQueued: [lambda fact: dispatch.dispatch_contact(contact_id=fact.contact_id)],
            AgentFreed: [lambda fact: dispatch.dispatch_agent(agent_id=fact.agent_id)],
            AgentsFreed: [lambda fact: dispatch.dispatch_agents(agent_ids=fact.agent_ids)],
        },
    )


def _fire_answer(fact: ContactAssigned) -> None:
    script_runs.fire_event(contact_id=fact.contact_id, type_="ONANSWER", agent_id=fact.agent_id)


def _show_pop(fact: ContactAssigned) -> None:
    screen_pops.show_default_pop(contact_id=fact.contact_id)


def _fire_leave(fact: ContactLeft) -> None:
    """A contact that goes back to its queue by itself is no event of its script."""
    if fact.state == "requeued":
        return
    type_ = "ONTRANSFER" if fact.state == "transferred" else "ONRELEASE"
    # Its end is told twice: when the agent ends it, and when his after-contact work is over.
    script_runs.fire_event(
        contact_id=fact.contact_id,
        type_=type_,
        agent_id=fact.agent_id,
        once=type_ == "ONRELEASE",
    )


def _fire_refusal(fact: OfferSettled) -> None:
    """Refused or missed: the contact has its place in the queue again, and the script may act on it."""
    if fact.state not in ("refused", "expired"):
        return
    if not script_runs.hears(contact_id=fact.contact_id, type_="ONREFUSAL"):
        return
    try:
        with transaction.atomic():
            script_runs.fire_event(
                contact_id=fact.contact_id,
                type_="ONREFUSAL",
                agent_id=fact.agent_id,
                stops=False,
                reason=fact.state,
            )
    except Exception as error:  # noqa: BLE001 - the edge of a script: the offer is settled all the same
        logger.error(
            "script_event_failed",
            extra={"contact_id": fact.contact_id, "offer_id": fact.offer_id, "failure": describe(error)},
        )


def _take_kept(fact: OfferSettled) -> None:
    """The contact is not before an agent any more: its script gets what came meanwhile."""
    if fact.state != "accepted":
        script_runs.take_kept(contact_id=fact.contact_id)


def _hint_outbox(fact: MessageAdded) -> None:
    if fact.outbox_id is not None:
        hint_work(f"{OUTBOUND}:{fact.outbox_id}")
