"""Creates, changes and deletes hours of operation."""

from __future__ import annotations

from typing import Any

from core import configuration
from core.configuration import rule_broken
from hours.models import WEEKDAYS, HoursOfOperation
from hours.spans import HoursError, parse_spans, write_spans
from hours.special_days import parse_special_days, write_special_days
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit


def create_hours(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> HoursOfOperation:
    """Create hours of operation. Hours may be written in any usual way. Raises RuleBroken."""
    check_unit(business_unit, values)
    tidy = _tidied(values)
    return configuration.save(HoursOfOperation(), by=by, values={"business_unit": business_unit, **tidy})


def update_hours(*, by: User | None, instance: HoursOfOperation, **values: Any) -> HoursOfOperation:
    """Change hours of operation. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=_tidied(values))


def delete_hours(*, by: User | None, instance: HoursOfOperation) -> None:
    """Delete hours of operation. Scripts that name them then take their error branch."""
    configuration.delete(instance, by=by)


def _tidied(values: dict[str, Any]) -> dict[str, Any]:
    """The values with all hours as they are stored. Raises RuleBroken with a sentence by field."""
    tidy, broken = dict(values), {}
    for name in values.keys() & {*WEEKDAYS, "special_days"}:
        try:
            if name == "special_days":
                tidy[name] = write_special_days(parse_special_days(values[name]))
            else:
                tidy[name] = write_spans(parse_spans(values[name]))
        except HoursError as error:
            broken[name] = [str(error)]
    if broken:
        raise rule_broken(broken)
    return tidy
