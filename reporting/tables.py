"""Tables of figures, and how a figure is written. Pure.

A value is None where there is nothing to say: no service level without contacts is not one of 0 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Words = str | Promise
DASH = "\N{EN DASH}"
"""Stands where there is nothing to say."""
Values = Mapping[str, Any]


class Unit(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    PERCENT = "percent"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; its name is that of the REST API."""

    name: str
    title: Words
    unit: Unit = Unit.COUNT
    about: Words = ""

    @property
    def is_number(self) -> bool:
        return self.unit in (Unit.COUNT, Unit.SECONDS, Unit.PERCENT)


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart draws of a column, as `bar` or `line`; lines in percent have an axis of their own."""

    column: str
    mark: str = "bar"
    stack: str = ""
    half: str = ""
    """The column with the half of its confidence interval, drawn as a whisker."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures. `label` is the column that says what a row is about."""

    name: str
    title: Words
    label: str
    columns: Sequence[Column]
    rows: Sequence[Values]
    total: Values | None = None
    series: Sequence[Series] = ()
    flow: Sequence[Values] = field(default=())
    """For a picture of ways: {"source", "target", "value"}."""
    linked: str = ""
    """The column whose cells lead to the contacts behind a row, by the row's "link" where it has one."""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def percent(part: Any, whole: Any) -> float | None:
    """To a tenth; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def seconds(milliseconds: Any) -> float | None:
    """To a tenth."""
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def mean_seconds(milliseconds: Any, number: Any) -> float | None:
    """The mean in seconds, to a tenth; None of nothing."""
    return round(milliseconds / number / 1000, 1) if number else None


def summed(rows: Iterable[Values], names: Iterable[str]) -> dict[str, Any]:
    """The sum of each of these columns."""
    rows = list(rows)
    return {name: sum(row[name] or 0 for row in rows) for name in names}


def shown(column: Column, value: Any) -> str:
    """The value as people read it."""
    if value is None:
        return DASH
    match column.unit:
        case Unit.COUNT:
            return number_format(value, force_grouping=True)
        case Unit.PERCENT:
            return _("%(number)s %%") % {"number": number_format(value, decimal_pos=1)}
        case Unit.SECONDS:
            return duration(value)
        case Unit.MOMENT:
            return moment(value)
        case _:
            return str(value)


def duration(value: float) -> str:
    """45.2 s, 3:05, 1:02:45: minutes and hours as on a clock; what is less than nothing with a minus."""
    if value < 0:
        return f"\N{MINUS SIGN}{duration(-value)}"
    if value < 60:
        whole = float(value).is_integer()
        return _("%(number)s s") % {"number": number_format(round(value, 1), decimal_pos=0 if whole else 1)}
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(value: datetime | date | str) -> str:
    """A day, or a day and a time, in the place it was made for."""
    if isinstance(value, datetime):
        return date_format(value, "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else value


def plain(column: Column, value: Any) -> Any:
    """The value for programs: numbers as they are, times in ISO 8601."""
    return value.isoformat() if isinstance(value, (datetime, date)) else value
