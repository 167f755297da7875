"""One contact as a supervisor sees it: what was said, what happened, and why it went where it went."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agents.models import Agent
from contacts.models import Contact, ContactEvent, Message, Note, Notice
from core import sql
from messaging.words import status_reason
from routing.matching import Waiting, milliseconds, priority
from routing.models import Offer
from skills.models import Skill

SHOWN_MESSAGES, SHOWN_EVENTS, SHOWN_OFFERS = 200, 300, 100


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def read_conversation(contact_id: int) -> dict[str, Any]:
    """Everything about the contact but its script; raises Contact.DoesNotExist when it is gone."""
    contact = (
        Contact.objects.select_related("skill", "customer", "agent__user", "lane", "disposition")
        .prefetch_related("tags")
        .get(pk=contact_id)
    )
    offers = _offers(contact)
    events = list(
        # How a text fared is said at the text.
        ContactEvent.objects.filter(contact=contact)
        .exclude(kind="message_status")
        .select_related("by")
        .order_by("-id")[:SHOWN_EVENTS]
    )
    names = _names_of(
        [
            *(row["agent"] for offer in offers for row in offer["agents"]),
            *(offer["agent"] for offer in offers),
            *(event.agent_id for event in events if event.agent_id),
            *(event.data["target_agent"] for event in events if event.data.get("target_agent")),
        ]
    )
    skills = _skills_of(contact.business_unit_id)
    for offer in offers:
        offer["agent_name"] = names.get(offer["agent"], "")
        for row in offer["agents"]:
            row["name"] = names.get(row["agent"], "")
        for row in offer["contacts"]:
            row["skill_name"] = skills.get(row["skill"], "")
    return _head(contact) | {
        "messages": _messages(contact),
        "offers": offers,
        "life": [_event(event, names, skills) for event in reversed(events)],
        "notices": _notices(contact),
        "internal_notes": _internal_notes(contact),
    }


def _head(contact: Contact) -> dict[str, Any]:
    agent = contact.agent
    return {
        "id": contact.pk,
        "unit": contact.business_unit_id,
        "state": contact.state,
        "direction": contact.direction,
        "skill": contact.skill.name,
        "customer": contact.customer.e164 or contact.customer.address,
        "customer_name": contact.customer.name,
        "agent": agent and {"id": agent.pk, "username": agent.user.username, "name": str(agent)},
        "created_at": _iso(contact.created_at),
        "queued_at": _iso(contact.queued_at),
        "accepted_at": _iso(contact.accepted_at),
        "closed_at": _iso(contact.closed_at),
        "last_inbound_at": _iso(contact.last_inbound_at),
        "unread": contact.unread,
        "disposition": contact.disposition.name if contact.disposition else None,
        "notes": contact.notes,
        "tags": sorted(tag.name for tag in contact.tags.all()),
        "queue": _queue(contact),
    }


def _queue(contact: Contact) -> dict[str, Any] | None:
    """How its priority grows, for the browser to count on: nothing that changes by mere waiting."""
    lane = contact.lane
    if contact.state != Contact.State.QUEUED or lane is None or contact.queued_at is None:
        return None
    queued_ms = milliseconds(contact.queued_at)
    waiting = Waiting(
        contact.pk, contact.queue_key or 0, lane.acceleration_milli, lane.max_priority_milli, queued_ms
    )
    return {
        "priority_when_queued": round(priority(waiting, queued_ms), 3),
        "acceleration": lane.acceleration_milli / 1000,
        "maximum": lane.max_priority_milli / 1000,
        "target_agent": lane.target_agent_id,
    }


def _messages(contact: Contact) -> list[dict[str, Any]]:
    latest = (
        Message.objects.filter(contact=contact)
        .select_related("author", "transport_code")
        .only(
            "direction", "text", "status", "status_reason", "segments", "created_at", "is_incomplete",
            "author__username", "author__first_name", "author__last_name", "transport_code__provider",
        )
        .order_by("-position")[:SHOWN_MESSAGES]
    )  # fmt: skip
    return [
        {
            "id": one.pk,
            "direction": one.direction,
            "text": one.text,
            "status": one.status,
            "status_reason": status_reason(one.status_reason, provider=one.transport_code.provider),
            "segments": one.segments,
            "author": one.author.get_full_name() or one.author.username if one.author else None,
            "created_at": _iso(one.created_at),
            "is_incomplete": one.is_incomplete,
        }
        for one in reversed(latest)
    ]


def _offers(contact: Contact) -> list[dict[str, Any]]:
    """Each offer with the record of its decision, newest first; not every one is recorded."""
    offers = Offer.objects.filter(contact=contact).select_related("decision").order_by("-id")[:SHOWN_OFFERS]
    found = []
    for offer in offers:
        decision = getattr(offer, "decision", None)
        found.append(
            {
                "id": offer.pk,
                "agent": offer.agent_id,
                "state": offer.state,
                "reason": offer.reason,
                "offered_at": _iso(offer.offered_at),
                "expires_at": _iso(offer.expires_at),
                "settled_at": _iso(offer.settled_at),
                "is_recorded": decision is not None,
                "contacts": [dict(row) for row in decision.contacts_considered] if decision else [],
                "agents": [dict(row) for row in decision.agents_considered] if decision else [],
            }
        )
    return found


def _event(event: ContactEvent, names: dict[int, str], skills: dict[int, str]) -> dict[str, Any]:
    target, skill = event.data.get("target_agent"), event.data.get("skill")
    return {
        "id": event.pk,
        "at": _iso(event.at),
        "kind": event.kind,
        "agent": names.get(event.agent_id or 0),
        "by": event.by.get_full_name() or event.by.username if event.by else None,
        "skill": skills.get(skill) if skill else None,
        "target": names.get(target) if target else None,
        "reason": event.data.get("reason"),
    }


def _notices(contact: Contact) -> list[dict[str, Any]]:
    notices = Notice.objects.filter(contact=contact).select_related("author", "agent__user").order_by("id")
    return [
        {
            "id": one.pk,
            "agent": str(one.agent),
            "author": one.author.get_full_name() or one.author.username,
            "text": one.text,
            "at": _iso(one.at),
            "read_at": _iso(one.read_at),
        }
        for one in notices
    ]


def _internal_notes(contact: Contact) -> list[dict[str, Any]]:
    """What colleagues wrote to each other in the contact."""
    notes = Note.objects.filter(contact=contact).select_related("author").order_by("id")
    return [
        {
            "id": one.pk,
            "author": one.author.get_full_name() or one.author.username,
            "text": one.text,
            "at": _iso(one.at),
        }
        for one in notes
    ]


def _names_of(agent_ids: Iterable[int]) -> dict[int, str]:
    agents = Agent.objects.filter(pk__in=set(agent_ids)).select_related("user")
    return {agent.pk: str(agent) for agent in agents}


def _skills_of(unit_id: int) -> dict[int, str]:
    return dict(Skill.objects.filter(business_unit_id=unit_id).values_list("pk", "name"))


_STAMP = """
SELECT c.updated_at, (SELECT max(id) FROM contacts_contactevent WHERE contact_id = c.id),
       (SELECT count(read_at) FROM contacts_notice WHERE contact_id = c.id),
       (SELECT string_agg(status, ',' ORDER BY id) FROM contacts_message WHERE contact_id = c.id)
  FROM contacts_contact c WHERE c.id = %s
"""


def stamp_of(contact_id: int) -> tuple[Any, ...] | None:
    """Changes whenever what `read_conversation` gives does, at the cost of one look-up; None: it is gone."""
    return sql.row(_STAMP, [contact_id])
