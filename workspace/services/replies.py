"""What agents write to customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact, Customer, Message
from contacts.services import ContactOver, add_outbound_message, find_or_create_customer, mark_read
from core import sql
from core.clock import database_now
from core.errors import Conflict, NotFound
from messaging.services.opt_outs import is_opted_out
from quick_replies.selectors import offered_in
from quick_replies.services import count_use
from quick_replies.variables import filled
from routing.services.assignments import HAS_ENDED, NOT_YOURS, start_contact
from skills.models import Skill
from sms_registrations.models import SmsRegistration


class RecipientOptedOut(Conflict):
    """The customer told this number to stop."""

    code = "recipient_opted_out"
    status = 422


def _refuse_opted_out(registration_id: int, customer_id: int) -> None:
    if is_opted_out(registration_id=registration_id, customer_id=customer_id):
        raise RecipientOptedOut(
            _("The customer has opted out of messages from this number. He must text START first.")
        )


# The contact, locked, with what a text to its customer needs; the clock is read outside, so after a wait for
# the lock.
_LOCK_OWN = """
SELECT own.*, date_trunc('milliseconds', clock_timestamp()) AS now
  FROM (SELECT c.id, c.business_unit_id, c.customer_id, c.transport_code_id, c.agent_id, c.state,
               c.accepted_at, c.message_count, c.unread,
               u.address AS customer_address, r.transport_code AS number
          FROM contacts_contact c
          JOIN contacts_customer u ON u.id = c.customer_id
          JOIN sms_registrations_smsregistration r ON r.id = c.transport_code_id
         WHERE c.id = %s AND c.agent_id = %s FOR NO KEY UPDATE OF c) own
"""


def _lock_own(contact_id: int, agent: Agent) -> tuple[Contact, datetime]:
    found = sql.found(Contact, _LOCK_OWN, [contact_id, agent.pk])
    if found is None:
        raise NotFound(NOT_YOURS)
    contact, row = found
    contact.customer = sql.known(Customer, id=contact.customer_id, address=row["customer_address"])
    contact.transport_code = sql.known(
        SmsRegistration, id=contact.transport_code_id, transport_code=row["number"]
    )
    return contact, row["now"]


@transaction.atomic
def reply(*, contact_id: int, text: str, by: Agent, quick_reply_id: int | None = None) -> Message:
    """Queue an agent's reply in a contact of his; count the quick reply that it was made from.

    Raises NotFound when it is not his, ContactOver when it has ended, RecipientOptedOut. The sender checks
    the opt-out once more at the moment of sending.
    """
    contact, now = _lock_own(contact_id, by)
    if contact.state != Contact.State.ACTIVE:
        raise ContactOver(HAS_ENDED)
    # By a statement after the lock: what held it may have been the customer's STOP.
    _refuse_opted_out(contact.transport_code_id, contact.customer_id)
    if contact.unread:
        mark_read(contact_id=contact_id)
    if quick_reply_id is not None:
        count_use(quick_reply_id=quick_reply_id, business_unit_id=contact.business_unit_id)
    return add_outbound_message(contact=contact, text=text, now=now, author=by.user)


@transaction.atomic
def write_first(*, skill: Skill, address: str, text: str, by: Agent) -> Contact:
    """An agent starts a contact with an outbound skill and a first text.

    Raises what `start_contact` raises, and RecipientOptedOut.
    """
    customer = find_or_create_customer(business_unit_id=by.business_unit_id, address=address)
    if skill.transport_code_id is not None:
        _refuse_opted_out(skill.transport_code_id, customer.pk)
    contact = start_contact(by=by, skill=skill, customer=customer)
    add_outbound_message(contact=contact, text=text, now=database_now(), author=by.user)
    return contact


def quick_replies(*, contact: Contact, by: Agent) -> list[dict[str, Any]]:
    """The quick replies for a contact, each with its text as it would be sent; the best ones first.

    One whose text cannot be filled in for this contact is left out.
    """
    user = by.user
    values = {
        "customer.name": contact.customer.name,
        "customer.number": contact.customer.e164 or contact.customer.address,
        "agent.name": str(by),
        "agent.first_name": user.first_name or str(by),
        "skill.name": contact.skill.name,
        "business_unit.name": by.business_unit.name,
    }
    found = []
    for one in offered_in(
        business_unit_id=contact.business_unit_id, skill=contact.skill, language=user.language
    ):
        text = filled(one.text, values)
        if text:
            found.append(
                {
                    "id": one.pk,
                    "name": one.name,
                    "shortcut": one.shortcut,
                    "language": one.language,
                    "text": text,
                }
            )
    return found
