"""Writing to scripts: drafts, inspection, publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import configuration
from core.clock import database_now
from core.errors import RuleBroken
from organizations.models import BusinessUnit, User
from scripts.interpreter.inspection import examine
from scripts.interpreter.reading import parse
from scripts.models import Script, ScriptVersion
from skills.models import Skill


@dataclass(frozen=True, slots=True)
class UnitCatalogue:
    """What scripts of a business unit may refer to."""

    business_unit_id: int

    def skill_exists(self, name: str) -> bool:
        return Skill.objects.filter(
            business_unit_id=self.business_unit_id,
            name__iexact=name,
            is_active=True,
            direction=Skill.Direction.INBOUND,
        ).exists()

    def agent_exists(self, username: str) -> bool:
        return User.objects.filter(
            business_unit_id=self.business_unit_id, username=username, agent__is_active=True
        ).exists()


def create_script(
    *, by: User | None, business_unit: BusinessUnit, definition: Any = None, **values: Any
) -> Script:
    """A new script. With a definition it is published at once. Raises RuleBroken."""

    def publish(script: Script) -> None:
        if definition is not None:
            _publish(script, definition, by)

    return configuration.save(Script(business_unit=business_unit), by=by, values=values, then=publish)


def update_script(*, by: User | None, instance: Script, definition: Any = None, **values: Any) -> Script:
    """A definition becomes the published version unless it already is. Raises RuleBroken."""

    def publish(script: Script) -> None:
        if definition is not None:
            _publish(script, definition, by)

    return configuration.save(instance, by=by, values=values, then=publish)


def delete_script(*, by: User | None, instance: Script) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


@transaction.atomic
def save_draft(*, by: User | None, script: Script, definition: Any) -> ScriptVersion:
    """Keep an unfinished definition; it need not be right, only readable. Raises RuleBroken."""
    canonical = _readable(definition)
    draft = script.versions.select_for_update().filter(status=ScriptVersion.Status.DRAFT).first()
    if draft is None:
        return ScriptVersion.objects.create(
            script=script, number=_next_number(script), definition=canonical, created_by=by
        )
    draft.definition = canonical
    draft.save(update_fields=["definition"])
    return draft


@transaction.atomic
def publish_script(*, by: User | None, script: Script) -> ScriptVersion:
    """Publish the draft. Raises RuleBroken when inspection finds errors or there is no draft."""
    draft = script.versions.select_for_update().filter(status=ScriptVersion.Status.DRAFT).first()
    if draft is None:
        raise RuleBroken(_("There is no draft to publish."))
    definition = draft.definition
    draft.delete()
    return _publish(script, definition, by)


def _publish(script: Script, definition: Any, by: User | None) -> ScriptVersion:
    report = examine(definition, UnitCatalogue(script.business_unit_id))
    if report.graph is None or not report.may_be_published:
        sentences = [str(finding.message) for finding in report.errors]
        raise RuleBroken(" ".join(sentences), fields={"definition": sentences})
    canonical = report.graph.to_definition()
    Script.objects.select_for_update().get(pk=script.pk)
    published = script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
    if published is not None and published.definition == canonical:
        return published
    script.versions.filter(status=ScriptVersion.Status.PUBLISHED).update(
        status=ScriptVersion.Status.SUPERSEDED
    )
    return ScriptVersion.objects.create(
        script=script,
        number=_next_number(script),
        status=ScriptVersion.Status.PUBLISHED,
        definition=canonical,
        created_by=by,
        published_at=database_now(),
    )


def _readable(definition: Any) -> Any:
    parsed = parse(definition)
    if parsed.graph is None:
        sentences = [str(finding.message) for finding in parsed.findings]
        raise RuleBroken(" ".join(sentences), fields={"definition": sentences})
    return parsed.graph.to_definition()


def _next_number(script: Script) -> int:
    last = script.versions.aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1
