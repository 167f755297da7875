"""Creates, changes and deletes SMS registrations."""

from __future__ import annotations

from typing import Any

from core import configuration
from core.phone import AddressKind, normalise_address
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from sms_registrations.models import SmsRegistration


def create_sms_registration(
    *, by: User | None, business_unit: BusinessUnit, **values: Any
) -> SmsRegistration:
    """Create a registration; without a name it is called after its transport code. Raises RuleBroken."""
    check_unit(business_unit, values)
    values = _normalised(values, country="")
    values["name"] = values.get("name") or values.get("transport_code", "")
    return configuration.save(SmsRegistration(), by=by, values={"business_unit": business_unit, **values})


def update_sms_registration(*, by: User | None, instance: SmsRegistration, **values: Any) -> SmsRegistration:
    """Change a registration. A secret that is not among the values is kept. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=_normalised(values, country=instance.country))


def delete_sms_registration(*, by: User | None, instance: SmsRegistration) -> None:
    """Delete a registration. Raises InUse, naming what uses it."""
    configuration.delete(instance, by=by)


def normalise_transport_code(text: str, *, country: str) -> str:
    """As providers write it: a number as digits with its country code and without +, a name as it is.

    A number in national form is completed by the country (ISO 3166), if one is given.
    """
    address = normalise_address(text, region=country or None)
    return text.strip() if address.kind is AddressKind.ALPHANUMERIC else address.raw


def _normalised(values: dict[str, Any], *, country: str) -> dict[str, Any]:
    result = dict(values)
    if isinstance(values.get("country"), str):
        country = result["country"] = values["country"].strip().upper()
    if isinstance(values.get("price_currency"), str):
        result["price_currency"] = values["price_currency"].strip().upper()
    if isinstance(values.get("transport_code"), str):
        result["transport_code"] = normalise_transport_code(values["transport_code"], country=country)
    return result
