"""Which versions scripts have, and who may change them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.clock import database_now
from core.permissions import Verb, allows
from organizations.models import User
from scripts.interpreter.properties import Kind
from scripts.interpreter.registry import REGISTRY
from scripts.models import Script, ScriptEditing, ScriptSecret, ScriptVersion


def published_version(script: Script) -> ScriptVersion | None:
    """The version that new contacts run."""
    return script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()


def published_version_named(*, business_unit_id: int, name: str) -> int | None:
    """The id of the published version of an active script, by its name without regard to case."""
    return (
        ScriptVersion.objects.filter(
            script__business_unit_id=business_unit_id,
            script__name__iexact=name,
            script__is_active=True,
            status=ScriptVersion.Status.PUBLISHED,
        )
        .values_list("pk", flat=True)
        .first()
    )


def secret_named(*, business_unit_id: int, name: str) -> ScriptSecret | None:
    """The active secret of a business unit with this name, without regard to case.

    Raises ImproperlyConfigured when the key that opens its value is gone.
    """
    return _secrets_named(business_unit_id, name).first()


def has_secret_named(*, business_unit_id: int, name: str) -> bool:
    """Whether there is such a secret; its value is not opened."""
    return _secrets_named(business_unit_id, name).exists()


def _secrets_named(business_unit_id: int, name: str) -> QuerySet[ScriptSecret]:
    return ScriptSecret.objects.filter(business_unit_id=business_unit_id, name__iexact=name, is_active=True)


_NAMING = """
SELECT v.script_id
  FROM scripts_scriptversion v
 CROSS JOIN jsonb_array_elements(v.definition -> 'actions') action
  JOIN unnest(%s::text[], %s::text[]) AS place(type, property) ON place.type = action ->> 'type'
 WHERE v.status IN ('draft', 'published')
   AND lower(action -> 'properties' ->> place.property) = lower(%s)
"""


def scripts_naming(named: Any, kind: Kind) -> QuerySet[Script]:
    """The scripts of the object's business unit whose draft or published version names it.

    `kind` is that of the properties that may hold its name; names are without regard to case.
    """
    places = [
        (action.type, spec.name) for action in REGISTRY for spec in action.properties if spec.kind is kind
    ]
    types, properties = [type_ for type_, _name in places], [name for _type, name in places]
    naming = RawSQL(_NAMING, [types, properties, named.name])
    return Script.objects.filter(business_unit_id=named.business_unit_id, pk__in=naming)


def draft_of(script: Script) -> ScriptVersion | None:
    """The changes that wait to be published."""
    return script.versions.filter(status=ScriptVersion.Status.DRAFT).first()


def versions_of(script: Script) -> QuerySet[ScriptVersion]:
    """All versions, newest first, with who made them and without their definitions."""
    return (
        script.versions.select_related("created_by", "published_by").defer("definition").order_by("-number")
    )


def may_edit(user: User, script: Script) -> bool:
    """Whether a person may change, publish and restore.

    Who may only create scripts finishes what he created: until it is published for the first time.
    """
    if allows(user, Script, Verb.EDIT):
        return True
    if not allows(user, Script, Verb.CREATE):
        return False
    versions = list(script.versions.values_list("status", "created_by"))
    return versions == [(ScriptVersion.Status.DRAFT, user.pk)]


def editing_of(script: Script) -> ScriptEditing | None:
    """Who edits the script now; None once his lease is over."""
    return (
        ScriptEditing.objects.filter(script=script, lease_until__gt=database_now())
        .select_related("editor")
        .first()
    )
