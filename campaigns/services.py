"""Writing to campaigns."""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign
from core import configuration
from organizations.models import BusinessUnit, User


def create_campaign(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Campaign:
    """Raises RuleBroken."""
    return configuration.save(Campaign(business_unit=business_unit), by=by, values=values)


def update_campaign(*, by: User | None, instance: Campaign, **values: Any) -> Campaign:
    """Raises RuleBroken."""
    return configuration.save(instance, by=by, values=values)


def delete_campaign(*, by: User | None, instance: Campaign) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)
