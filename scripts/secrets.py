"""Creates, changes and deletes the secrets of scripts."""

from __future__ import annotations

from typing import Any

from core import configuration
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from scripts.models import ScriptSecret


def create_secret(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> ScriptSecret:
    """Create a secret. Raises RuleBroken."""
    check_unit(business_unit, values)
    return configuration.save(ScriptSecret(), by=by, values={"business_unit": business_unit, **values})


def update_secret(*, by: User | None, instance: ScriptSecret, **values: Any) -> ScriptSecret:
    """Change a secret. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=values)


def delete_secret(*, by: User | None, instance: ScriptSecret) -> None:
    """Delete a secret. Scripts that name it then take their error branch."""
    configuration.delete(instance, by=by)
