"""What uses an object: what would be lost, or is in the way, if it were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import PROTECT, Field, ForeignObjectRel, Model, QuerySet
from django.db.models.deletion import CASCADE
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

NAMED = 3
"""So many objects of a kind are named; of more, the rest is counted."""


def uses_of(instance: Model) -> list[str]:
    """Phrases such as “skills Support, Sales” and “2 points of contact”, named ones first."""
    found: dict[type[Model], QuerySet[Any]] = {}
    for model, rows in _users(type(instance), instance, ""):
        known = found.get(model)
        found[model] = rows if known is None else known | rows
    phrases = [_phrase(model, rows.distinct()) for model, rows in found.items()]
    return sorted(filter(None, phrases), key=lambda phrase: (phrase[0].isdigit(), phrase))


def sentence_of(phrases: list[str]) -> str:
    """“a, b and c” in the current language."""
    return get_text_list(phrases, _("and"))


def _users(model: type[Model], instance: Model, path: str) -> Iterator[tuple[type[Model], QuerySet[Any]]]:
    """Objects that refer to the instance, or to what would be deleted with it (`path` leads from there)."""
    for relation in model._meta.related_objects:
        field = relation.field
        if relation.many_to_many:
            if not path:
                yield _shown(relation.related_model), _filter(relation.related_model, field, path, instance)
            continue
        on_delete = getattr(relation, "on_delete", None)
        if on_delete is PROTECT and not _is_link(relation):
            yield _shown(relation.related_model), _filter(relation.related_model, field, path, instance)
        elif on_delete is CASCADE and not relation.related_model._meta.auto_created:
            yield from _users(relation.related_model, instance, _join(field.name, path))


def _is_link(relation: ForeignObjectRel) -> bool:
    """Whether the relation belongs to a many-to-many table: its other end is the user then."""
    return any(
        other.many_to_many and getattr(other, "through", None) is relation.related_model
        for other in relation.model._meta.related_objects
    )


def _filter(model: Any, field: Field[Any, Any], path: str, instance: Model) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._base_manager.filter(**{_join(field.name, path): instance})
    return rows


def _join(first: str, rest: str) -> str:
    return f"{first}__{rest}" if rest else first


def _shown(model: Any) -> type[Model]:
    result: type[Model] = model
    return result


def _phrase(model: type[Model], rows: QuerySet[Any]) -> str:
    number = rows.count()
    if not number:
        return ""
    label = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural
    # Objects of traffic (contacts, messages) have no name to show, and may be many.
    if not any(field.name in ("name", "user", "username") for field in model._meta.fields):
        return f"{number} {label}"
    if number > NAMED:
        names = ", ".join(str(row) for row in rows.order_by("pk")[: NAMED - 1])
        return _("%(kind)s %(names)s and %(number)s more") % {
            "kind": label,
            "names": names,
            "number": number - NAMED + 1,
        }
    return f"{label} {', '.join(str(row) for row in rows.order_by('pk'))}"
