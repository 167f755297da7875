"""Who may see reports, and whose."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from contacts.models import Contact, Message
from core.errors import NotAllowed
from core.permissions import Verb, allows, require, sentence_about
from organizations.models import User
from organizations.selectors import objects_within_reach
from reporting.models import Plan, Report

EXPORT = "reporting.export_report"
PLAN = "reporting.plan_report"


def reader(request: HttpRequest | Any) -> User:
    """The user, who may see reports. Raises NotAllowed."""
    require(request.user, Report, Verb.VIEW)
    return cast("User", request.user)


def reader_of_contacts(request: HttpRequest | Any) -> User:
    """The user, who may see reports and contacts. Raises NotAllowed."""
    user = reader(request)
    require(user, Contact, Verb.VIEW)
    return user


def may_read_texts(user: User) -> bool:
    return allows(user, Message, Verb.VIEW)


def may_export(user: User) -> bool:
    return user.has_perm(EXPORT)


def require_export(user: User) -> None:
    """Raises NotAllowed."""
    if not may_export(user):
        raise NotAllowed(sentence_about([EXPORT]))


def reports_of(user: User) -> QuerySet[Report]:
    """His own saved reports, and those shared in his business unit."""
    reached = objects_within_reach(Report.objects.all(), user)
    return reached.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner").order_by("name", "pk")


def may_plan(user: User) -> bool:
    return user.has_perm(PLAN)


def require_plan(user: User) -> None:
    """Raises NotAllowed."""
    if not may_plan(user):
        raise NotAllowed(sentence_about([PLAN]))


def plans_of(user: User) -> QuerySet[Plan]:
    """All of his business unit, newest first: whoever sees reports sees them."""
    reached = objects_within_reach(Plan.objects.all(), user)
    return reached.select_related("owner", "business_unit").order_by("-created_at", "-pk")
