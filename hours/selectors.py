"""What the stored hours say."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hours.models import WEEKDAYS, HoursOfOperation
from hours.schedule import Answer, Schedule, State, answer_at
from hours.spans import parse_spans
from hours.special_days import parse_special_days


def schedule_of(hours: HoursOfOperation) -> Schedule:
    """The hours as the schedule that answers questions."""
    is_set = hours.override != HoursOfOperation.Override.NONE
    return Schedule(
        zone=ZoneInfo(hours.time_zone or hours.business_unit.time_zone),
        week=tuple(parse_spans(getattr(hours, day)) for day in WEEKDAYS),
        special_days=parse_special_days(hours.special_days),
        override=State(hours.override) if is_set else None,
    )


def hours_named(*, business_unit_id: int, name: str) -> HoursOfOperation | None:
    """The active hours of a business unit with this name, without regard to case."""
    return (
        HoursOfOperation.objects.filter(business_unit_id=business_unit_id, name__iexact=name, is_active=True)
        .select_related("business_unit")
        .first()
    )


def answer_of(*, business_unit_id: int, name: str, moment: datetime) -> Answer | None:
    """What the hours with this name say about a moment; None when there are none."""
    hours = hours_named(business_unit_id=business_unit_id, name=name)
    return None if hours is None else answer_at(schedule_of(hours), moment)
