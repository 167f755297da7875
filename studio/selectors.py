"""What Studio's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agents.models import Agent
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import BusinessUnit, User
from organizations.selectors import business_units_within_reach, objects_within_reach
from points_of_contact.models import PointOfContact
from scripts.models import Script, ScriptSecret, ScriptVersion
from skills.models import Skill

DRAFT, PUBLISHED, NEVER = "draft", "published", "never"
"""Filters of the list: with changes that wait, with a published version, without one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list of scripts."""

    script: Script
    published: ScriptVersion | None
    draft: ScriptVersion | None
    points_of_contact: list[PointOfContact]

    @property
    def last(self) -> ScriptVersion | None:
        """What was saved last."""
        return max(filter(None, [self.published, self.draft]), key=lambda one: one.saved_at, default=None)


def scripts_listed(user: User, *, search: str = "", status: str = "") -> QuerySet[Script]:
    """The scripts that the user reaches, those changed last first; `rows_of` reads what their lines show."""
    last = ScriptVersion.objects.filter(script=OuterRef("pk")).order_by("-saved_at").values("saved_at")[:1]
    found = objects_within_reach(Script.objects.all(), user).alias(
        last_saved=Coalesce(Subquery(last), "created_at"),
        published_count=Count("versions", filter=Q(versions__status=ScriptVersion.Status.PUBLISHED)),
        draft_count=Count("versions", filter=Q(versions__status=ScriptVersion.Status.DRAFT)),
    )
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(pk__in=PointOfContact.objects.filter(name__icontains=search).values("script"))
        )
    if status == DRAFT:
        found = found.filter(draft_count__gt=0)
    elif status == PUBLISHED:
        found = found.filter(published_count__gt=0)
    elif status == NEVER:
        found = found.filter(published_count=0)
    return found.select_related("business_unit").order_by("-last_saved", "-pk")


def rows_of(scripts: QuerySet[Script]) -> list[Row]:
    """The lines of a page of scripts, in a fixed number of queries."""
    current = (
        ScriptVersion.objects.exclude(status=ScriptVersion.Status.SUPERSEDED)
        .select_related("created_by")
        .defer("definition")
    )
    users = PointOfContact.objects.filter(is_active=True).order_by("name")
    return [
        _row(script)
        for script in scripts.prefetch_related(
            Prefetch("versions", current, to_attr="current"),
            Prefetch("points_of_contact", users, to_attr="used_by"),
        )
    ]


def _row(script: Any) -> Row:
    by_status = {version.status: version for version in script.current}
    return Row(
        script=script,
        published=by_status.get(ScriptVersion.Status.PUBLISHED),
        draft=by_status.get(ScriptVersion.Status.DRAFT),
        points_of_contact=script.used_by,
    )


def units_to_create_in(user: User) -> QuerySet[BusinessUnit]:
    """The business units that a new script may belong to, the user's own first."""
    return business_units_within_reach(user).filter(is_active=True).order_by("name")


def names_to_choose(unit: BusinessUnit) -> dict[str, list[dict[str, str]]]:
    """What scripts of the unit may name, for the pickers of the properties: by the kind of the property."""
    skills = Skill.objects.filter(business_unit=unit, is_active=True, direction=Skill.Direction.INBOUND)
    agents = Agent.objects.filter(business_unit=unit, is_active=True).select_related("user")
    tags = Tag.objects.filter(business_unit=unit, is_active=True)
    dispositions = Disposition.objects.filter(business_unit=unit, is_active=True)
    secrets = ScriptSecret.objects.filter(business_unit=unit, is_active=True)
    hours = HoursOfOperation.objects.filter(business_unit=unit, is_active=True)
    scripts = Script.objects.filter(
        business_unit=unit, is_active=True, versions__status=ScriptVersion.Status.PUBLISHED
    )
    return {
        "hours": _choices(hours),
        "secret": _choices(secrets),
        "script": _choices(scripts.distinct()),
        "tag": _choices(tags),
        "disposition": _choices(dispositions),
        "skill": _choices(skills),
        "agent": [
            {"value": agent.user.username, "label": str(agent)} for agent in agents.order_by("user__username")
        ],
    }


def points_of_contact(unit: BusinessUnit) -> list[dict[str, Any]]:
    """Where customers of the unit may write to, for tries: the number, its queue and its script."""
    rows = PointOfContact.objects.filter(business_unit=unit, is_active=True)
    return [
        {
            "name": point.name,
            "number": point.transport_code.transport_code,
            "skill": point.skill.name,
            "script": point.script_id,
        }
        for point in rows.select_related("transport_code", "skill").order_by("name", "pk")
    ]


def _choices(rows: QuerySet[Any]) -> list[dict[str, str]]:
    return [{"value": name, "label": name} for name in rows.order_by("name").values_list("name", flat=True)]
