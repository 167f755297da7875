"""Permissions on the pages: a matrix of objects and verbs, to tick or to read; roles with what each may."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from acd.navigation import SECTIONS
from core.permissions import WORDS, Verb, code_of, name_of, objects_name
from organizations.roles import EXTRAS, OBJECTS
from organizations.selectors import granted_by


@dataclass(frozen=True, slots=True)
class Cell:
    """One permission; locked when the reader cannot give or take it."""

    code: str
    name: str
    is_granted: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of object; a cell is None where there is no such permission."""

    title: str
    cells: list[Cell | None]


@dataclass(frozen=True, slots=True)
class Block:
    """The objects of one section of the navigation."""

    title: Promise
    rows: list[Row]


def matrix(granted: Collection[str], *, own: Collection[str] | None = None) -> list[Block]:
    """Every permission there is, by section and kind of object. `own` are those that the reader may give."""
    return [
        Block(section.title, [row for entry in section.entries for row in _rows(entry.model, granted, own)])
        for section in SECTIONS
    ]


def _rows(model: Any, granted: Collection[str], own: Collection[str] | None) -> Iterator[Row]:
    yield _row(model, granted, own)
    for code in EXTRAS.get(model._meta.label_lower, ()):
        cell = _cell(code, granted, own)
        yield Row(cell.name, [cell if verb is Verb.EDIT else None for verb in Verb])


def _row(model: Any, granted: Collection[str], own: Collection[str] | None) -> Row:
    cells: list[Cell | None] = []
    for verb in Verb:
        code = code_of(model, verb)
        exists = verb in OBJECTS[model._meta.label_lower]
        cells.append(_cell(code, granted, own) if exists else None)
    return Row(objects_name(model), cells)


def _cell(code: str, granted: Collection[str], own: Collection[str] | None) -> Cell:
    return Cell(code, name_of(code), code in granted, own is not None and code not in own)


def shown_matrix(granted: Collection[str]) -> SafeString:
    """The matrix to read."""
    context = {"blocks": matrix(granted), "verbs": WORDS.values(), "may_edit": False}
    return render_to_string("acd/widgets/permissions.html", context)


def summary(granted: Collection[str]) -> Iterator[str]:
    """A line for each kind of object, as "Skills: view, create, edit"."""
    for block in matrix(granted):
        for row in block.rows:
            pairs = zip(WORDS.values(), row.cells, strict=True)
            words = [str(word) for word, cell in pairs if cell and cell.is_granted]
            if words:
                yield _("%(objects)s: %(verb)s") % {"objects": row.title, "verb": ", ".join(words)}


# -- To tick ---------------


class MatrixWidget(forms.Widget):
    """Check boxes of all permissions. Its value is a list of codes."""

    template_name = "acd/widgets/permissions.html"
    own: Collection[str] | None = None
    use_fieldset = True

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[str]:
        return list(data.getlist(name))

    def value_omitted_from_data(self, _data: Any, _files: Any, _name: str) -> bool:
        """No box at all is a value: everything was taken."""
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        blocks = matrix(set(value or ()), own=self.own)
        return {**context, "blocks": blocks, "verbs": WORDS.values(), "may_edit": True}


class GrantsField(forms.Field):
    """The permissions of a role. Locked boxes are not sent by browsers: what they show stays."""

    widget: MatrixWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=MatrixWidget(), **kwargs)

    def set_own(self, own: Collection[str] | None) -> None:
        """Those that the person at the form may give; None for all."""
        self.widget.own = own

    def clean(self, value: Iterable[str]) -> list[str]:
        own = self.widget.own
        kept = [] if own is None else [code for code in self.initial or () if code not in own]
        return sorted({*value, *kept})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(self.clean(data)) != set(initial or ())


class RolesWidget(forms.SelectMultiple):
    """Roles to tick, each with what it may. Not from the check boxes: crispy draws those its own way."""

    template_name = "acd/widgets/roles.html"
    use_fieldset = True

    def create_option(self, name: str, value: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *arguments, **options)
        role = getattr(value, "instance", None)
        option["may"] = [] if role is None else list(summary(granted_by(role)))
        return option


class RolesField(forms.ModelMultipleChoiceField):
    """The roles of an account."""

    widget = RolesWidget

    def __init__(self, queryset: QuerySet[Group], **kwargs: Any) -> None:
        super().__init__(queryset, required=False, **kwargs)
