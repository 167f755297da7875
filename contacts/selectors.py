"""What is counted of contacts: who waits, and how soon they were answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, NullIf

from agents.models import AgentState
from contacts.models import Contact, Lane
from scripts.interpreter.catalogue import QueueFigures
from skills.models import Skill

MOST_COUNTED = 1_000
"""Contacts of a queue that a script counts: texts that come in wait for it, however long the queue is."""

ANSWERED = Q(accepted_at__gte=F("queued_at"))
"""Accepted since it entered the queue of its present skill: a transfer queues anew."""


def _seconds(column: str) -> ExpressionWrapper:
    second = Value(timedelta(seconds=1), output_field=DurationField())
    return ExpressionWrapper(F(column) * second, output_field=DurationField())


def service_level(contacts: QuerySet[Contact], *, by: str) -> QuerySet[Any, Any]:
    """The service level of the contacts grouped by the column `by`.

    `percent` = in time / counted x 100. In time: accepted within the threshold of the contact's skill, from
    the moment it entered the queue. Counted: all that were `accepted`, and all that closed without
    (`abandoned`), except short abandons if the skill leaves these out. Contacts that still wait, and those
    that never entered a queue, do not count. `percent` is null where nothing counts.
    """
    wait = ExpressionWrapper(F("accepted_at") - F("queued_at"), output_field=DurationField())
    stay = ExpressionWrapper(F("closed_at") - F("queued_at"), output_field=DurationField())
    is_abandoned = (
        Q(state=Contact.State.CLOSED)
        & (Q(accepted_at__isnull=True) | Q(accepted_at__lt=F("queued_at")))
        & (
            Q(skill__short_abandon_enabled=False)
            | Q(stay__gt=_seconds("skill__short_abandon_threshold_seconds"))
        )
    )
    in_time = Count("pk", filter=ANSWERED & Q(wait__lte=_seconds("skill__service_level_threshold_seconds")))
    counted = Count("pk", filter=ANSWERED | is_abandoned)
    return (
        contacts.filter(queued_at__isnull=False)
        .annotate(wait=wait, stay=stay)
        .order_by()
        .values(by)
        .annotate(
            percent=Value(100.0) * Cast(in_time, FloatField()) / NullIf(counted, Value(0)),
            accepted=Count("pk", filter=ANSWERED),
            abandoned=Count("pk", filter=is_abandoned),
        )
    )


def service_level_of_skill(*, since: datetime) -> Subquery:
    """For a query over skills: the service level of contacts that entered the queue since then, or null."""
    mine = Contact.objects.filter(skill=OuterRef("pk"), queued_at__gte=since)
    return Subquery(service_level(mine, by="skill").values("percent"), output_field=FloatField())


def waiting_of_skill() -> Subquery:
    """For a query over skills: how many contacts are in its queue; null when there are none."""
    # By its lanes, whose index holds only contacts that wait.
    mine = Contact.objects.filter(lane__skill=OuterRef("pk"), state=Contact.State.QUEUED)
    return Subquery(mine.order_by().values("lane__skill").annotate(number=Count("pk")).values("number"))


def queue_figures(skill: Skill, moment: datetime) -> QueueFigures:
    """Who waits in the queue of a skill, and who could answer.

    Counts `MOST_COUNTED` contacts at most. Where that many wait, the longest wait is that of the first of
    each lane and of those that were counted.
    """
    counted = Contact.objects.filter(lane__skill=skill, state=Contact.State.QUEUED).order_by()[:MOST_COUNTED]
    waiting = counted.aggregate(number=Count("pk"), oldest=Min("queued_at"))
    staff = AgentState.objects.filter(
        agent__is_active=True, agent__agent_skills__skill=skill, vanished_at__isnull=True
    )
    is_available = Q(status=AgentState.Status.AVAILABLE)
    is_free = is_available & Q(next_reason="", load__lt=F("limit"))
    agents = staff.aggregate(
        free=Count("pk", filter=is_free),
        there=Count("pk", filter=is_available | Q(lease_until__gt=moment)),
    )
    oldest = waiting["oldest"]
    if waiting["number"] == MOST_COUNTED:
        oldest = min(oldest, _first_of_lanes(skill) or oldest)
    return QueueFigures(
        waiting=waiting["number"],
        longest_wait=0 if oldest is None else max(0, int((moment - oldest).total_seconds())),
        agents_free=agents["free"],
        agents_logged_in=agents["there"],
    )


def _first_of_lanes(skill: Skill) -> datetime | None:
    """Since when the longest waiting of those waits who are first in a lane of the skill."""
    ahead = Contact.objects.filter(lane=OuterRef("pk"), state=Contact.State.QUEUED)
    first = ahead.order_by(F("queue_key").desc(), "queued_at", "id").values("queued_at")[:1]
    lanes = Lane.objects.filter(skill=skill).annotate(first=Subquery(first))
    found: datetime | None = lanes.aggregate(longest=Min("first"))["longest"]
    return found
