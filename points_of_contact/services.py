"""Writing to points of contact."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core import configuration
from core.errors import RuleBroken
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from scripts.models import ScriptVersion
from skills.models import Skill


def create_point_of_contact(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> PointOfContact:
    """Raises RuleBroken."""
    return configuration.save(PointOfContact(business_unit=business_unit), by=by, values=values, then=_check)


def update_point_of_contact(*, by: User | None, instance: PointOfContact, **values: Any) -> PointOfContact:
    """Raises RuleBroken. Contacts in flight stay with the script and skill they began with."""
    return configuration.save(instance, by=by, values=values, then=_check)


def delete_point_of_contact(*, by: User | None, instance: PointOfContact) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


def _check(point: PointOfContact) -> None:
    configuration.require_same_unit(
        point, transport_code=point.transport_code, skill=point.skill, script=point.script
    )
    if point.skill.direction != Skill.Direction.INBOUND:
        _refuse("skill", _("Choose an inbound skill."))
    if not point.is_active:
        return
    if not point.skill.is_active:
        _refuse("skill", _("Choose an active skill."))
    if not point.transport_code.is_active:
        _refuse("transport_code", _("Choose an active SMS registration."))
    if (
        not point.script.is_active
        or not point.script.versions.filter(status=ScriptVersion.Status.PUBLISHED).exists()
    ):
        _refuse("script", _("Choose an active script that is published."))


def _refuse(field: str, message: str) -> None:
    raise RuleBroken(message, fields={field: [message]})
