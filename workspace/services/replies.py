"""What agents write to customers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact, Message
from contacts.services import ContactOver, add_outbound_message, find_or_create_customer, mark_read
from core.clock import database_now
from core.errors import Conflict, NotFound
from messaging.services.opt_outs import is_opted_out
from quick_replies.selectors import offered_in
from quick_replies.services import count_use
from quick_replies.variables import filled
from routing.services.assignments import start_contact
from skills.models import Skill


class RecipientOptedOut(Conflict):
    """The customer told this number to stop."""

    code = "recipient_opted_out"
    status = 422


def _refuse_opted_out(registration_id: int, customer_id: int) -> None:
    if is_opted_out(registration_id=registration_id, customer_id=customer_id):
        raise RecipientOptedOut(
            _("The customer has opted out of messages from this number. He must text START first.")
        )


@transaction.atomic
def reply(*, contact_id: int, text: str, by: Agent, quick_reply_id: int | None = None) -> Message:
    """Queue an agent's reply in a contact of his; count the quick reply that it was made from.

    Raises NotFound when it is not his, ContactOver when it has ended, RecipientOptedOut. The sender checks
    the opt-out once more at the moment of sending.
    """
    contact = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("customer", "transport_code")
        .filter(pk=contact_id, agent=by)
        .first()
    )
    if contact is None:
        raise NotFound(_("There is no such contact among yours."))
    if contact.state != Contact.State.ACTIVE:
        raise ContactOver(_("This contact has ended."))
    _refuse_opted_out(contact.transport_code_id, contact.customer_id)
    mark_read(contact_id=contact_id)
    if quick_reply_id is not None:
        count_use(quick_reply_id=quick_reply_id, business_unit_id=contact.business_unit_id)
    return add_outbound_message(contact=contact, text=text, now=database_now(), author=by.user)


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
