"""`manage.py trace CONTACT`: the life of one contact on a line of time, without a text or a number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.models import Contact, ContactEvent, Message, TraceStep
from routing.models import Offer
from supervisor.selectors import usernames_of

Line = tuple[datetime, int, int, str]
"""When, which kind of line at equal times, the place among its kind, and the words."""

EVENT, STEP, OFFER, MESSAGE = range(4)
TOLD_BY_OFFERS = {"offered", "accepted", "offer_refused", "offer_expired", "offer_withdrawn"}
TOLD_BY_MESSAGES = {"message_received", "message_written"}


class Command(BaseCommand):
    help = "Prints the life of one contact: events, script steps, offers with their reasons, texts by status."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contact", type=int, help="the id of the contact")

    def handle(self, *_args: Any, contact: int, **_options: Any) -> None:
        found = Contact.objects.select_related("skill", "script_run").filter(pk=contact).first()
        if found is None:
            raise CommandError(f"There is no contact {contact}.")
        self.stdout.write(
            f"contact {found.pk}: {found.state}, {found.direction}, skill {found.skill.name}, "
            f"business unit {found.business_unit_id}"
        )
        for at, _kind, _place, words in sorted(_lines(found)):
            first, *rest = words.split("\n")
            self.stdout.write(f"{at.isoformat(timespec='milliseconds')}  {first}")
            for line in rest:
                self.stdout.write(f"{'':31}{line}")


def _lines(contact: Contact) -> Iterator[Line]:
    offers = list(Offer.objects.filter(contact=contact).select_related("decision").order_by("id"))
    events = list(ContactEvent.objects.filter(contact=contact).select_related("by").order_by("id"))
    names = usernames_of(
        {one.agent_id for one in offers}
        | {one.agent_id for one in events if one.agent_id}
        | {
            row["agent"]
            for one in offers
            if hasattr(one, "decision")
            for row in one.decision.agents_considered
        }
    )
    for event in events:
        if event.kind not in TOLD_BY_OFFERS | TOLD_BY_MESSAGES:
            yield event.at, EVENT, event.pk, _event(event, names)
    for step in TraceStep.objects.filter(contact=contact).order_by("position"):
        branch = f" -> {step.branch}" if step.branch else ""
        yield step.at, STEP, step.position, f"script   {step.action_type} {step.action_id}{branch}"
    for offer in offers:
        yield offer.offered_at, OFFER, offer.pk, _offer(offer, names)
        if offer.settled_at is not None:
            yield (
                offer.settled_at,
                OFFER,
                offer.pk,
                f"offer {offer.pk}  {offer.state} ({offer.reason}): {names.get(offer.agent_id)}",
            )
    for message in Message.objects.filter(contact=contact).order_by("position"):
        reason = f" ({message.status_reason})" if message.status_reason else ""
        size = f"{message.segments} segment{'' if message.segments == 1 else 's'}"
        words = f"text {message.position}   {message.direction}, {message.status}{reason}, {size}"
        yield message.created_at, MESSAGE, message.position, words


def _event(event: ContactEvent, names: dict[int, str]) -> str:
    who = names.get(event.agent_id or 0, "")
    by = event.by.username if event.by else ""
    data = ", ".join(f"{name}={value}" for name, value in event.data.items() if value is not None)
    details = [who, f"by {by}" if by and by != who else "", f"[{data}]" if data else ""]
    return " ".join(["event    " + event.kind, *(one for one in details if one)])


def _offer(offer: Offer, names: dict[int, str]) -> str:
    lines = [f"offer {offer.pk}  to {names.get(offer.agent_id)} until {offer.expires_at:%H:%M:%S}"]
    decision = getattr(offer, "decision", None)
    if decision is None:
        return "\n".join([*lines, "  no record of the decision was kept"])
    for row in decision.agents_considered:
        load = f", {row['load']} of {row['limit']} sessions" if "limit" in row else ""
        proficiency = f", proficiency {row['proficiency']}" if row.get("proficiency") else ""
        reason = f" ({row['reason']})" if row.get("reason") else ""
        lines.append(f"  agent {names.get(row['agent'])}: {row['outcome']}{reason}{proficiency}{load}")
    lines += [
        f"  contact {row['contact']}: {row['outcome']}, priority {row['priority']}"
        for row in decision.contacts_considered
    ]
    return "\n".join(lines)
