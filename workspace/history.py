"""What a customer said and was told before: his earlier contacts, for the agent who has one of them."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact
from workspace import snapshot

SHOWN_CONTACTS = 20
SHOWN_TEXTS = 30
"""The latest texts of each."""


def earlier_contacts(contact: Contact) -> list[dict[str, Any]]:
    """The customer's other contacts of the same business unit that began before, newest first."""
    earlier = list(
        Contact.objects.filter(
            customer_id=contact.customer_id, business_unit_id=contact.business_unit_id, pk__lt=contact.pk
        )
        .select_related("skill", "agent__user", "disposition", "transport_code")
        .order_by("-pk")[:SHOWN_CONTACTS]
    )
    texts = snapshot.latest_messages([one.pk for one in earlier], each=SHOWN_TEXTS)
    return [_json(one, texts[one.pk]) for one in earlier]


def _json(contact: Contact, texts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "skill": contact.skill.name,
        "number": contact.transport_code.transport_code,
        "agent": str(contact.agent) if contact.agent else "",
        "state": contact.state,
        "began_at": contact.created_at.isoformat(),
        "ended_at": contact.ended_at.isoformat() if contact.ended_at else None,
        "disposition": contact.disposition.name if contact.disposition else None,
        "notes": contact.notes,
        "message_count": contact.message_count,
        "messages": texts,
    }
