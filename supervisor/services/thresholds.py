"""Sets what counts as trouble."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from core.audit import log_change
from core.configuration import rule_broken
from core.permissions import require_code
from core.sentences import in_our_words
from organizations.models import BusinessUnit, User
from organizations.roles import INTERVENE
from skills.models import Skill
from supervisor.models import SkillThresholds, UnitThresholds


@transaction.atomic
def set_unit_thresholds(*, by: User, business_unit: BusinessUnit, **values: Any) -> UnitThresholds:
    """Of agents and providers. Raises NotAllowed, RuleBroken."""
    require_code(by, INTERVENE)
    instance = UnitThresholds.objects.filter(business_unit=business_unit).first()
    return _save(instance or UnitThresholds(business_unit=business_unit), business_unit, by, values)


@transaction.atomic
def set_skill_thresholds(*, by: User, skill: Skill, **values: Any) -> SkillThresholds:
    """Of one skill; None follows the skill. Raises NotAllowed, RuleBroken."""
    require_code(by, INTERVENE)
    instance = SkillThresholds.objects.filter(skill=skill).first()
    return _save(instance or SkillThresholds(skill=skill), skill, by, values)


def _save(instance: Any, about: Any, by: User, values: dict[str, Any]) -> Any:
    changes = {}
    for name, value in values.items():
        before = getattr(instance, name)
        if before != value:
            changes[name] = (before, value)
            setattr(instance, name, value)
    try:
        instance.full_clean()
    except ValidationError as error:
        raise rule_broken(in_our_words(error, type(instance))) from error
    if changes:
        instance.save()
        log_change(about, by=by, **changes)
    return instance
