"""The audit log of an object in words: who, when, which field, from what to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, Field, ForeignKey, Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from acd.cells import plain_number
from agents.models import Agent, AgentSkill
from core.audit import NOT_TRACKED, references_to
from core.models import Numbered
from core.permissions import name_of
from organizations.models import User
from quick_replies.models import QuickReply, QuickReplySkill
from scripts.models import Script, ScriptVersion
from skills.models import Skill, SkillDisposition, SkillTag

PARTS: dict[type[Model], tuple[tuple[type[Model], str], ...]] = {
    Skill: ((SkillDisposition, "skill"), (SkillTag, "skill"), (AgentSkill, "skill")),
    Agent: ((AgentSkill, "agent"),),
    QuickReply: ((QuickReplySkill, "quick_reply"),),
    Script: ((ScriptVersion, "script"),),
}
"""Rows that belong to an object: their changes are part of its history, also when they are gone."""

SETS = {"groups": _("roles")}
"""What we call sets that the framework calls otherwise."""

ACTIONS = {
    LogEntry.Action.CREATE: pgettext_lazy("history", "created"),
    LogEntry.Action.UPDATE: pgettext_lazy("history", "changed"),
    LogEntry.Action.DELETE: pgettext_lazy("history", "removed"),
}
MASK = "***"
Titles = Mapping[tuple[type[Model], str], str]


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


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """The part of a history that somebody asked for: by whom, and what kind of change."""

    entries: QuerySet[LogEntry]
    actors: list[User]
    actor: str
    action: str
    actions: tuple[tuple[str, str | Promise], ...]

    @classmethod
    def of(cls, instance: Model, asked: Mapping[str, Any]) -> HistoryFilter:
        """What is asked for in the address of the page; nonsense asks for nothing."""
        entries = changes_of(instance)
        actors = User.objects.filter(pk__in=entries.order_by().values("actor")).order_by("username")
        actor, action = str(asked.get("who", "")), str(asked.get("what", ""))
        if actor == "system":
            entries = entries.filter(actor__isnull=True)
        elif actor.isdigit():
            entries = entries.filter(actor=int(actor))
        if action.isdigit():
            entries = entries.filter(action=int(action))
        choices = tuple((str(number), words) for number, words in ACTIONS.items())
        return cls(entries, list(actors), actor, action, choices)

    @property
    def query(self) -> str:
        """What the links to other pages keep."""
        return f"&who={self.actor}&what={self.action}" if self.actor or self.action else ""


def shown_changes(entries: list[LogEntry]) -> list[dict[str, Any]]:
    """The entries as the page shows them: references by the names that the objects have now."""
    titles = _titles(entries)
    return [_shown_change(entry, titles) for entry in entries]


def _shown_change(entry: LogEntry, titles: Titles) -> dict[str, Any]:
    model = entry.content_type.model_class()
    return {
        "at": entry.timestamp,
        "actor": entry.actor,
        "action": ACTIONS.get(entry.action, ""),
        "kind": model._meta.verbose_name if model else entry.content_type.model,
        "name": _name(model, entry),
        "fields": list(_fields(model, entry, titles)),
    }


def _name(model: type[Model] | None, entry: LogEntry) -> str:
    """The name of its moment; what goes by a number has none, and was called so in the writer's language."""
    if model is not None and issubclass(model, Numbered):
        return model.title_of(entry.object_pk)
    return entry.object_repr


def _changes(entry: LogEntry) -> Iterator[tuple[str, list[Any]]]:
    untold = {*NOT_TRACKED, *references_to(entry.content_type.model_class())}
    for name, change in entry.changes_dict.items():
        if name != "id" and name not in untold and isinstance(change, list):
            yield name, [None if value in ("None", "") else value for value in change]


def _titles(entries: list[LogEntry]) -> Titles:
    """Names of all objects that the entries refer to, with one query for each kind of object."""
    wanted: dict[type[Model], set[str]] = defaultdict(set)
    for entry in entries:
        model = entry.content_type.model_class()
        for name, change in _changes(entry):
            field = _field(model, name)
            if isinstance(field, ForeignKey):
                wanted[field.related_model].update(key for key in change if key and str(key).isdigit())
    found: dict[tuple[type[Model], str], str] = {}
    for model, keys in wanted.items():
        rows = model._default_manager.filter(pk__in=keys)
        if model is Agent:
            rows = rows.select_related("user")
        found |= {(model, str(row.pk)): str(row) for row in rows}
    return found


def _fields(model: type[Model] | None, entry: LogEntry, titles: Titles) -> Iterator[dict[str, Any]]:
    for name, change in _sets(entry):
        yield _linked(model, name, change)
    for name, (before, after) in _changes(entry):
        if before is None and after is None:
            continue
        field = _field(model, name)
        if MASK in (before, after):
            yield {"label": _label(field, name), "secret": True}
            continue
        yield {
            "label": _label(field, name),
            "before": _word(field, before, titles),
            "after": _word(field, after, titles),
        }


def _sets(entry: LogEntry) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, change in entry.changes_dict.items():
        if isinstance(change, dict):
            yield name, change


def _linked(model: type[Model] | None, name: str, change: dict[str, Any]) -> dict[str, Any]:
    """What was added to, or removed from, a set: permissions of a role, roles of an account."""
    shown = ", ".join(name_of(one) for one in change["objects"])
    before, after = (None, shown) if change["operation"] == "add" else (shown, None)
    return {"label": SETS.get(name) or _label(_field(model, name), name), "before": before, "after": after}


def _field(model: type[Model] | None, name: str) -> Field[Any, Any] | None:
    """The field of this name; None if the model has it no more, or only others refer to it so."""
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _label(field: Field[Any, Any] | None, name: str) -> str | Promise:
    return name if field is None else field.verbose_name


def _word(field: Field[Any, Any] | None, value: Any, titles: Titles) -> Any:
    """A stored value as people read it."""
    if value is None or field is None:
        return value
    if isinstance(field, ForeignKey):
        gone = _("number %(key)s, which is gone") % {"key": value}
        return titles.get((field.related_model, str(value)), gone)
    if isinstance(field, DecimalField):
        return _number(value)
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    return {"True": _("yes"), "False": _("no")}.get(value, value)


def _number(value: str) -> str:
    try:
        return plain_number(Decimal(value))
    except InvalidOperation:
        return value
