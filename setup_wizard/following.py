"""Reads what became of the newest text to a number."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from contacts.models import Contact, Message
from messaging.models import Delivery
from routing.models import Offer, ReadyAgent
from setup_wizard.selectors import staff_of
from setup_wizard.trail import Way
from sms_registrations.models import SmsRegistration

OVER = (Offer.State.REFUSED, Offer.State.EXPIRED)


def first_text_at(registration: SmsRegistration) -> datetime | None:
    """When the first text to the number came in by webhook."""
    return _texts(registration).order_by("id").values_list("received_at", flat=True).first()


def way_of_newest(registration: SmsRegistration, *, since: datetime) -> Way:
    """The way of the newest text that came since a moment."""
    # The newest of all is found by an index; only then is its time compared.
    delivery = _texts(registration).order_by("-id").first()
    if delivery is None or delivery.received_at < since:
        return Way()
    message = (
        Message.objects.filter(transport_code=registration, direction=Message.Direction.INBOUND)
        .select_related("contact__skill", "contact__agent__user", "contact__script_run__version__script")
        .order_by("-id")
        .first()
    )
    if message is None or message.created_at < since:
        return Way(received_at=delivery.received_at, parked=delivery.failure if delivery.parked_at else "")
    return _way_of(message.contact, message)


def _texts(registration: SmsRegistration) -> QuerySet[Delivery]:
    return Delivery.objects.filter(registration=registration, kind=Delivery.Kind.INBOUND)


def _way_of(contact: Contact, message: Message) -> Way:
    run = getattr(contact, "script_run", None)
    offers = list(contact.offers.select_related("agent__user").order_by("id"))
    pending = next((one for one in offers if one.state == Offer.State.PENDING), None)
    answer = (
        contact.messages.filter(direction=Message.Direction.OUTBOUND, author__isnull=False)
        .order_by("id")
        .first()
    )
    return Way(
        received_at=message.created_at,
        script=run.version.script.name if run else "",
        script_failure=run.failure if run else "missing",
        skill=contact.skill.name,
        skill_agents=staff_of(contact.skill).count(),
        ready_agents=ReadyAgent.objects.filter(skill=contact.skill).count(),
        queued_at=contact.queued_at,
        offered_to=str(pending.agent) if pending else "",
        offered_at=pending.offered_at if pending else None,
        passed_over=tuple(str(one.agent) for one in offers if one.state in OVER),
        agent=str(contact.agent) if contact.agent else "",
        accepted_at=contact.accepted_at,
        answered_at=answer.created_at if answer else None,
        is_closed=contact.state == Contact.State.CLOSED,
    )
