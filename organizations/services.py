"""Writing to business units and their people."""

from __future__ import annotations

from typing import Any

from core import configuration, events
from organizations.facts import BusinessUnitChanged
from organizations.models import ApiToken, BusinessUnit, User
from organizations.tokens import new_token, token_digest


def create_business_unit(*, by: User | None, **values: Any) -> BusinessUnit:
    """Raises RuleBroken."""
    return configuration.save(BusinessUnit(), by=by, values=values)


def update_business_unit(*, by: User | None, instance: BusinessUnit, **values: Any) -> BusinessUnit:
    """Raises RuleBroken. Agents who inherit limits get the new ones at once."""

    def tell(unit: BusinessUnit) -> None:
        events.publish(BusinessUnitChanged(business_unit_id=unit.pk))

    return configuration.save(instance, by=by, values=values, then=tell)


def delete_business_unit(*, by: User | None, instance: BusinessUnit) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


def create_api_token(*, user: User) -> str:
    """A new bearer token of a user. It is returned this once; only its hash is stored."""
    token = new_token()
    ApiToken.objects.create(user=user, digest=token_digest(token))
    return token
