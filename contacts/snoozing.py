"""Contacts that an agent puts aside until a moment or the customer's next text.

A snoozed contact stays his and keeps its session (docs/decisions/0022). The customer's next text wakes it in
the statement that stores the text (`contacts.services`).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact
from contacts.services import ContactOver, publish_contact_changed, record_event
from core import shards, sql
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from core.failures import describe

logger = logging.getLogger(__name__)

LONGEST = timedelta(days=30)


def _own_active(contact_id: int, agent: Agent) -> Contact:
    contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=contact_id, agent=agent)
        .first()
    )
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


# Who got the contact after it was put aside has not put it aside: nothing is brought back to him.
_WAKE = """
WITH due AS (
    SELECT id, snoozed_at >= accepted_at AS is_aside FROM contacts_contact
     WHERE id = %s AND state = 'active' AND snoozed_until <= clock_timestamp()
       FOR NO KEY UPDATE SKIP LOCKED
), woken AS (
    UPDATE contacts_contact c
       SET snoozed_at = NULL, snoozed_until = NULL,
           unread = CASE WHEN due.is_aside THEN GREATEST(c.unread, 1) ELSE c.unread END,
           updated_at = clock_timestamp()
      FROM due WHERE c.id = due.id
    RETURNING c.id, c.agent_id, due.is_aside
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
    SELECT id, 'woken', agent_id, '{}' FROM woken WHERE is_aside
)
SELECT is_aside FROM woken
"""


def wake_due(*, limit: int = 200) -> int:
    """Bring back the contacts whose time has come, as unread; return how many."""
    due = sql.rows(
        "SELECT id FROM contacts_contact WHERE state = 'active' AND snoozed_until <= clock_timestamp() "
        f"AND {shards.ours('business_unit_id')} ORDER BY snoozed_until, id LIMIT %s",
        [limit],
    )
    return sum(_wake_safely(contact_id) for (contact_id,) in due)


def _wake_safely(contact_id: int) -> bool:
    try:
        return _wake_one(contact_id)
    except OperationalError as error:
        # A deadlock passes: it is due again at the next sweep. A lost connection shows itself there.
        logger.warning("waking_repeated", extra={"contact_id": contact_id, "failure": describe(error)})
        return False


@transaction.atomic
def _wake_one(contact_id: int) -> bool:
    found = sql.row(_WAKE, [contact_id])
    is_woken = found is not None and bool(found[0])
    if is_woken:
        publish_contact_changed(contact_id=contact_id)
    return is_woken
