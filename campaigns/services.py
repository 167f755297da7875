"""Creates, changes and deletes campaigns."""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign
from core import configuration
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit


def create_campaign(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Campaign:
    """Create a campaign. Raises RuleBroken."""
    check_unit(business_unit, values)
    return configuration.save(Campaign(), by=by, values={"business_unit": business_unit, **values})


def update_campaign(*, by: User | None, instance: Campaign, **values: Any) -> Campaign:
    """Change a campaign. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=values)


def delete_campaign(*, by: User | None, instance: Campaign) -> None:
    """Delete a campaign. Raises InUse, naming what uses it."""
    configuration.delete(instance, by=by)
