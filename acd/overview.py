"""The first page of the configuration: what is set up, what is missing, what needs a hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acd import figures
from acd.choices import title_of
from agents.models import Agent, AgentSkill, Team
from campaigns.models import Campaign
from contacts.models import Message
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from messaging.models import Delivery
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptVersion
from skills.models import Skill
from sms_registrations.models import SmsRegistration

NAMED = 5
"""So many objects of a problem are named; the rest is counted."""

STEPS: tuple[tuple[type[Model], Promise, bool], ...] = (
    (SmsRegistration, _("The numbers that customers text."), True),
    (Campaign, _("Groupings of skills, for reports."), True),
    (Skill, _("The queues, and what agents need to serve them."), True),
    (Script, _("What happens between a text and the queue."), True),
    (PointOfContact, _("Which script and skill a number leads to."), True),
    (Agent, _("The people who answer."), True),
    (Team, _("Agents who share limits."), False),
    (Disposition, _("The outcome that agents record."), False),
    (Tag, _("Marks that agents put on contacts."), False),
    (QuickReply, _("Texts that agents insert by a few letters."), False),
    (HoursOfOperation, _("When it is open, for scripts."), False),
)
"""In the order in which a channel is set up: what is counted, what it is for, whether one is needed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of object, and how far it is."""

    title: str | Promise
    purpose: Promise
    is_needed: bool
    active: int
    inactive: int
    address: str
    create_address: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps texts from being answered, and where it is mended."""

    sentence: Promise
    advice: Promise
    number: int
    named: tuple[tuple[str, str], ...]
    """The first objects: title and address."""

    @property
    def left_out(self) -> int:
        return self.number - len(self.named)


def steps(site: Any, request: HttpRequest) -> list[Step]:
    """What the reader may see of the set-up, in order."""
    found = []
    for model, purpose, is_needed in STEPS:
        page = site.page_of(model)
        if page is None or not page.has_view_permission(request):
            continue
        counts = page.get_queryset(request).aggregate(
            active=Count("pk", filter=Q(is_active=True)), inactive=Count("pk", filter=Q(is_active=False))
        )
        add = page.address("add") if page.has_add_permission(request) else ""
        title = model._meta.verbose_name_plural or ""
        found.append(
            Step(title, purpose, is_needed, **counts, address=page.address("changelist"), create_address=add)
        )
    return found


def problems(site: Any, request: HttpRequest) -> list[Problem]:
    """What needs a hand, of what the reader may see."""
    found = []
    for model, sentence, advice, narrow in CHECKS:
        page = site.page_of(model)
        if page is None or not page.has_view_permission(request):
            continue
        rows = narrow(page.get_queryset(request))
        number = rows.count()
        if number:
            named = tuple((title_of(row), page.address("change", row.pk)) for row in rows[:NAMED])
            found.append(Problem(sentence, advice, number, named))
    return found


def _failing(rows: QuerySet[Any]) -> QuerySet[Any]:
    is_failing = Q(pause_reason__isnull=False) | Q(last_status=Message.Status.FAILED)
    return figures.of_registrations(rows.filter(is_active=True)).filter(is_failing).order_by("pk")


def _unheard(rows: QuerySet[Any]) -> QuerySet[Any]:
    listens = PointOfContact.objects.filter(transport_code=OuterRef("pk"), is_active=True)
    sends = Skill.objects.filter(transport_code=OuterRef("pk"), is_active=True)
    return rows.filter(~Exists(listens), ~Exists(sends), is_active=True).order_by("pk")


def _unstaffed(rows: QuerySet[Any]) -> QuerySet[Any]:
    staff = AgentSkill.objects.filter(skill=OuterRef("pk"), agent__is_active=True)
    return rows.filter(~Exists(staff), is_active=True).order_by("name", "pk")


def _scriptless(rows: QuerySet[Any]) -> QuerySet[Any]:
    published = ScriptVersion.objects.filter(script=OuterRef("script"), status=ScriptVersion.Status.PUBLISHED)
    return rows.filter(~Exists(published) | Q(script__is_active=False), is_active=True).order_by("name", "pk")


def _idle(rows: QuerySet[Any]) -> QuerySet[Any]:
    served = AgentSkill.objects.filter(agent=OuterRef("pk"), skill__is_active=True)
    idle = rows.filter(~Exists(served), is_active=True)
    return idle.select_related("user").order_by("user__username", "pk")


def _parked(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(parked_at__isnull=False, processed_at__isnull=True).order_by("-pk")


CHECKS: tuple[tuple[type[Model], Promise, Promise, Any], ...] = (
    (
        SmsRegistration,
        _("SMS registrations whose texts fail"),
        _("Check the credentials, and what the provider says."),
        _failing,
    ),
    (
        SmsRegistration,
        _("SMS registrations that nothing uses"),
        _("Create a point of contact for each, or deactivate it."),
        _unheard,
    ),
    (Skill, _("Skills without agents"), _("Nobody gets their contacts: assign agents."), _unstaffed),
    (
        PointOfContact,
        _("Points of contact without a script that runs"),
        _("Publish the script, or choose another."),
        _scriptless,
    ),
    (Agent, _("Agents without skills"), _("They get no contacts: assign skills."), _idle),
    (Delivery, _("Deliveries that could not be processed"), _("They wait for a person."), _parked),
)


def missing(shown: list[Step]) -> Iterator[Step]:
    """What is needed before a text can be answered, and is not there."""
    return (step for step in shown if step.is_needed and not step.active)
