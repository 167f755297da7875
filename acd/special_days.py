"""The form field of special days: a table with a row for each, and an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hours.spans import HoursError
from hours.special_days import parse_special_days, write_special_days

COLUMNS: Final = ("date", "name", "hours", "kind", "repeats")
HOLIDAY, OTHER, ONCE, YEARLY = "holiday", "other", "once", "yearly"


class SpecialDaysWidget(forms.Widget):
    """Its value is a list of rows of texts."""

    template_name = "acd/widgets/special_days.html"

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[dict[str, Any]]:
        columns = [data.getlist(f"{name}-{column}") for column in COLUMNS]
        return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=False)]

    def value_omitted_from_data(self, _data: Any, _files: Any, _name: str) -> bool:
        """No row at all is a value: there are no special days."""
        return False

    def use_required_attribute(self, _initial: Any) -> bool:
        return False

    def format_value(self, value: Any) -> list[Mapping[str, Any]]:
        rows = [_as_row(entry) for entry in value or ()]
        return [*rows, {"kind": HOLIDAY, "repeats": ONCE}]


class SpecialDaysField(forms.Field):
    """`clean` gives the list of objects that is stored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=SpecialDaysWidget(), **kwargs)

    def clean(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        filled = [
            row for row in value if any(row.get(name, "").strip() for name in ("date", "name", "hours"))
        ]
        if any(not row["date"].strip() for row in filled):
            raise ValidationError(_("Give each special day its date."))
        try:
            return write_special_days(parse_special_days([_as_entry(row) for row in filled]))
        except HoursError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != list(initial or ()))
        except ValidationError:
            return True


def _as_row(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is stored, or what was sent and comes back with a mistake."""
    if "kind" in entry:
        return entry
    return {
        "date": entry["date"],
        "name": entry["name"],
        "hours": entry["hours"],
        "kind": HOLIDAY if entry["is_holiday"] else OTHER,
        "repeats": YEARLY if entry["every_year"] else ONCE,
    }


def _as_entry(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "date": row["date"].strip(),
        "name": row["name"],
        "hours": row["hours"],
        "is_holiday": row["kind"] != OTHER,
        "every_year": row["repeats"] == YEARLY,
    }
