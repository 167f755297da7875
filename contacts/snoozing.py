"""Contacts that an agent puts aside until a moment or the customer's next text.

A snoozed contact stays his and keeps its session (docs/decisions/0022). The customer's next text wakes it in
the statement that stores the text (`contacts.services`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact
from contacts.services import ContactOver, publish_contact_changed, record_event
from core import sql
from core.clock import database_now
from core.errors import NotFound, RuleBroken

LONGEST = timedelta(days=30)


def _own_active(contact_id: int, agent: Agent) -> Contact:
    contact = Contact.objects.select_for_update(of=("self",)).filter(pk=contact_id, agent=agent).first()
    if contact is None:
        raise NotFound(_("There is no such contact among yours."))
    if contact.state != Contact.State.ACTIVE:
        raise ContactOver(_("This contact has ended."))
    return contact


@transaction.atomic
def snooze_contact(*, contact_id: int, by: Agent, until: datetime | None) -> None:
    """Put a contact aside until then, or until the customer's next text; None: until his next text only.

    Raises NotFound and ContactOver as ever, and RuleBroken when `until` is not within the next 30 days.
    """
    _own_active(contact_id, by)
    now = database_now()
    if until is not None and not now < until <= now + LONGEST:
        message = _("Choose a time within the next 30 days.")
        raise RuleBroken(message, fields={"until": [message]})
    Contact.objects.filter(pk=contact_id).update(
        snoozed_at=now, snoozed_until=until, unread=0, updated_at=now
    )
    record_event(
        contact_id=contact_id,
        kind="snoozed",
        agent_id=by.pk,
        by=by.user,
        until=until.isoformat() if until else None,
    )
    publish_contact_changed(contact_id=contact_id)


@transaction.atomic
def wake_contact(*, contact_id: int, by: Agent) -> None:
    """Take a contact up again before its time. Raises NotFound, ContactOver."""
    contact = _own_active(contact_id, by)
    if contact.snoozed_at is None:
        return
    Contact.objects.filter(pk=contact_id).update(
        snoozed_at=None, snoozed_until=None, updated_at=database_now()
    )
    record_event(contact_id=contact_id, kind="woken", agent_id=by.pk, by=by.user)
    publish_contact_changed(contact_id=contact_id)


_WAKE = """
WITH woken AS (
    UPDATE contacts_contact
       SET snoozed_at = NULL, snoozed_until = NULL, unread = GREATEST(unread, 1),
           updated_at = clock_timestamp()
     WHERE id IN (
        SELECT id FROM contacts_contact
         WHERE state = 'active' AND snoozed_until <= clock_timestamp()
         ORDER BY snoozed_until, id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id, agent_id
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
    SELECT id, 'woken', agent_id, '{}' FROM woken
)
SELECT id FROM woken ORDER BY id
"""


@transaction.atomic
def wake_due(*, limit: int = 200) -> int:
    """Bring back the contacts whose time has come, as unread; return how many."""
    due = sql.rows(_WAKE, [limit])
    for (contact_id,) in due:
        publish_contact_changed(contact_id=contact_id)
    return len(due)
