"""Creates, changes and deletes skills, with the dispositions and tags that their agents may use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from core import configuration
from core.audit import acting
from core.configuration import rule_broken
from core.permissions import Verb, require
from core.uses import sentence_of
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
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
    """Create a skill; dispositions and tags keep their order. Raises RuleBroken."""
    check_unit(business_unit, {**values, "dispositions": list(dispositions), "tags": list(tags)})
    instance = Skill(business_unit=business_unit)
    values = _completed(instance, values)
    _check(instance, values, dispositions={one.pk for one in dispositions})

    def link(skill: Skill) -> None:
        if dispositions:
            _set_dispositions(skill, dispositions, by=by)
        if tags:
            _set_tags(skill, tags, by=by)

    return configuration.save(instance, by=by, values={"business_unit": business_unit, **values}, then=link)


@transaction.atomic
def update_skill(
    *,
    by: User | None,
    instance: Skill,
    dispositions: Sequence[Disposition] | None = None,
    tags: Sequence[Tag] | None = None,
    **values: Any,
) -> Skill:
    """Change a skill; dispositions and tags, if given, replace the present ones. Raises RuleBroken.

    New queue priorities hold for contacts that enter the queue from now on: who waits keeps his place.
    A deactivated skill still gets the contacts of its points of contact, so that no text is lost; nobody can
    transfer to it or start a contact with it.
    """
    check_unit(
        instance.business_unit, {**values, "dispositions": list(dispositions or ()), "tags": list(tags or ())}
    )
    values = _completed(instance, values)
    present = instance.skill_dispositions.values_list("disposition_id", flat=True)
    chosen = set(present) if dispositions is None else {one.pk for one in dispositions}
    _check(instance, values, dispositions=chosen)
    configuration.save(instance, by=by, values=values)
    changed = [
        dispositions is not None and _set_dispositions(instance, dispositions, by=by),
        tags is not None and _set_tags(instance, tags, by=by),
    ]
    if any(changed):
        require(by, Skill, Verb.EDIT)
    return instance


def delete_skill(*, by: User | None, instance: Skill) -> None:
    """Delete a skill. Raises InUse, naming the agents, points of contact and contacts that use it."""
    configuration.delete(instance, by=by)


def _completed(instance: Skill, values: dict[str, Any]) -> dict[str, Any]:
    """Names composed, and the strategy of outbound skills, of which there is only one so far."""
    result = dict(values)
    if "name" in values:
        result["name"] = normalise_name(values["name"])
    direction = values.get("direction", instance.direction)
    if "direction" in values or "outbound_strategy" in values:
        result["outbound_strategy"] = values.get("outbound_strategy", instance.outbound_strategy) or None
    if direction == Skill.Direction.OUTBOUND and not result.get(
        "outbound_strategy", instance.outbound_strategy
    ):
        result["outbound_strategy"] = Skill.OutboundStrategy.MANUAL
    return result


def _check(instance: Skill, values: dict[str, Any], *, dispositions: set[int]) -> None:
    broken: dict[str, list[str]] = {}
    registration = values.get("transport_code")
    if registration and registration.pk != instance.transport_code_id and not registration.is_active:
        broken["transport_code"] = [_("This SMS registration is not active. Choose an active one.")]
    if values.get("require_disposition", instance.require_disposition) and not dispositions:
        # Agents could never end a contact otherwise.
        broken["require_disposition"] = [
            _("Choose the dispositions of the skill first: one of them is to be required.")
        ]
    default = values.get("default_disposition", instance.default_disposition)
    if default is not None and default.pk not in dispositions:
        broken["default_disposition"] = [_("Choose one of the dispositions of the skill.")]
    elif default is not None and not values.get(
        "after_contact_work_seconds", instance.after_contact_work_seconds
    ):
        broken["default_disposition"] = [
            _("It is recorded when the after-contact work is over: give that a time first.")
        ]
    overflow = values.get("overflow_skill", instance.overflow_skill)
    if overflow is not None and (overflow.pk == instance.pk or overflow.direction != Skill.Direction.INBOUND):
        broken["overflow_skill"] = [_("Choose another inbound skill.")]
    direction = values.get("direction", instance.direction)
    if instance.pk and direction != instance.direction:
        # Known by the relation's name only: points of contact are built on skills.
        users = [str(one) for one in instance.points_of_contact.all()[:3]]
        if users:
            broken["direction"] = [
                _("The direction cannot change: the skill is used by %(uses)s.")
                % {"uses": sentence_of(users)}
            ]
    if broken:
        raise rule_broken(broken)


def _set_dispositions(skill: Skill, chosen: Sequence[Disposition], *, by: User | None) -> bool:
    return _replace(SkillDisposition, "disposition", skill, chosen, by=by)


def _set_tags(skill: Skill, chosen: Sequence[Tag], *, by: User | None) -> bool:
    return _replace(SkillTag, "tag", skill, chosen, by=by)


def _replace(link: Any, field: str, skill: Skill, chosen: Sequence[Model], *, by: User | None) -> bool:
    """Make the links those chosen, in this order; say whether that changed anything.

    What stays is not touched: the log shows changes only.
    """
    objects = {one.pk: one for one in chosen}
    wanted = {pk: position for position, pk in enumerate(objects)}
    present = {getattr(row, f"{field}_id"): row for row in link.objects.filter(skill=skill)}
    before = {key: row.position for key, row in present.items()}
    with acting(by):
        for key, row in present.items():
            if key not in wanted:
                row.delete()
            elif row.position != wanted[key]:
                row.position = wanted[key]
                row.save(update_fields=["position"])
        for key in wanted.keys() - present.keys():
            link.objects.create(skill=skill, position=wanted[key], **{field: objects[key]})
    return wanted != before
