"""Creates, changes and deletes points of contact."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core import configuration
from core.configuration import rule_broken
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from points_of_contact.models import PointOfContact
from scripts.models import Script, ScriptVersion
from skills.models import Skill


def create_point_of_contact(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> PointOfContact:
    """Create a point of contact. Raises RuleBroken."""
    check_unit(business_unit, values)
    instance = PointOfContact(business_unit=business_unit)
    _check_parts(instance, values)
    return configuration.save(instance, by=by, values={"business_unit": business_unit, **values})


def update_point_of_contact(*, by: User | None, instance: PointOfContact, **values: Any) -> PointOfContact:
    """Change a point of contact; texts that come from now on feel it. Raises RuleBroken.

    What was chosen earlier and has become inactive since is not refused again: only a new choice is.
    """
    check_unit(instance.business_unit, values)
    _check_parts(instance, values)
    return configuration.save(instance, by=by, values=values)


def delete_point_of_contact(*, by: User | None, instance: PointOfContact) -> None:
    """Delete a point of contact. Raises InUse once it has had contacts."""
    configuration.delete(instance, by=by)


def _check_parts(instance: PointOfContact, values: dict[str, Any]) -> None:
    """Whatever is chosen or put to use now can do what is asked of it."""
    skill = values.get("skill")
    if skill is not None and skill.direction != Skill.Direction.INBOUND:
        raise rule_broken({"skill": [_("A point of contact needs an inbound skill; this one is outbound.")]})
    if not values.get("is_active", instance.is_active):
        return
    was_in_use = instance.pk is not None and instance.is_active
    broken: dict[str, list[str]] = {}
    for name, sentence in (
        ("transport_code", _("This SMS registration is not active. Choose an active one.")),
        ("skill", _("This skill is not active. Choose an active one.")),
        ("script", _("This script is not active. Choose an active one.")),
    ):
        chosen = values.get(name) or (getattr(instance, name) if instance.pk else None)
        is_settled = was_in_use and chosen is not None and chosen.pk == getattr(instance, f"{name}_id")
        if chosen is None or is_settled:
            continue
        if not chosen.is_active:
            broken[name] = [sentence]
        elif name == "script" and not _is_published(chosen):
            broken[name] = [_("This script has no published version yet. Publish it first.")]
    if broken:
        raise rule_broken(broken)


def _is_published(script: Script) -> bool:
    return script.versions.filter(status=ScriptVersion.Status.PUBLISHED).exists()
