"""What is counted of contacts: who waits, and how soon they were answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import (
    Count,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
)

from agents.models import AgentState
from contacts.models import Contact, Lane, ScriptRun
from core.permissions import Verb, allows
from scripts.interpreter.catalogue import QueueFigures
from scripts.models import Script
from skills.models import Skill

MOST_COUNTED = 1_000
"""Contacts of a queue that a script counts: texts that come in wait for it, however long the queue is."""


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
    is_free = is_available & Q(next_reason="", load__lt=F("limit"), cooling_until__isnull=True)
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


def may_trace(user: Any, contact_id: int) -> bool:
    """Whether a person may look at the way of a contact through its script, and there is one."""
    may_look = allows(user, Script, Verb.VIEW) and allows(user, Contact, Verb.VIEW)
    return may_look and ScriptRun.objects.filter(contact_id=contact_id).exists()
