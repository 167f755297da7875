"""Rules that all configured objects share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.configuration import rule_broken
from organizations.models import BusinessUnit


def check_unit(business_unit: BusinessUnit, values: Mapping[str, Any]) -> None:
    """Every object that the values refer to belongs to the business unit, and the unit itself stays.

    Values that are sequences are looked into. Raises RuleBroken with a sentence by field.
    """
    if "business_unit" in values:
        raise rule_broken({"business_unit": [_("An object cannot move to another business unit.")]})
    broken = {}
    for name, value in values.items():
        strangers = [one for one in _objects(value) if one.business_unit_id != business_unit.pk]
        if strangers:
            broken[name] = [
                _("“%(name)s” belongs to another business unit.") % {"name": one} for one in strangers
            ]
    if broken:
        raise rule_broken(broken)


def _objects(value: Any) -> Iterable[Any]:
    candidates = value if isinstance(value, (list, tuple)) else [value]
    return [one for one in candidates if hasattr(one, "business_unit_id")]
