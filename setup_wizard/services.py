"""What a task writes in one go although it is several objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from agents.services import update_staffed_skill
from core.configuration import rule_broken
from core.errors import RuleBroken
from dispositions.models import Disposition, Tag
from dispositions.services import create_disposition, create_tag
from organizations.models import User
from skills.models import Skill


@transaction.atomic
def set_outcomes(
    *,
    by: User,
    instance: Skill,
    dispositions: Sequence[Disposition] = (),
    tags: Sequence[Tag] = (),
    new_dispositions: Sequence[str] = (),
    new_tags: Sequence[str] = (),
    require_disposition: bool = False,
) -> Skill:
    """Give a skill its dispositions and tags, the new ones last. Raises RuleBroken by field, and then
    nothing is written.
    """
    made_dispositions = _make(create_disposition, "new_dispositions", new_dispositions, by, instance)
    made_tags = _make(create_tag, "new_tags", new_tags, by, instance)
    return update_staffed_skill(
        by=by,
        instance=instance,
        dispositions=[*dispositions, *made_dispositions],
        tags=[*tags, *made_tags],
        require_disposition=require_disposition,
    )


def _make(create: Callable[..., Any], field: str, names: Sequence[str], by: User, skill: Skill) -> list[Any]:
    made, broken = [], []
    for name in names:
        try:
            made.append(create(by=by, business_unit=skill.business_unit, name=name))
        except RuleBroken as refusal:
            broken.append(f"{name}: {refusal.message}")
    if broken:
        raise rule_broken({field: broken})
    return made
