"""Which contacts took a branch of a script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.http import QueryDict

from contacts.models import TraceStep
from core.clock import database_now
from organizations.models import User
from organizations.selectors import objects_within_reach
from scripts.interpreter.registry import REGISTRY
from scripts.models import Script
from scripts.selectors import draft_of, published_version
from scripts.specification import branch_label

PER_PAGE: Final = 50
MOST_PAGES: Final = 200
LAST_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Question:
    """An action and one of its branches, and the days, both included, in the business unit's time zone."""

    action: str
    branch: str
    first: date
    last: date
    page: int
    zone: ZoneInfo

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """Not included."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


def read_question(script: Script, given: QueryDict) -> Question:
    """Days that cannot be read are the last 30, and those in the wrong order are turned round."""
    zone = ZoneInfo(script.business_unit.time_zone)
    today = database_now().astimezone(zone).date()
    first = _day(given.get("from", "")) or today - timedelta(days=LAST_DAYS - 1)
    last = _day(given.get("to", "")) or max(today, first)
    page = given.get("page", "1")
    return Question(
        action=given.get("action", "")[:400],
        branch=given.get("branch", "")[:64],
        first=min(first, last),
        last=max(first, last),
        page=min(max(int(page), 1), MOST_PAGES) if page.isdecimal() and len(page) < 9 else 1,
        zone=zone,
    )


def steps_that_took(script: Script, question: Question, user: User) -> list[TraceStep]:
    """Of each contact the last time it took the branch, newest first: a page and one more."""
    of_branch = TraceStep.objects.filter(action_id=question.action, branch=question.branch)
    within = of_branch.filter(at__gte=question.begin, at__lt=question.end)
    later = within.filter(contact=OuterRef("contact"), position__gt=OuterRef("position"))
    rows = within.filter(~Exists(later), contact__script_run__version__script=script)
    start = (question.page - 1) * PER_PAGE
    return list(
        objects_within_reach(rows, user, "contact__business_unit")
        .select_related("contact__customer", "contact__skill", "contact__script_run__version")
        .order_by("-at", "-pk")[start : start + PER_PAGE + 1]
    )


def names_of(script: Script, question: Question) -> dict[str, str]:
    """What people call the action and the branch, by the newest version that has the action."""
    for version in (published_version(script), draft_of(script)):
        for action in version.definition["actions"] if version else ():
            if action["id"] == question.action:
                return _names(action, question.branch)
    return {"action": question.action, "branch": question.branch}


def _names(action: dict[str, Any], branch: str) -> dict[str, str]:
    known = REGISTRY.get(action["type"])
    label = action.get("label") or ("" if known is None else str(known.name))
    return {"action": f"{action['type']} · {label}", "branch": branch_label(action["type"], branch)}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
