"""What an agent's browser shows, as plain JSON. The same shapes serve the snapshot and the pushes."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext

from agents.models import Agent
from contacts.models import Contact, Message
from core import sql
from core.clock import database_now
from messaging.services.opt_outs import is_opted_out
from messaging.words import status_reason
from skills.models import Skill
from workspace.models import Feed

SHOWN_MESSAGES = 200
EXCERPT = 160
REASONS = ("Break", "Lunch", "Training", "Meeting", "Other")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


_STATE = 'SELECT status, reason, since, load, "limit" FROM agents_agentstate WHERE agent_id = %s'


def state_json(agent_id: int) -> dict[str, Any]:
    """The agent's state selector and load."""
    found = sql.row(_STATE, [agent_id])
    assert found is not None
    status, reason, since, load, limit = found
    return {
        "state": status,
        "reason": reason,
        "since": _iso(since),
        "load": load,
        "limit": limit,
        "reasons": list(REASONS),
    }


def message_json(message: Message) -> dict[str, Any]:
    """One text with its status in words."""
    return {
        "id": message.pk,
        "direction": message.direction,
        "text": message.text,
        "status": message.status,
        "status_reason": status_reason(message),
        "segments": message.segments,
        "author": message.author.get_full_name() or message.author.username if message.author else None,
        "created_at": _iso(message.created_at),
        "is_incomplete": message.is_incomplete,
    }


def _contacts() -> QuerySet[Contact]:
    return Contact.objects.select_related("customer", "skill", "disposition").prefetch_related(
        "tags",
        "skill__skill_dispositions__disposition",
        "skill__skill_tags__tag",
    )


def contact_json(contact: Contact, messages: list[Message] | None = None) -> dict[str, Any]:
    """A contact that an agent has open, with its latest texts."""
    if messages is None:
        messages = list(
            contact.messages.select_related("author", "transport_code").order_by("-position")[:SHOWN_MESSAGES]
        )[::-1]
    dispositions = sorted(contact.skill.skill_dispositions.all(), key=lambda one: (one.position, one.pk))
    tags = sorted(contact.skill.skill_tags.all(), key=lambda one: (one.position, one.pk))
    return {
        "id": contact.pk,
        "customer": contact.customer.e164 or contact.customer.address,
        "customer_name": contact.customer.name,
        "skill": contact.skill.name,
        "direction": contact.direction,
        "state": contact.state,
        "queued_at": _iso(contact.queued_at),
        "accepted_at": _iso(contact.accepted_at),
        "last_inbound_at": _iso(contact.last_inbound_at),
        "unread": contact.unread,
        "opted_out": is_opted_out(registration_id=contact.transport_code_id, customer_id=contact.customer_id),
        "acw_until": _iso(contact.acw_until),
        "require_disposition": contact.skill.require_disposition,
        "disposition": contact.disposition.name if contact.disposition else None,
        "notes": contact.notes,
        "tags": [tag.name for tag in contact.tags.all()],
        "dispositions": [one.disposition.name for one in dispositions if one.disposition.is_active],
        "available_tags": [one.tag.name for one in tags if one.tag.is_active],
        "messages": [message_json(message) for message in messages],
    }


def contact_json_by_id(contact_id: int) -> dict[str, Any]:
    """As `contact_json`, read anew."""
    return contact_json(_contacts().get(pk=contact_id))


_OFFERS = """
SELECT o.id, c.id, s.name, COALESCE(NULLIF(u.e164, ''), u.address), u.name,
       (SELECT m.text FROM contacts_message m WHERE m.contact_id = c.id AND m.direction = 'inbound'
         ORDER BY m.position LIMIT 1),
       COALESCE(c.queued_at, c.created_at), o.offered_at, o.expires_at, clock_timestamp()
  FROM routing_offer o
  JOIN contacts_contact c ON c.id = o.contact_id
  JOIN contacts_customer u ON u.id = c.customer_id
  JOIN skills_skill s ON s.id = o.skill_id
"""


def _offer_json(row: tuple[Any, ...]) -> dict[str, Any]:
    """What the pop-up shows: who, which skill, the first words, how long he waited."""
    offer_id, contact_id, skill, customer, customer_name, text, queued_at, offered_at, expires_at, now = row
    return {
        "id": offer_id,
        "contact": contact_id,
        "skill": skill,
        "customer": customer,
        "customer_name": customer_name,
        "text": (text or "")[:EXCERPT],
        "waited_seconds": max(0, int((now - queued_at).total_seconds())),
        "queued_at": _iso(queued_at),
        "offered_at": _iso(offered_at),
        "expires_at": _iso(expires_at),
    }


def offer_json_by_id(offer_id: int) -> dict[str, Any]:
    """One offer as the pop-up shows it."""
    [row] = sql.rows(f"{_OFFERS} WHERE o.id = %s", [offer_id])
    return _offer_json(row)


def _offers_before(agent_id: int) -> list[dict[str, Any]]:
    """What the agent has to answer, oldest first."""
    pending = sql.rows(f"{_OFFERS} WHERE o.agent_id = %s AND o.state = 'pending' ORDER BY o.id", [agent_id])
    return [_offer_json(row) for row in pending]


def socket_url(*, host: str, is_secure: bool) -> str:
    """The address of the desk's socket: the page's own origin, or the socket's own port beside it."""
    scheme = "wss" if is_secure else "ws"
    if settings.SOCKET_PORT:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return f"{scheme}://{name}:{settings.SOCKET_PORT}/ws/workspace"
    return f"{scheme}://{host}/ws/workspace"


def workspace_json(agent: Agent, *, socket_address: str) -> dict[str, Any]:
    """The whole truth of one agent at one moment, and the number of the last push that it includes."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _workspace(agent, socket_address)


def _workspace(agent: Agent, socket_address: str) -> dict[str, Any]:
    feed = Feed.objects.filter(pk=agent.pk).values_list("last_seq", flat=True).first()
    now = database_now()
    contacts = list(
        _contacts()
        .filter(agent=agent, state__in=[Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK])
        .order_by("id")
    )
    messages = _messages_of(contacts)
    return {
        "seq": feed or 0,
        "socket_url": socket_address,
        "server_time": _iso(now),
        "agent": {"id": agent.pk, "username": agent.user.username, "name": str(agent)},
        "state": state_json(agent.pk),
        "offers": _offers_before(agent.pk),
        "contacts": [contact_json(contact, messages[contact.pk]) for contact in contacts],
        "skills_out": _outbound_skills(agent),
        "transfer_skills": _transfer_skills(agent),
        "transfer_agents": _transfer_agents(agent),
    }


def _messages_of(contacts: list[Contact]) -> dict[int, list[Message]]:
    """The latest texts of all the contacts in one look-up."""
    grouped: dict[int, list[Message]] = defaultdict(list)
    found = (
        Message.objects.select_related("author", "transport_code")
        .filter(contact__in=contacts)
        .order_by("contact_id", "position")
    )
    for message in found:
        grouped[message.contact_id].append(message)
    return defaultdict(list, {key: value[-SHOWN_MESSAGES:] for key, value in grouped.items()})


def _outbound_skills(agent: Agent) -> list[str]:
    skills = Skill.objects.filter(
        agent_skills__agent=agent, is_active=True, direction=Skill.Direction.OUTBOUND
    )
    return list(skills.order_by("name", "id").values_list("name", flat=True))


def _transfer_skills(agent: Agent) -> list[str]:
    skills = Skill.objects.filter(
        business_unit_id=agent.business_unit_id, is_active=True, direction=Skill.Direction.INBOUND
    )
    return list(skills.order_by("name", "id").values_list("name", flat=True))


def _transfer_agents(agent: Agent) -> list[dict[str, str]]:
    others = (
        Agent.objects.select_related("user")
        .filter(business_unit_id=agent.business_unit_id, is_active=True)
        .exclude(pk=agent.pk)
        .prefetch_related(Prefetch("state"))
        .order_by("user__username", "id")[:200]
    )
    return [
        {"username": other.user.username, "name": str(other), "state": other.state.status} for other in others
    ]


def translated_reasons() -> dict[str, str]:
    """The reasons for being unavailable in the reader's language; stored ones stay as they are."""
    words = {reason: gettext(reason) for reason in REASONS}
    return words | {"Refused": gettext("Refused"), "Connection lost": gettext("Connection lost")}
