"""Writing to dispositions and tags."""

from __future__ import annotations

from typing import Any

from core import configuration
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User


def create_disposition(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Disposition:
    """Raises RuleBroken."""
    return configuration.save(Disposition(business_unit=business_unit), by=by, values=values)


def update_disposition(*, by: User | None, instance: Disposition, **values: Any) -> Disposition:
    """Raises RuleBroken."""
    return configuration.save(instance, by=by, values=values)


def delete_disposition(*, by: User | None, instance: Disposition) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


def create_tag(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Tag:
    """Raises RuleBroken."""
    return configuration.save(Tag(business_unit=business_unit), by=by, values=values)


def update_tag(*, by: User | None, instance: Tag, **values: Any) -> Tag:
    """Raises RuleBroken."""
    return configuration.save(instance, by=by, values=values)


def delete_tag(*, by: User | None, instance: Tag) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)
