"""Writing to contacts: opening, adding texts, the log of events."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from contacts.facts import ContactChanged, ContactOpened, MessageAdded, MessageChanged
from contacts.models import Contact, ContactEvent, Customer, Message, MessagePart
from core import events
from core.errors import Conflict
from core.phone import normalise_address
from core.text import segment
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from skills.models import Skill
from sms_registrations.models import SmsRegistration

REPLY, AUTOMATIC = 0, 5
"""Priorities of sending: what an agent writes goes before what a script writes."""


class ContactOver(Conflict):
    """The contact has ended: nothing can be added to it."""

    code = "contact_over"


class AlreadyOpen(Conflict):
    """There is an open contact with this customer on this number."""

    code = "already_open"


def record_event(
    *, contact_id: int, kind: str, agent_id: int | None = None, by: User | None = None, **data: Any
) -> None:
    """Append to the contact's log. `data` must hold ids and words, never a text or a number."""
    ContactEvent.objects.create(contact_id=contact_id, kind=kind, agent_id=agent_id, by=by, data=data)


def find_or_create_customer(*, business_unit: BusinessUnit, address: str) -> Customer:
    """The customer with this address; made at his first text."""
    normal = normalise_address(address)
    customer, _created = Customer.objects.get_or_create(
        business_unit=business_unit, address=normal.raw, defaults={"e164": normal.e164 or ""}
    )
    return customer


def lock_open_contact(*, registration: SmsRegistration, customer: Customer) -> Contact | None:
    """The contact that the customer's next text joins, locked."""
    return (
        Contact.objects.select_for_update()
        .filter(transport_code=registration, customer=customer, state__in=Contact.OPEN_STATES)
        .first()
    )


def open_inbound_contact(*, point_of_contact: PointOfContact, customer: Customer, now: datetime) -> Contact:
    """A new contact of a point of contact, before its script runs."""
    contact = Contact.objects.create(
        business_unit_id=point_of_contact.business_unit_id,
        customer=customer,
        transport_code_id=point_of_contact.transport_code_id,
        point_of_contact=point_of_contact,
        skill=point_of_contact.skill,
        direction=Contact.Direction.INBOUND,
        created_at=now,
    )
    record_event(contact_id=contact.pk, kind="opened", point_of_contact=point_of_contact.pk)
    events.publish(ContactOpened(contact_id=contact.pk))
    return contact


def open_outbound_contact(*, skill: Skill, customer: Customer, now: datetime) -> Contact:
    """A new contact that an agent starts; it is not in any queue.

    Raises AlreadyOpen when the customer and the number of the skill have an open contact.
    """
    registration = skill.transport_code
    if registration is None:
        raise Conflict(_("The skill has no transport code to send with."), code="skill_not_outbound")
    if lock_open_contact(registration=registration, customer=customer) is not None:
        raise AlreadyOpen(_("There is an open contact with this customer on this number already."))
    contact = Contact.objects.create(
        business_unit_id=skill.business_unit_id,
        customer=customer,
        transport_code=registration,
        skill=skill,
        direction=Contact.Direction.OUTBOUND,
        created_at=now,
    )
    record_event(contact_id=contact.pk, kind="opened", outbound=True)
    return contact


@transaction.atomic(savepoint=False)
def add_inbound_message(
    *,
    contact: Contact,
    sender: str,
    recipient: str,
    text: str,
    parts: list[tuple[int, str]],
    provider_sent_at: datetime | None,
    is_incomplete: bool,
    now: datetime,
) -> Message:
    """Append a customer's text to a contact whose row the caller has locked.

    `parts` are (number, provider message id).
    """
    counted = segment(text)
    contact.message_count += 1
    message = Message.objects.create(
        contact=contact,
        position=contact.message_count,
        direction=Message.Direction.INBOUND,
        transport_code_id=contact.transport_code_id,
        from_address=sender,
        to_address=recipient,
        text=text,
        is_incomplete=is_incomplete,
        encoding=counted.encoding,
        segments=max(counted.segments, len(parts), 1),
        status=Message.Status.RECEIVED,
        created_at=now,
        provider_sent_at=provider_sent_at,
    )
    MessagePart.objects.bulk_create(
        MessagePart(message=message, number=number, provider_message_id=provider_id)
        for number, provider_id in parts
    )
    Contact.objects.filter(pk=contact.pk).update(
        message_count=contact.message_count,
        last_inbound_at=now,
        unread=F("unread") + 1,
        updated_at=now,
    )
    record_event(contact_id=contact.pk, kind="message_received", message=message.pk)
    events.publish(MessageAdded(message_id=message.pk, contact_id=contact.pk, agent_id=contact.agent_id))
    return message


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
    counted = segment(text)
    contact.message_count += 1
    message = Message.objects.create(
        contact=contact,
        position=contact.message_count,
        direction=Message.Direction.OUTBOUND,
        transport_code_id=contact.transport_code_id,
        from_address=contact.transport_code.transport_code,
        to_address=contact.customer.address,
        text=text,
        encoding=counted.encoding,
        segments=max(counted.segments, 1),
        author=author,
        status=Message.Status.QUEUED,
        client_ref=uuid.uuid4(),
        priority=priority,
        ignores_opt_out=ignores_opt_out,
        created_at=now,
        send_after=now,
    )
    Contact.objects.filter(pk=contact.pk).update(
        message_count=contact.message_count, last_outbound_at=now, updated_at=now
    )
    record_event(contact_id=contact.pk, kind="message_written", by=author, message=message.pk)
    events.publish(
        MessageAdded(
            message_id=message.pk,
            contact_id=contact.pk,
            agent_id=contact.agent_id,
            outbox_id=contact.transport_code_id,
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
    publish_message_changed(message)


def publish_message_changed(message: Message) -> None:
    """Tell whoever has the contact open that one of its texts changed."""
    agent_id = _agent_who_has_open(message.contact_id)
    events.publish(MessageChanged(message_id=message.pk, contact_id=message.contact_id, agent_id=agent_id))


@transaction.atomic
def mark_read(*, contact_id: int) -> None:
    """The agent has seen the contact's texts."""
    if Contact.objects.filter(pk=contact_id, unread__gt=0).update(unread=0):
        publish_contact_changed(contact_id=contact_id)


def publish_contact_changed(*, contact_id: int) -> None:
    """Tell every tab of whoever has the contact open."""
    agent_id = _agent_who_has_open(contact_id)
    if agent_id is not None:
        events.publish(ContactChanged(contact_id=contact_id, agent_id=agent_id))


def _agent_who_has_open(contact_id: int) -> int | None:
    """Nobody once it is closed: a push about it would be about nothing that the agent's page knows."""
    return (
        Contact.objects.filter(
            pk=contact_id, state__in=[Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK]
        )
        .values_list("agent_id", flat=True)
        .first()
    )
