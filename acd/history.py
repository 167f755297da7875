"""The audit log of an object in words: who, when, which field, from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentSkill
from core.audit import NOT_TRACKED
from scripts.models import Script, ScriptVersion
from skills.models import Skill, SkillDisposition, SkillTag

PARTS: dict[type[Model], tuple[tuple[type[Model], str], ...]] = {
    Skill: ((SkillDisposition, "skill"), (SkillTag, "skill"), (AgentSkill, "skill")),
    Agent: ((AgentSkill, "agent"),),
    Script: ((ScriptVersion, "script"),),
}
"""Rows that belong to an object: their changes are part of its history, also when they are gone."""

ACTIONS = {
    LogEntry.Action.CREATE: _("created"),
    LogEntry.Action.UPDATE: _("changed"),
    LogEntry.Action.DELETE: _("removed"),
}


def changes_of(instance: Model) -> QuerySet[LogEntry]:
    """The entries about the object and its parts, newest first."""
    wanted = Q(pk__in=LogEntry.objects.get_for_object(instance).values("pk"))
    for model, field in PARTS.get(type(instance), ()):
        about = LogEntry.objects.get_for_model(model)
        named = {f"changes__{field}__contains": [str(instance.pk)]}
        living = model._default_manager.filter(**{field: instance.pk}).values("pk")
        wanted |= Q(pk__in=about.filter(**named).values("pk"))
        wanted |= Q(pk__in=about.filter(object_id__in=living).values("pk"))
    return (
        LogEntry.objects.filter(wanted).select_related("actor", "content_type").order_by("-timestamp", "-pk")
    )


def shown_change(entry: LogEntry) -> dict[str, Any]:
    """One entry as the page shows it."""
    model = entry.content_type.model_class()
    return {
        "at": entry.timestamp,
        "actor": entry.actor,
        "action": ACTIONS.get(entry.action, ""),
        "kind": model._meta.verbose_name if model else entry.content_type.model,
        "name": entry.object_repr,
        "fields": list(_fields(model, entry.changes_dict)),
    }


def _fields(model: type[Model] | None, changes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, change in changes.items():
        if name == "id" or name in NOT_TRACKED or not isinstance(change, list):
            continue
        before, after = (None if value in ("None", "") else value for value in change)
        if before is None and after is None:
            continue
        yield {"label": _label(model, name), "before": _word(before), "after": _word(after)}


def _label(model: type[Model] | None, name: str) -> str | Promise:
    try:
        return model._meta.get_field(name).verbose_name if model else name  # type: ignore[union-attr]  # only relations from elsewhere have none
    except (FieldDoesNotExist, AttributeError):
        return name


def _word(value: Any) -> Any:
    return {"True": _("yes"), "False": _("no")}.get(value, value) if isinstance(value, str) else value
