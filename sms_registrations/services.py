"""Writing to SMS registrations."""

from __future__ import annotations

from typing import Any

from core import configuration
from core.phone import AddressKind, normalise_address
from organizations.models import BusinessUnit, User
from sms_registrations.models import SmsRegistration


def _normalised(values: dict[str, Any], country: str) -> dict[str, Any]:
    """Numbers are kept as providers write them: digits with the country code, without +."""
    code = values.get("transport_code")
    if not isinstance(code, str):
        return values
    address = normalise_address(code, region=values.get("country", country) or None)
    plain = code.strip() if address.kind is AddressKind.ALPHANUMERIC else address.raw
    return values | {"transport_code": plain}


def create_sms_registration(
    *, by: User | None, business_unit: BusinessUnit, **values: Any
) -> SmsRegistration:
    """Raises RuleBroken. Without a name the transport code serves as one."""
    values = _normalised(values, "")
    values.setdefault("name", values.get("transport_code", ""))
    return configuration.save(SmsRegistration(business_unit=business_unit), by=by, values=values)


def update_sms_registration(*, by: User | None, instance: SmsRegistration, **values: Any) -> SmsRegistration:
    """Raises RuleBroken."""
    return configuration.save(instance, by=by, values=_normalised(values, instance.country))


def delete_sms_registration(*, by: User | None, instance: SmsRegistration) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)
