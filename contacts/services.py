"""Writing to contacts: opening, adding texts, the log of events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contacts.facts import ContactChanged, ContactOpened, MessageAdded, MessageChanged
from contacts.models import Contact, Customer, Message, MessagePart
from core import events, sql
from core.errors import Conflict
from core.phone import normalise_address
from core.text import segment
from organizations.models import User
from points_of_contact.selectors import Listener
from skills.models import Skill

REPLY, AUTOMATIC = 0, 5
"""Priorities of sending: what an agent writes goes before what a script writes."""


class ContactOver(Conflict):
    """The contact has ended: nothing can be added to it."""

    code = "contact_over"


class AlreadyOpen(Conflict):
    """There is an open contact with this customer on this number."""

    code = "already_open"


_RECORD = """
INSERT INTO contacts_contactevent (contact_id, kind, agent_id, by_id, data)
VALUES (%s, %s, %s, %s, %s)
"""


def record_event(
    *, contact_id: int, kind: str, agent_id: int | None = None, by: User | None = None, **data: Any
) -> None:
    """Append to the contact's log. `data` must hold ids and words, never a text or a number."""
    sql.execute(_RECORD, [contact_id, kind, agent_id, by.pk if by else None, json.dumps(data)])


_CUSTOMER = """
WITH known AS (
    SELECT id, e164 FROM contacts_customer
     WHERE business_unit_id = %(unit)s AND address = %(address)s
), made AS (
    INSERT INTO contacts_customer (business_unit_id, address, e164, name, notes, updated_at)
    SELECT %(unit)s, %(address)s, %(e164)s, '', '', clock_timestamp() WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (business_unit_id, address) DO NOTHING
    RETURNING id, e164
)
SELECT * FROM known UNION ALL SELECT * FROM made
"""


def find_or_create_customer(*, business_unit_id: int, address: str) -> Customer:
    """The customer with this address; made at his first text."""
    normal = normalise_address(address)
    parameters = {"unit": business_unit_id, "address": normal.raw, "e164": normal.e164 or ""}
    # Nothing is found when another process makes him at this moment: after its commit he is known.
    found = sql.row(_CUSTOMER, parameters) or sql.row(_CUSTOMER, parameters)
    assert found is not None
    customer_id, e164 = found
    return sql.known(
        Customer, id=customer_id, business_unit_id=business_unit_id, address=normal.raw, e164=e164
    )


_LOCK_OPEN = """
SELECT id FROM contacts_contact
 WHERE transport_code_id = %s AND customer_id = %s AND state IN ('pre_queue', 'queued', 'offered', 'active')
   FOR NO KEY UPDATE
"""


# Without an open one: a contact that is over, but whose script has asked the customer something.
_LOCK_OPEN_OR_ASKING = """
SELECT id FROM contacts_contact
 WHERE id = COALESCE(
    (SELECT id FROM contacts_contact
      WHERE transport_code_id = %(code)s AND customer_id = %(customer)s
        AND state IN ('pre_queue', 'queued', 'offered', 'active')),
    (SELECT c.id FROM contacts_contact c JOIN contacts_scriptrun r ON r.contact_id = c.id
      WHERE c.transport_code_id = %(code)s AND c.customer_id = %(customer)s
        AND r.status = 'waiting' AND r.waits_for_message
      ORDER BY c.id DESC LIMIT 1))
   AND (state IN ('pre_queue', 'queued', 'offered', 'active')
        OR EXISTS (SELECT FROM contacts_scriptrun r
                    WHERE r.contact_id = contacts_contact.id
                      AND r.status = 'waiting' AND r.waits_for_message))
   FOR NO KEY UPDATE
"""


def lock_open_contact(*, registration_id: int, customer_id: int, or_asking: bool = False) -> Contact | None:
    """The contact that the customer's next text joins, locked.

    `or_asking`: also one that is over, while its script waits for the customer's answer, as a survey does.
    """
    places = {"code": registration_id, "customer": customer_id}
    found = (
        sql.row(_LOCK_OPEN_OR_ASKING, places)
        if or_asking
        else sql.row(_LOCK_OPEN, [registration_id, customer_id])
    )
    return None if found is None else Contact.objects.get(pk=found[0])


_OPEN = f"""
WITH opened AS ({sql.insertion(Contact)} RETURNING id), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, data) SELECT id, 'opened', %(event)s FROM opened
)
SELECT id FROM opened
"""


def _open(contact: Contact, **data: Any) -> Contact:
    contact.updated_at = contact.created_at
    return sql.insert(contact, _OPEN, event=json.dumps(data))


def open_outbound_contact(*, skill: Skill, customer: Customer, now: datetime) -> Contact:
    """A new contact that an agent starts; it is not in any queue.

    Raises AlreadyOpen when the customer and the number of the skill have an open contact.
    """
    registration = skill.transport_code
    if registration is None:
        raise Conflict(_("The skill has no transport code to send with."), code="skill_not_outbound")
    if lock_open_contact(registration_id=registration.pk, customer_id=customer.pk) is not None:
        raise AlreadyOpen(_("There is an open contact with this customer on this number already."))
    return _open(
        Contact(
            business_unit_id=skill.business_unit_id,
            customer=customer,
            transport_code=registration,
            skill=skill,
            direction=Contact.Direction.OUTBOUND,
            created_at=now,
        ),
        outbound=True,
    )


_PARTS = """
    INSERT INTO contacts_messagepart (message_id, provider_message_id, number, status)
    SELECT message.id, part.provider_id, part.number, ''
      FROM message, unnest(%(part_ids)s::text[], %(part_numbers)s::int[]) AS part(provider_id, number)
"""

# The text, its parts at the provider, what the contact counts, and the log: one statement. What comes in
# wakes a snoozed contact; what an agent sends was his draft.
_APPEND = f"""
WITH message AS ({sql.insertion(Message)} RETURNING id, contact_id), parts AS ({_PARTS}), counted AS (
    UPDATE contacts_contact
       SET message_count = %(position)s,
           unread = unread + CASE %(direction)s WHEN 'inbound' THEN 1 ELSE 0 END,
           last_inbound_at =
               CASE %(direction)s WHEN 'inbound' THEN %(created_at)s ELSE last_inbound_at END,
           last_outbound_at =
               CASE %(direction)s WHEN 'outbound' THEN %(created_at)s ELSE last_outbound_at END,
           snoozed_at = CASE %(direction)s WHEN 'inbound' THEN NULL ELSE snoozed_at END,
           snoozed_until = CASE %(direction)s WHEN 'inbound' THEN NULL ELSE snoozed_until END,
           updated_at = %(created_at)s
     WHERE id = %(contact_id)s
), sent AS (
    DELETE FROM contacts_draft d USING agents_agent a
     WHERE d.contact_id = %(contact_id)s AND d.agent_id = a.id AND a.user_id = %(author_id)s
), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, by_id, data)
    SELECT contact_id, %(event)s, %(author_id)s, jsonb_build_object('message', id) FROM message
)
SELECT id FROM message
"""


def _append(
    contact: Contact, message: Message, *, event: str, parts: Sequence[tuple[int, str]] = ()
) -> Message:
    """Write a text as the contact's next; the caller has locked the contact's row or made it."""
    contact.message_count += 1
    _complete(message, contact.message_count, parts)
    return sql.insert(message, _APPEND, event=event, **_of_parts(parts))


def _complete(message: Message, position: int, parts: Sequence[tuple[int, str]]) -> None:
    counted = segment(message.text)
    message.encoding = counted.encoding
    message.segments = max(counted.segments, len(parts), 1)
    message.position = position


def _of_parts(parts: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Parameters of _PARTS."""
    return {
        "part_numbers": [number for number, _provider_id in parts],
        "part_ids": [provider_id for _number, provider_id in parts],
    }


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer's text. `parts` are (number, provider message id)."""

    sender: str
    recipient: str
    text: str
    parts: Sequence[tuple[int, str]]
    provider_sent_at: datetime | None
    is_incomplete: bool


def _inbound(contact: Contact, incoming: Incoming, now: datetime) -> Message:
    return Message(
        contact=contact,
        direction=Message.Direction.INBOUND,
        transport_code_id=contact.transport_code_id,
        from_address=incoming.sender,
        to_address=incoming.recipient,
        text=incoming.text,
        is_incomplete=incoming.is_incomplete,
        status=Message.Status.RECEIVED,
        created_at=now,
        provider_sent_at=incoming.provider_sent_at,
        send_after=now,
    )


@transaction.atomic(savepoint=False)
def add_inbound_message(*, contact: Contact, incoming: Incoming, now: datetime) -> Message:
    """Append a customer's text to a contact whose row the caller has locked."""
    message = _inbound(contact, incoming, now)
    _append(contact, message, event="message_received", parts=incoming.parts)
    events.publish(MessageAdded(message_id=message.pk, contact_id=contact.pk, **_audience(contact)))
    return message


# As _OPEN and _APPEND, but that nothing has to be counted. What both rows have under one name is the same.
_OPEN_WITH_TEXT = f"""
WITH opened AS ({sql.insertion(Contact)} RETURNING id AS contact_id), message AS (
    {sql.insertion(Message, if_any="opened", given=("contact_id",))} RETURNING id, contact_id
), parts AS ({_PARTS}), logged AS (
    INSERT INTO contacts_contactevent (contact_id, kind, data)
    SELECT contact_id, 'opened', %(opened)s::jsonb FROM opened
     UNION ALL
    SELECT contact_id, 'message_received', jsonb_build_object('message', id) FROM message
)
SELECT contact_id, id FROM message
"""


@transaction.atomic(savepoint=False)
def open_inbound_contact(
    *, listener: Listener, customer: Customer, incoming: Incoming, now: datetime
) -> tuple[Contact, Message]:
    """A new contact of a point of contact with its first text, before its script runs."""
    contact = Contact(
        business_unit_id=listener.business_unit_id,
        customer=customer,
        transport_code_id=listener.transport_code_id,
        point_of_contact_id=listener.point_of_contact_id,
        skill=listener.skill,
        direction=Contact.Direction.INBOUND,
        created_at=now,
        updated_at=now,
        last_inbound_at=now,
        unread=1,
        message_count=1,
    )
    message = _inbound(contact, incoming, now)
    _complete(message, 1, incoming.parts)
    opened = json.dumps({"point_of_contact": listener.point_of_contact_id})
    sql.insert_with(contact, message, _OPEN_WITH_TEXT, opened=opened, **_of_parts(incoming.parts))
    message.contact = contact
    events.publish(ContactOpened(contact_id=contact.pk))
    events.publish(MessageAdded(message_id=message.pk, contact_id=contact.pk, **_audience(contact)))
    return contact, message


@transaction.atomic(savepoint=False)
def add_outbound_message(
    *,
    contact: Contact,
    text: str,
    now: datetime,
    author: User | None = None,
    priority: int = REPLY,
    ignores_opt_out: bool = False,
) -> Message:
    """Queue a text to the customer of a contact whose row the caller has locked.

    Our reference for the provider is written here, before anything is sent.
    """
    message = Message(
        contact=contact,
        direction=Message.Direction.OUTBOUND,
        transport_code_id=contact.transport_code_id,
        from_address=contact.transport_code.transport_code,
        to_address=contact.customer.address,
        text=text,
        author=author,
        status=Message.Status.QUEUED,
        client_ref=uuid.uuid4(),
        priority=priority,
        ignores_opt_out=ignores_opt_out,
        created_at=now,
        send_after=now,
    )
    _append(contact, message, event="message_written")
    events.publish(
        MessageAdded(
            message_id=message.pk,
            contact_id=contact.pk,
            outbox_id=contact.transport_code_id,
            **_audience(contact),
        )
    )
    return message


def complete_message(
    *, message: Message, text: str, parts: list[tuple[int, str]], is_incomplete: bool
) -> None:
    """Put the text with its late part in place of the incomplete one."""
    counted = segment(text)
    Message.objects.filter(pk=message.pk).update(
        text=text,
        is_incomplete=is_incomplete,
        encoding=counted.encoding,
        segments=max(counted.segments, len(parts)),
    )
    MessagePart.objects.filter(message=message).delete()
    MessagePart.objects.bulk_create(
        MessagePart(message=message, number=number, provider_message_id=provider_id)
        for number, provider_id in parts
    )
    # The log tells the history that what it searches has changed.
    record_event(contact_id=message.contact_id, kind="message_completed", message=message.pk)
    publish_message_changed(message)


def publish_message_changed(message: Message) -> None:
    """Tell whoever has the contact open that one of its texts changed."""
    contact = Contact.objects.only("state", "agent", "accepted_at").get(pk=message.contact_id)
    events.publish(MessageChanged(message_id=message.pk, contact_id=message.contact_id, **_audience(contact)))


def _audience(contact: Contact) -> dict[str, Any]:
    """Who has the contact open, and whether somebody who had it may still see it."""
    has_agent = contact.state in (Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK)
    is_over = contact.state == Contact.State.CLOSED
    return {
        "agent_id": contact.agent_id if has_agent else None,
        "waits_again": not has_agent and not is_over and contact.accepted_at is not None,
    }


@transaction.atomic(savepoint=False)
def mark_read(*, contact_id: int) -> None:
    """The agent has seen the contact's texts."""
    _count_unread(contact_id, "SET unread = 0 WHERE unread > 0")


@transaction.atomic(savepoint=False)
def mark_unread(*, contact_id: int) -> None:
    """The agent wants to be reminded of the contact, as if its last text had just come."""
    _count_unread(contact_id, "SET unread = 1 WHERE unread = 0")


def _count_unread(contact_id: int, change: str) -> None:
    changed = sql.row(f"UPDATE contacts_contact {change} AND id = %s RETURNING {_WHO_HAS_OPEN}", [contact_id])
    if changed is not None:
        _publish_changed(contact_id, *changed)


# Nobody once it is closed: a push about it would be about nothing that the agent's page knows.
_WHO_HAS_OPEN = "CASE WHEN state IN ('active', 'after_contact_work') THEN agent_id END"


def publish_contact_changed(*, contact_id: int) -> None:
    """Tell every tab of whoever has the contact open."""
    found = sql.row(f"SELECT {_WHO_HAS_OPEN} FROM contacts_contact WHERE id = %s", [contact_id])
    if found is not None:
        _publish_changed(contact_id, *found)


def _publish_changed(contact_id: int, agent_id: int | None) -> None:
    if agent_id is not None:
        events.publish(ContactChanged(contact_id=contact_id, agent_id=agent_id))
