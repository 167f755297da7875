"""Creates, changes, publishes and deletes scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import configuration
from core.audit import acting
from core.clock import database_now
from core.configuration import rule_broken
from core.errors import Conflict
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from scripts.interpreter.findings import Finding
from scripts.interpreter.inspection import Report, examine
from scripts.interpreter.reading import parse
from scripts.models import Script, ScriptVersion
from skills.models import Skill

Definition = dict[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class UnitCatalogue:
    """Answers the interpreter's questions about names from the database."""

    business_unit_id: int

    def skill_exists(self, name: str) -> bool:
        return Skill.objects.filter(
            business_unit_id=self.business_unit_id,
            name__iexact=name,
            is_active=True,
            direction=Skill.Direction.INBOUND,
        ).exists()

    def agent_exists(self, username: str) -> bool:
        # By the name of the relation: agents is a room beside this one.
        return User.objects.filter(
            business_unit_id=self.business_unit_id, username=username, agent__is_active=True
        ).exists()


class NothingToPublish(Conflict):
    """The script has no draft."""

    code = "nothing_to_publish"


@transaction.atomic
def create_script(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    name: str,
    media_type: str = Script.MediaType.SMS,
    definition: object = None,
    is_active: bool = True,
) -> Script:
    """Create a script; with a definition it is inspected and published at once.

    Raises RuleBroken, for a definition that may not be published with every error of the inspection.
    """
    values = {"name": name, "media_type": media_type, "is_active": is_active}
    script = configuration.save(Script(), by=by, values={"business_unit": business_unit, **values})
    if definition is not None:
        _publish_definition(script, definition, by=by)
    return script


@transaction.atomic
def update_script(*, by: User | None, instance: Script, definition: object = None, **values: Any) -> Script:
    """Change a script; a definition that differs from the published one becomes its next version.

    Contacts in flight stay on the version they began with. Raises RuleBroken as `create_script` does.
    """
    check_unit(instance.business_unit, values)
    configuration.save(instance, by=by, values=values)
    if definition is not None:
        _lock(instance)
        _publish_definition(instance, definition, by=by)
    return instance


def delete_script(*, by: User | None, instance: Script) -> None:
    """Delete a script that no point of contact uses and no contact went through. Raises InUse."""
    configuration.delete(instance, by=by)


@transaction.atomic
def save_draft(*, by: User | None, script: Script, definition: object) -> ScriptVersion:
    """Keep unfinished work: anything that can be read as a script, errors of inspection included.

    There is one draft per script; saving replaces it. Raises RuleBroken.
    """
    parsed = parse(definition)
    if parsed.graph is None:
        raise rule_broken({"definition": _sentences(parsed.findings)})
    canonical = parsed.graph.to_definition()
    _lock(script)
    draft = script.versions.filter(status=ScriptVersion.Status.DRAFT).first()
    if draft is None:
        return _add_version(script, canonical, by=by, status=ScriptVersion.Status.DRAFT)
    draft.definition = canonical
    draft.created_by = by
    draft.save(update_fields=["definition", "created_by"])
    return draft


@transaction.atomic
def publish_script(*, by: User | None, script: Script) -> ScriptVersion:
    """Make the draft the version that new contacts run. Raises NothingToPublish, RuleBroken."""
    _lock(script)
    draft = script.versions.filter(status=ScriptVersion.Status.DRAFT).first()
    if draft is None:
        raise NothingToPublish(_("There are no changes to publish."))
    _inspected(script, draft.definition)
    with acting(by):
        _supersede(script)
        draft.status = ScriptVersion.Status.PUBLISHED
        draft.published_at = database_now()
        draft.save(update_fields=["status", "published_at"])
    return draft


def inspect_definition(*, business_unit: BusinessUnit, definition: object) -> Report:
    """Everything wrong or doubtful in a definition. Raises nothing."""
    return examine(definition, UnitCatalogue(business_unit.pk))


def _lock(script: Script) -> None:
    """One at a time: the numbers of versions follow each other."""
    Script.objects.select_for_update().get(pk=script.pk)


def _publish_definition(script: Script, definition: object, *, by: User | None) -> None:
    canonical = _inspected(script, definition)
    current = script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
    if current is not None and current.definition == canonical:
        return
    with acting(by):
        _supersede(script)
        _add_version(script, canonical, by=by, status=ScriptVersion.Status.PUBLISHED)


def _inspected(script: Script, definition: object) -> Definition:
    """A definition that may be published, in its canonical form."""
    report = inspect_definition(business_unit=script.business_unit, definition=definition)
    if report.graph is None or report.errors:
        raise rule_broken({"definition": _sentences(report.errors or report.findings)})
    return report.graph.to_definition()


def _supersede(script: Script) -> None:
    for version in script.versions.filter(status=ScriptVersion.Status.PUBLISHED):
        version.status = ScriptVersion.Status.SUPERSEDED
        version.save(update_fields=["status"])


def _add_version(script: Script, definition: Definition, *, by: User | None, status: str) -> ScriptVersion:
    highest = script.versions.aggregate(highest=Max("number"))["highest"] or 0
    with acting(by):
        return ScriptVersion.objects.create(
            script=script,
            number=highest + 1,
            status=status,
            definition=definition,
            created_by=by,
            published_at=None if status == ScriptVersion.Status.DRAFT else database_now(),
        )


def _sentences(findings: tuple[Finding, ...]) -> list[str]:
    """Each finding as a sentence that says where."""
    return [
        f"{place}: {finding.message}" if (place := _place(finding)) else str(finding.message)
        for finding in findings
    ]


def _place(finding: Finding) -> str:
    return ".".join(part for part in (finding.action_id, finding.property_name) if part) or finding.path
