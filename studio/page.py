"""What the page of the editor is given: the script, the actions there are, names to choose, words."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from contacts.models import Contact
from core.permissions import Verb, allows
from organizations.models import BusinessUnit, User
from scripts.editing import TAKE_OVER
from scripts.models import Script, ScriptVersion
from scripts.selectors import draft_of, may_edit, published_version
from scripts.services import compare_versions, inspect_definition, version_before
from scripts.specification import action_specifications
from studio.selectors import names_to_choose, points_of_contact
from studio.strings import STRINGS

EMPTY: dict[str, Any] = {"actions": [], "branches": []}


def words() -> dict[str, str]:
    """The catalogue of the page in the current language."""
    return {key: str(text) for key, text in STRINGS.items()}


def new_script(user: User, unit: BusinessUnit, definition: dict[str, Any]) -> dict[str, Any]:
    """A script that is not saved yet."""
    is_begun = bool(definition["actions"])
    report = inspect_definition(business_unit=unit, definition=definition) if is_begun else None
    return {
        **_common(user, unit),
        "script": None,
        "version": None,
        "published": None,
        "definition": definition,
        "findings": [finding.as_json() for finding in report.findings] if report else [],
        "may_edit": True,
        "is_history": False,
    }


def script(
    user: User, script: Script, shown: ScriptVersion | None, *, is_history: bool = False
) -> dict[str, Any]:
    """A script with one of its versions. `is_history`: to look at only, whoever looks."""
    definition = EMPTY if shown is None else shown.definition
    draft, published = draft_of(script), published_version(script)
    report = inspect_definition(business_unit=script.business_unit, definition=definition)
    return {
        **_common(user, script.business_unit),
        "script": {
            "id": script.pk,
            "name": script.name,
            "address": reverse("studio-script", args=[script.pk]),
        },
        "version": None
        if shown is None
        else {"number": shown.number, "status": shown.status, "note": shown.note},
        "published": None if published is None else published.number,
        "draft": None if draft is None else draft.revision,
        "definition": definition,
        "findings": [finding.as_json() for finding in report.findings],
        "may_edit": may_edit(user, script) and not is_history,
        "may_restore": may_edit(user, script),
        "is_history": is_history,
    }


def difference(version: ScriptVersion) -> dict[str, Any]:
    """What is different from the version before: that one, and the changes in words."""
    before = version_before(version)
    return {
        "number": None if before is None else before.number,
        "definition": EMPTY if before is None else before.definition,
        "changes": [change.as_json() for change in compare_versions(after=version, before=before)],
    }


def _common(user: User, unit: BusinessUnit) -> dict[str, Any]:
    return {
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
        "addresses": {"list": reverse("studio"), "actions": reverse("studio-actions")},
        "unit": {"id": unit.pk, "name": unit.name},
        "may_create": allows(user, Script, Verb.CREATE),
        "may_see_contacts": allows(user, Contact, Verb.VIEW),
        "may_take_over": user.has_perm(TAKE_OVER),
        "user": user.get_full_name() or user.get_username(),
        "actions": action_specifications(),
        "names": names_to_choose(unit),
        "points": points_of_contact(unit),
        "trace": None,
        "difference": None,
        "may_restore": False,
        "draft": None,
    }
