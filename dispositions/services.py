"""Creates, changes and deletes dispositions and tags."""

from __future__ import annotations

from typing import Any

from core import configuration
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit


def create_disposition(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Disposition:
    """Create a disposition. Raises RuleBroken."""
    check_unit(business_unit, values)
    return configuration.save(Disposition(), by=by, values={"business_unit": business_unit, **values})


def update_disposition(*, by: User | None, instance: Disposition, **values: Any) -> Disposition:
    """Change a disposition. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=values)


def delete_disposition(*, by: User | None, instance: Disposition) -> None:
    """Delete a disposition. Raises InUse, naming what uses it."""
    configuration.delete(instance, by=by)


def create_tag(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Tag:
    """Create a tag. Raises RuleBroken."""
    check_unit(business_unit, values)
    return configuration.save(Tag(), by=by, values={"business_unit": business_unit, **values})


def update_tag(*, by: User | None, instance: Tag, **values: Any) -> Tag:
    """Change a tag. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=values)


def delete_tag(*, by: User | None, instance: Tag) -> None:
    """Delete a tag. Raises InUse, naming what uses it."""
    configuration.delete(instance, by=by)
