"""Contacts with a past: their logs as the product writes them, at times that the test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from agents.models import Agent
from contacts.models import Contact, ContactEvent
from reporting.services import roll_up
from skills.models import Skill
from tests.factories.contacts import ContactEventFactory, ContactFactory, MessageFactory

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday. Times in these tests are seconds since."""

Happened = tuple[float, str] | tuple[float, str, Agent] | tuple[float, str, Skill]


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def contact_with(skill: Skill, *happened: Happened, **values: Any) -> Contact:
    """A contact of a skill and what happened to it: (seconds, kind, whose or where to)."""
    closing = [seconds for seconds, kind, *_who in happened if kind == "closed"]
    if closing:
        values = {"state": Contact.State.CLOSED, "closed_at": at(closing[-1]), **values}
    contact = ContactFactory.create(
        business_unit=skill.business_unit, point_of_contact__skill=skill, created_at=at(0), **values
    )
    add_events(contact, *happened)
    return contact


def add_events(contact: Contact, *happened: Happened) -> None:
    for seconds, kind, *who in happened:
        _add_event(contact, seconds, kind, who[0] if who else None)


def _add_event(contact: Contact, seconds: float, kind: str, who: Any) -> None:
    data: dict[str, Any] = {}
    agent = who if isinstance(who, Agent) else None
    if kind in ("queued", "started", "transferred"):
        data["skill"] = who.pk if isinstance(who, Skill) else contact.skill_id
    if kind in ("message_received", "message_written"):
        is_outbound = kind == "message_written"
        data["message"] = MessageFactory.create(contact=contact, outbound=is_outbound).pk
    ContactEventFactory.create(
        contact=contact,
        kind=kind,
        at=at(seconds),
        agent=agent,
        by=agent.user if agent and kind == "message_written" else None,
        data=data,
    )


# The horizon of the product waits for every transaction of the server, also of the tests that run beside
# these in databases of their own. This one is that of our database alone; it needs a superuser.
OWN_SNAPSHOT = """
SELECT LEAST(
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
           (SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname = current_database())),
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       clock_timestamp()
"""


def rebuild() -> None:
    """Works inside the transaction of a test, which following new events does not."""
    roll_up.forget()
    roll_up.catch_up(seconds=60)


def events_of(contact: Contact) -> list[str]:
    return list(ContactEvent.objects.filter(contact=contact).order_by("id").values_list("kind", flat=True))
