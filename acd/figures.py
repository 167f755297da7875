"""What the lists say at a glance: figures that the database adds to the rows of a page.

Each function annotates a query. They are subqueries of the output only, so that the database works them out
for the rows of the page and not for all, unless the list is sorted by one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agents.models import AgentSkill
from contacts.models import Message
from contacts.selectors import waiting_of_skill
from core.clock import database_now
from messaging.models import OptOut, SendWindow
from points_of_contact.models import PointOfContact
from reporting.kinds.service_level import level_of_skill
from scripts.models import ScriptVersion

Rows = QuerySet[Any]
SETTLED = (Message.Status.SENT, Message.Status.DELIVERED, Message.Status.FAILED)
"""Texts of which the provider has said something."""


def start_of_day(user: Any) -> datetime:
    """When today began where the user works: in the time zone of his business unit."""
    unit = getattr(user, "business_unit", None)
    zone = ZoneInfo(unit.time_zone if unit is not None else settings.TIME_ZONE)
    return database_now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def number_of(model: type[Model], field: str, **only: Any) -> Coalesce:
    """How many objects refer to the row by this field."""
    rows = model._default_manager.filter(**{field: OuterRef("pk")}, **only)
    return Coalesce(Subquery(rows.order_by().values(field).annotate(number=Count("pk")).values("number")), 0)


def of_skills(rows: Rows, since: datetime) -> Rows:
    """Active agents, contacts that wait, and the service level since then."""
    return rows.annotate(
        agent_count=number_of(AgentSkill, "skill", agent__is_active=True),
        waiting=Coalesce(waiting_of_skill(), 0),
        service_level=level_of_skill(since=since),
    )


def of_agents(rows: Rows) -> Rows:
    """Active skills of each."""
    return rows.annotate(skill_count=number_of(AgentSkill, "agent", skill__is_active=True))


def of_registrations(rows: Rows) -> Rows:
    """The last text each way, how the last one sent fared, why sending pauses, and who opted out."""
    texts = Message.objects.filter(transport_code=OuterRef("pk")).order_by("-id")
    inbound = texts.filter(direction=Message.Direction.INBOUND)
    outbound = texts.filter(direction=Message.Direction.OUTBOUND)
    settled = outbound.filter(status__in=SETTLED)
    window = SendWindow.objects.filter(registration=OuterRef("pk"), paused_until__gt=database_now())
    return rows.annotate(
        last_in=Subquery(inbound.values("created_at")[:1]),
        last_out=Subquery(outbound.values("created_at")[:1]),
        last_status=Subquery(settled.values("status")[:1]),
        last_reason=Subquery(settled.values("status_reason")[:1]),
        pause_reason=Subquery(window.values("pause_reason")[:1]),
        opted_out=number_of(OptOut, "registration", opted_in_at__isnull=True),
    )


def of_points_of_contact(rows: Rows) -> Rows:
    """The version of the script that new contacts run; null: none is published."""
    published = ScriptVersion.objects.filter(script=OuterRef("script"), status=ScriptVersion.Status.PUBLISHED)
    return rows.annotate(script_version=Subquery(published.values("number")[:1]))


def of_scripts(rows: Rows) -> Rows:
    """The published version, and the points of contact that run it."""
    published = ScriptVersion.objects.filter(script=OuterRef("pk"), status=ScriptVersion.Status.PUBLISHED)
    return rows.annotate(
        version=Subquery(published.values("number")[:1]), use_count=number_of(PointOfContact, "script")
    )


def counted(rows: Rows, model: type[Model], field: str, **only: Any) -> Rows:
    """How many objects refer to each row, as `use_count`."""
    return rows.annotate(use_count=number_of(model, field, **only))
