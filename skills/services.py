"""Writing to skills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import configuration
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from skills.models import Skill, SkillDisposition, SkillTag
from skills.names import normalise_name


def create_skill(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    dispositions: Sequence[Disposition] = (),
    tags: Sequence[Tag] = (),
    **values: Any,
) -> Skill:
    """A new queue. An outbound skill is manual unless told. Raises RuleBroken."""
    if values.get("direction") == Skill.Direction.OUTBOUND:
        values.setdefault("outbound_strategy", Skill.OutboundStrategy.MANUAL)
    return _save(Skill(business_unit=business_unit), by, values, dispositions, tags)


def update_skill(
    *,
    by: User | None,
    instance: Skill,
    dispositions: Sequence[Disposition] | None = None,
    tags: Sequence[Tag] | None = None,
    **values: Any,
) -> Skill:
    """Raises RuleBroken. Contacts that wait already keep the priority they were queued with."""
    return _save(instance, by, values, dispositions, tags)


def delete_skill(*, by: User | None, instance: Skill) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


def _save(
    skill: Skill,
    by: User | None,
    values: dict[str, Any],
    dispositions: Sequence[Disposition] | None,
    tags: Sequence[Tag] | None,
) -> Skill:
    if isinstance(values.get("name"), str):
        values["name"] = normalise_name(values["name"])

    def store_lists(saved: Skill) -> None:
        _check_unit(saved, dispositions or (), tags or ())
        if dispositions is not None:
            _replace_dispositions(saved, dispositions)
        if tags is not None:
            _replace_tags(saved, tags)

    return configuration.save(skill, by=by, values=values, then=store_lists)


def _check_unit(skill: Skill, dispositions: Sequence[Disposition], tags: Sequence[Tag]) -> None:
    configuration.require_same_unit(skill, campaign=skill.campaign, transport_code=skill.transport_code)
    for disposition in dispositions:
        configuration.require_same_unit(skill, dispositions=disposition)
    for tag in tags:
        configuration.require_same_unit(skill, tags=tag)


def _replace_dispositions(skill: Skill, dispositions: Sequence[Disposition]) -> None:
    wanted = list(dict.fromkeys(dispositions))
    current = list(
        skill.skill_dispositions.order_by("position", "id").values_list("disposition_id", flat=True)
    )
    if current == [one.pk for one in wanted]:
        return
    skill.skill_dispositions.all().delete()
    SkillDisposition.objects.bulk_create(
        SkillDisposition(skill=skill, disposition=one, position=position)
        for position, one in enumerate(wanted)
    )


def _replace_tags(skill: Skill, tags: Sequence[Tag]) -> None:
    wanted = list(dict.fromkeys(tags))
    current = list(skill.skill_tags.order_by("position", "id").values_list("tag_id", flat=True))
    if current == [one.pk for one in wanted]:
        return
    skill.skill_tags.all().delete()
    SkillTag.objects.bulk_create(
        SkillTag(skill=skill, tag=one, position=position) for position, one in enumerate(wanted)
    )
