"""Reports that are kept under a name, shared, and sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core import configuration
from core.clock import database_now
from core.configuration import rule_broken
from core.errors import NotAllowed
from organizations.models import BusinessUnit, User
from reporting.access import require_export
from reporting.models import Report

SENT_AT = time(6)
"""In the business unit's time zone: before the day begins, with the whole of the day before."""


def save_report(*, by: User, instance: Report | None = None, **values: Any) -> Report:
    """Keep a report, or change one that is his own. Sending needs the permission to export.

    Raises NotAllowed, and RuleBroken with the sentences by field.
    """
    report = instance or Report(owner=by)
    if instance is not None:
        _require_owner(by, instance)
    frequency = values.get("frequency", report.frequency)
    if frequency != Report.Frequency.NEVER:
        require_export(by)
        if not values.get("recipients", report.recipients).strip():
            raise rule_broken({"recipients": [_("Name at least one recipient.")]})
    unit: BusinessUnit = values.get("business_unit") or report.business_unit
    if frequency != report.frequency or instance is None:
        values["next_at"] = next_sending(frequency, unit.time_zone, after=database_now())
    return configuration.save(report, by=by, values=values, part_of=Report)


def delete_report(*, by: User, instance: Report) -> None:
    """Forget a report of his own. Raises NotAllowed."""
    _require_owner(by, instance)
    instance.delete()


def _require_owner(by: User, report: Report) -> None:
    if report.owner_id != by.pk and not by.is_superuser:
        raise NotAllowed(_("Only its owner changes a saved report. Save it under a name of your own."))


def next_sending(frequency: str, zone: str, *, after: datetime) -> datetime | None:
    """The next time that a report is due, after a moment; None: never."""
    local = after.astimezone(ZoneInfo(zone))
    day = local.date()
    for _step in range(40):
        moment = datetime.combine(day, SENT_AT, ZoneInfo(zone))
        if moment > after and _is_day(frequency, day):
            return moment
        day += timedelta(days=1)
    return None


def _is_day(frequency: str, day: date) -> bool:
    match frequency:
        case Report.Frequency.DAILY:
            return True
        case Report.Frequency.WEEKLY:
            return day.weekday() == 0
        case Report.Frequency.MONTHLY:
            return day.day == 1
        case _:
            return False
