"""Special days between the plain objects that are stored and those that the schedule asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from hours.schedule import SpecialDay
from hours.spans import HoursError, parse_spans, write_spans

MOST: Final = 400
LONGEST_NAME: Final = 100
KEYS: Final = ("date", "name", "hours", "is_holiday", "every_year")


def parse_special_days(given: object) -> tuple[SpecialDay, ...]:
    """The days by date. Raises HoursError, naming the entry that is wrong."""
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise HoursError(_("Give a list of special days."))
    if len(given) > MOST:
        raise HoursError(_("There are at most %(number)d special days.") % {"number": MOST})
    days = sorted((_parse(entry) for entry in given), key=lambda one: (one.day, one.every_year))
    seen: set[object] = set()
    for day in days:
        key = (day.day.month, day.day.day) if day.every_year else day.day
        if key in seen:
            raise HoursError(_("%(date)s is there twice.") % {"date": day.day.isoformat()})
        seen.add(key)
    return tuple(days)


def write_special_days(days: Sequence[SpecialDay]) -> list[dict[str, Any]]:
    """As they are stored and exported."""
    return [
        {
            "date": day.day.isoformat(),
            "name": day.name,
            "hours": write_spans(day.spans),
            "is_holiday": day.is_holiday,
            "every_year": day.every_year,
        }
        for day in days
    ]


def _parse(entry: object) -> SpecialDay:
    if not isinstance(entry, Mapping) or not {"date"} <= entry.keys() <= set(KEYS):
        raise HoursError(
            _("A special day is an object with a date, and with name, hours, is_holiday and every_year.")
        )
    on, name = _date(entry["date"]), entry.get("name", "")
    if not isinstance(name, str) or len(name.strip()) > LONGEST_NAME or "\x00" in name:
        raise HoursError(
            _("%(date)s: the name is a text of at most %(number)d characters.")
            % {"date": on.isoformat(), "number": LONGEST_NAME}
        )
    is_holiday, every_year = entry.get("is_holiday", True), entry.get("every_year", False)
    if not isinstance(is_holiday, bool) or not isinstance(every_year, bool):
        raise HoursError(
            _("%(date)s: is_holiday and every_year are true or false.") % {"date": on.isoformat()}
        )
    hours = entry.get("hours", "")
    if not isinstance(hours, str):
        raise HoursError(_("%(date)s: write the hours as text.") % {"date": on.isoformat()})
    try:
        spans = parse_spans(hours)
    except HoursError as error:
        raise HoursError(f"{on.isoformat()}: {error}") from error
    return SpecialDay(day=on, name=name.strip(), spans=spans, is_holiday=is_holiday, every_year=every_year)


def _date(given: object) -> date:
    try:
        if isinstance(given, str) and len(given) == len("2026-12-25"):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise HoursError(_("“%(date)s” is no date. Write it as 2026-12-25.") % {"date": str(given)[:40]})
