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
from core.permissions import Verb, require
from dispositions.models import Disposition, Tag
from hours.selectors import hours_named
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from scripts.editing import check_editor, check_may_edit, lock_script
from scripts.interpreter.difference import Change, compare
from scripts.interpreter.findings import Finding
from scripts.interpreter.inspection import Report, examine
from scripts.interpreter.reading import parse
from scripts.models import Script, ScriptVersion
from scripts.selectors import has_secret_named, published_version_named
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

    def tag_exists(self, name: str) -> bool:
        return Tag.objects.filter(
            business_unit_id=self.business_unit_id, name__iexact=name, is_active=True
        ).exists()

    def hours_exist(self, name: str) -> bool:
        return hours_named(business_unit_id=self.business_unit_id, name=name) is not None

    def script_exists(self, name: str) -> bool:
        return published_version_named(business_unit_id=self.business_unit_id, name=name) is not None

    def secret_exists(self, name: str) -> bool:
        return has_secret_named(business_unit_id=self.business_unit_id, name=name)

    def disposition_exists(self, name: str) -> bool:
        return Disposition.objects.filter(
            business_unit_id=self.business_unit_id, name__iexact=name, is_active=True
        ).exists()


class NothingToPublish(Conflict):
    """The script has no draft."""

    code = "nothing_to_publish"


class DraftChanged(Conflict):
    """The draft is no longer as the caller last saw it."""

    code = "draft_changed"


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
        lock_script(instance)
        if _publish_definition(instance, definition, by=by):
            require(by, Script, Verb.EDIT)
    return instance


def delete_script(*, by: User | None, instance: Script) -> None:
    """Delete a script that no point of contact uses and no contact went through. Raises InUse."""
    configuration.delete(instance, by=by)


@transaction.atomic
def create_draft(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    name: str,
    definition: object,
    media_type: str = Script.MediaType.SMS,
) -> Script:
    """Create a script whose definition may be unfinished: it waits as a draft. Raises RuleBroken."""
    script = create_script(by=by, business_unit=business_unit, name=name, media_type=media_type)
    _add_version(script, _readable(definition), by=by, status=ScriptVersion.Status.DRAFT)
    return script


@transaction.atomic
def save_draft(
    *,
    by: User | None,
    script: Script,
    definition: object,
    revision: int | None = None,
    tab: str | None = None,
) -> ScriptVersion:
    """Keep unfinished work: anything that can be read as a script, errors of inspection included.

    There is one draft per script; saving replaces it. `revision` is that of the draft as it was read, 0 for
    none; None overwrites whatever there is. `tab` names the tab that edits (`editing`).
    Raises NotAllowed, RuleBroken, DraftChanged, EditedByOther.
    """
    canonical = _readable(definition)
    draft = _draft_to_change(script, by=by, revision=revision, tab=tab)
    if draft is None:
        return _add_version(script, canonical, by=by, status=ScriptVersion.Status.DRAFT)
    draft.definition = canonical
    draft.created_by = by
    draft.saved_at = database_now()
    draft.revision += 1
    draft.save(update_fields=["definition", "created_by", "saved_at", "revision"])
    return draft


@transaction.atomic
def discard_draft(*, by: User | None, script: Script, tab: str | None = None) -> None:
    """Throw the unpublished changes away. Raises NotAllowed, EditedByOther."""
    draft = _draft_to_change(script, by=by, revision=None, tab=tab)
    if draft is not None:
        with acting(by):
            draft.delete()


@transaction.atomic
def restore_version(*, by: User | None, version: ScriptVersion, tab: str | None = None) -> ScriptVersion:
    """Make the definition of an earlier version the draft again, to be looked at and published.

    Raises NotAllowed, EditedByOther.
    """
    return save_draft(by=by, script=version.script, definition=version.definition, tab=tab)


@transaction.atomic
def publish_script(
    *,
    by: User | None,
    script: Script,
    note: str = "",
    revision: int | None = None,
    tab: str | None = None,
) -> ScriptVersion:
    """Make the draft the version that new contacts run.

    `revision` is the draft's as it was looked at; None publishes whatever there is. Raises NotAllowed,
    NothingToPublish, RuleBroken with every error of the inspection, DraftChanged, EditedByOther.
    """
    draft = _draft_to_change(script, by=by, revision=revision, tab=tab)
    if draft is None:
        raise NothingToPublish(_("There are no changes to publish."))
    _inspected(script, draft.definition)
    longest = ScriptVersion._meta.get_field("note").max_length or 0
    if len(note) > longest:
        raise rule_broken({"note": [_("Use at most %(maximum)s characters.") % {"maximum": longest}]})
    with acting(by):
        _supersede(script)
        draft.status = ScriptVersion.Status.PUBLISHED
        draft.note = note.strip()
        draft.published_at = database_now()
        draft.published_by = by
        draft.save(update_fields=["status", "note", "published_at", "published_by"])
    return draft


def inspect_definition(*, business_unit: BusinessUnit, definition: object) -> Report:
    """Everything wrong or doubtful in a definition. Raises nothing."""
    return examine(definition, UnitCatalogue(business_unit.pk))


def version_before(version: ScriptVersion) -> ScriptVersion | None:
    """The version that was published before this one."""
    earlier = version.script.versions.filter(number__lt=version.number)
    return earlier.exclude(status=ScriptVersion.Status.DRAFT).order_by("-number").first()


def compare_versions(*, after: ScriptVersion, before: ScriptVersion | None = None) -> list[Change]:
    """What is different in a version, against the one published before it unless another is named."""
    if before is None:
        before = version_before(after)
    nothing: Definition = {"actions": [], "branches": []}
    old, new = (parse(one.definition if one else nothing).graph for one in (before, after))
    # What was stored was read before; whoever changed it by hand sees no difference.
    return [] if old is None or new is None else compare(old, new)


def _draft_to_change(
    script: Script, *, by: User | None, revision: int | None, tab: str | None
) -> ScriptVersion | None:
    """The draft, with the script locked, if this person may change it now and has seen it as it is."""
    check_may_edit(by=by, script=script)
    lock_script(script)
    check_editor(by=by, script=script, tab=tab)
    draft = script.versions.filter(status=ScriptVersion.Status.DRAFT).first()
    if revision is not None and revision != (draft.revision if draft else 0):
        raise DraftChanged(_("The draft was changed elsewhere meanwhile. Load it again."))
    return draft


def _readable(definition: object) -> Definition:
    """Anything that can be read as a script, in its canonical form."""
    parsed = parse(definition)
    if parsed.graph is None:
        raise rule_broken({"definition": _sentences(parsed.findings)})
    return parsed.graph.to_definition()


def _publish_definition(script: Script, definition: object, *, by: User | None) -> bool:
    """Whether that made a new version: what is the published one already stays."""
    canonical = _inspected(script, definition)
    current = script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
    if current is not None and current.definition == canonical:
        return False
    with acting(by):
        _supersede(script)
        _add_version(script, canonical, by=by, status=ScriptVersion.Status.PUBLISHED)
    return True


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
            published_by=None if status == ScriptVersion.Status.DRAFT else by,
        )


def _sentences(findings: tuple[Finding, ...]) -> list[str]:
    """Each finding as a sentence that says where."""
    return [
        f"{place}: {finding.message}" if (place := _place(finding)) else str(finding.message)
        for finding in findings
    ]


def _place(finding: Finding) -> str:
    return ".".join(part for part in (finding.action_id, finding.property_name) if part) or finding.path
