"""What uses an object: what would be lost, or is in the way, if it were deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import PROTECT, Field, ForeignObjectRel, Model, QuerySet
from django.db.models.deletion import CASCADE
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

NAMED = 3
"""So many objects of a kind are named; of more, the rest is counted."""


_NAMERS: dict[type[Model], Callable[[Any], QuerySet[Any]]] = {}


def register_namer(model: type[Model], find: Callable[[Any], QuerySet[Any]]) -> None:
    """Count as users also the objects that name one of the model, without a reference in the database."""
    _NAMERS[model] = find


@dataclass(frozen=True, slots=True)
class Use:
    """The objects of one kind that use an object: how many, and the first of them if they have names."""

    model: type[Model]
    number: int
    named: tuple[Model, ...]
    path: str
    """The one relation that leads from a user to what it uses; empty when there are several."""

    @property
    def label(self) -> str:
        meta = self.model._meta
        return str(meta.verbose_name if self.number == 1 else meta.verbose_name_plural)

    @property
    def left_out(self) -> int:
        return self.number - len(self.named)

    @property
    def phrase(self) -> str:
        """“skills Support, Sales” or “2 contacts”."""
        if not self.named:
            return f"{self.number} {self.label}"
        names = ", ".join(str(row) for row in self.named)
        if not self.left_out:
            return f"{self.label} {names}"
        return _("%(kind)s %(names)s and %(number)s more") % {
            "kind": self.label,
            "names": names,
            "number": self.left_out,
        }


def uses_by_kind(instance: Model) -> list[Use]:
    """What uses the object, a kind each; kinds whose objects have names come first."""
    found: dict[type[Model], QuerySet[Any]] = {}
    paths: dict[type[Model], str] = {}
    for model, rows, path in _users(type(instance), instance, ""):
        known = found.get(model)
        found[model] = rows if known is None else known | rows
        paths[model] = path if known is None else ""
    if type(instance) in _NAMERS:
        named = _NAMERS[type(instance)](instance)
        found[named.model], paths[named.model] = named, ""
    uses = [_use(model, rows.distinct(), paths[model]) for model, rows in found.items()]
    return sorted(filter(None, uses), key=lambda use: (not use.named, use.phrase))


def uses_of(instance: Model) -> list[str]:
    """Phrases such as “skills Support, Sales” and “2 contacts”, named ones first."""
    return [use.phrase for use in uses_by_kind(instance)]


def sentence_of(phrases: list[str]) -> str:
    """“a, b and c” in the current language."""
    return get_text_list(phrases, _("and"))


def _users(
    model: type[Model], instance: Model, path: str
) -> Iterator[tuple[type[Model], QuerySet[Any], str]]:
    """Objects that refer to the instance, or to what would be deleted with it (`path` leads from there)."""
    for relation in model._meta.related_objects:
        field = relation.field
        if relation.many_to_many:
            if not path:
                yield _reference(relation.related_model, field, path, instance)
            continue
        on_delete = getattr(relation, "on_delete", None)
        if on_delete is PROTECT and not _is_link(relation):
            yield _reference(relation.related_model, field, path, instance)
        elif on_delete is CASCADE and not relation.related_model._meta.auto_created:
            yield from _users(relation.related_model, instance, _join(field.name, path))


def _is_link(relation: ForeignObjectRel) -> bool:
    """Whether the relation belongs to a many-to-many table: its other end is the user then."""
    return any(
        other.many_to_many and getattr(other, "through", None) is relation.related_model
        for other in relation.model._meta.related_objects
    )


def _reference(
    model: Any, field: Field[Any, Any], path: str, instance: Model
) -> tuple[type[Model], QuerySet[Any], str]:
    whole = _join(field.name, path)
    return model, model._base_manager.filter(**{whole: instance}), whole


def _join(first: str, rest: str) -> str:
    return f"{first}__{rest}" if rest else first


def _use(model: type[Model], rows: QuerySet[Any], path: str) -> Use | None:
    number = rows.count()
    if not number:
        return None
    # Objects of traffic (contacts, messages) have no name to show, and may be many.
    has_name = any(field.name in ("name", "user", "username") for field in model._meta.fields)
    most = NAMED if number <= NAMED else NAMED - 1
    named = tuple(rows.order_by("pk")[:most]) if has_name else ()
    return Use(model, number, named, path)
