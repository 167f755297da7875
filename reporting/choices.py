"""What a report is asked for: the business unit, the days, what to look at; from the query of an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Agent, Team
from campaigns.models import Campaign
from core.clock import database_now
from core.errors import RuleBroken
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from organizations.selectors import business_units_within_reach
from points_of_contact.models import PointOfContact
from skills.models import Skill


class Period(StrEnum):
    """Days that move with the calendar, and CHOSEN: from one day to another."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    CHOSEN = "chosen"


PERIODS = {
    Period.TODAY: gettext_lazy("Today"),
    Period.YESTERDAY: gettext_lazy("Yesterday"),
    Period.LAST_7_DAYS: gettext_lazy("Last 7 days"),
    Period.LAST_30_DAYS: gettext_lazy("Last 30 days"),
    Period.THIS_MONTH: gettext_lazy("This month"),
    Period.LAST_MONTH: gettext_lazy("Last month"),
    Period.CHOSEN: gettext_lazy("From … to …"),
}


class By(StrEnum):
    """What each row of a table is about."""

    SKILL = "skill"
    CAMPAIGN = "campaign"
    AGENT = "agent"
    TEAM = "team"
    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HOUR_OF_DAY = "hour_of_day"
    DAY_OF_WEEK = "day_of_week"


BYS = {
    By.SKILL: gettext_lazy("Skill"),
    By.CAMPAIGN: gettext_lazy("Campaign"),
    By.AGENT: gettext_lazy("Agent"),
    By.TEAM: gettext_lazy("Team"),
    By.QUARTER: gettext_lazy("Quarter of an hour"),
    By.HOUR: gettext_lazy("Hour"),
    By.DAY: gettext_lazy("Day"),
    By.WEEK: gettext_lazy("Week"),
    By.MONTH: gettext_lazy("Month"),
    By.HOUR_OF_DAY: gettext_lazy("Hour of the day"),
    By.DAY_OF_WEEK: gettext_lazy("Day of the week"),
}

TIMES = (By.QUARTER, By.HOUR, By.DAY, By.WEEK, By.MONTH, By.HOUR_OF_DAY, By.DAY_OF_WEEK)
LONGEST_DAYS = {By.QUARTER: 8, By.HOUR: 62}
"""So that a table has at most some 1,500 rows."""
MOST_DAYS = 1100

MODELS: Mapping[str, type[Model]] = {
    "skill": Skill,
    "campaign": Campaign,
    "agent": Agent,
    "team": Team,
    "disposition": Disposition,
    "tag": Tag,
    "point_of_contact": PointOfContact,
}
FILTERS = {
    "skill": gettext_lazy("Skill"),
    "campaign": gettext_lazy("Campaign"),
    "agent": gettext_lazy("Agent"),
    "team": gettext_lazy("Team"),
    "disposition": gettext_lazy("Disposition"),
    "tag": gettext_lazy("Tag"),
    "point_of_contact": gettext_lazy("Point of contact"),
}
MOST_SUGGESTIONS = 300


@dataclass(frozen=True, slots=True)
class Choices:
    """What was asked for. Days are those of the business unit's time zone, both included.

    `chosen` has the ids of objects by filter; a filter that is not in it leaves nothing out.
    """

    unit: BusinessUnit
    period: Period
    first: date
    last: date
    by: By
    chosen: Mapping[str, Sequence[int]]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.unit.time_zone)

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """Not included."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)

    def ids(self, name: str) -> list[int] | None:
        """The ids of a filter for a query; None leaves nothing out."""
        found = self.chosen.get(name)
        return None if found is None else list(found)


def read(
    query: QueryDict | Mapping[str, Any],
    user: User,
    *,
    bys: Sequence[By],
    filters: Iterable[str],
    default: Period,
) -> Choices:
    """Raises RuleBroken with a sentence for each field that cannot be understood."""
    problems: dict[str, list[str]] = {}
    unit = unit_of(query, user)
    today = database_now().astimezone(ZoneInfo(unit.time_zone)).date()
    period = _one_of(Period, query.get("period") or default, "period", problems)
    first, last = _days(query, period, today, problems)
    by = _one_of(By, query.get("by") or bys[0], "by", problems)
    if by not in bys:
        problems.setdefault("by", [_("Choose one of: %(names)s.") % {"names": ", ".join(bys)}])
    longest = LONGEST_DAYS.get(by, MOST_DAYS)
    if not problems and (last - first).days >= longest:
        sentence = _("Choose at most %(days)s days, or longer steps.")
        problems["period"] = [sentence % {"days": longest}]
    chosen = {}
    for name in filters:
        ids = _ids(MODELS[name], unit, str(query.get(name, "")), name, problems)
        if ids is not None:
            chosen[name] = ids
    if problems:
        raise RuleBroken(" ".join(text for texts in problems.values() for text in texts), fields=problems)
    return Choices(unit, period, first, last, by, chosen)


def unit_of(query: Mapping[str, Any], user: User) -> BusinessUnit:
    """The business unit asked for, else the user's own. Raises RuleBroken when he reaches none."""
    units = business_units_within_reach(user).order_by("name", "pk")
    wanted = str(query.get("business_unit", ""))
    if wanted:
        found = units.filter(name__iexact=wanted).first()
        if found is None and wanted.isdecimal() and len(wanted) < 18:
            found = units.filter(pk=int(wanted)).first()
    else:
        found = units.filter(pk=user.business_unit_id or 0).first() or units.first()
    if found is None:
        sentence = _("There is no such business unit.")
        raise RuleBroken(sentence, fields={"business_unit": [sentence]})
    return found


def _one_of(kind: Any, value: str, name: str, problems: dict[str, list[str]]) -> Any:
    if value in tuple(kind):
        return kind(value)
    problems[name] = [_("Choose one of: %(names)s.") % {"names": ", ".join(kind)}]
    return next(iter(kind))


def _days(
    query: Mapping[str, Any], period: Period, today: date, problems: dict[str, list[str]]
) -> tuple[date, date]:
    month = today.replace(day=1)
    match period:
        case Period.TODAY:
            return today, today
        case Period.YESTERDAY:
            return today - timedelta(days=1), today - timedelta(days=1)
        case Period.LAST_7_DAYS:
            return today - timedelta(days=6), today
        case Period.LAST_30_DAYS:
            return today - timedelta(days=29), today
        case Period.THIS_MONTH:
            return month, today
        case Period.LAST_MONTH:
            end = month - timedelta(days=1)
            return end.replace(day=1), end
    first, last = _day(query, "from", problems), _day(query, "to", problems)
    if first > last:
        problems["to"] = [_("The last day must not be before the first.")]
    return first, last


def _day(query: Mapping[str, Any], name: str, problems: dict[str, list[str]]) -> date:
    try:
        found = date.fromisoformat(str(query.get(name, "")))
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2100:
        problems[name] = [_("Write the day as 2026-03-31.")]
        return date(2000, 1, 1)
    return found


def key_of(model: type[Model]) -> str:
    """The column of the name that people and programs use."""
    return "user__username" if model is Agent else "name"


def _ids(
    model: type[Model], unit: BusinessUnit, text: str, name: str, problems: dict[str, list[str]]
) -> list[int] | None:
    """The objects named, with commas between them."""
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    if not wanted:
        return None
    key = key_of(model)
    rows = model._default_manager.filter(business_unit=unit)
    found = []
    for one in wanted[:50]:
        pk = rows.filter(**{f"{key}__iexact": one}).values_list("pk", flat=True).first()
        if pk is None:
            sentence = _("There is no “%(name)s” in this business unit.") % {"name": one}
            problems.setdefault(name, []).append(sentence)
        else:
            found.append(pk)
    return found


def suggestions(name: str, unit: BusinessUnit) -> list[str]:
    """What to offer while somebody types a name."""
    key = key_of(MODELS[name])
    rows = MODELS[name]._default_manager.filter(business_unit=unit).order_by(key)
    return list(rows.values_list(key, flat=True)[:MOST_SUGGESTIONS])
