"""Which columns the table of a resource has: one for each field that the REST API takes, except secrets.

A column is known by its name in the API, by its heading in every language of the product, and by the vendor's
own word where that is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from rest_framework import serializers

from core.api import NumberField, plain_number
from core.errors import Text
from provisioning.fields import NaturalKeyField, NaturalKeyListField, ProficiencyListField
from provisioning.reach import NATURAL_KEYS
from provisioning.resources import (
    HOURS_OF_OPERATION,
    IN_ORDER,
    QUICK_REPLIES,
    SCRIPT_SECRETS,
    SCRIPTS,
    Resource,
)
from provisioning.serializers.base import UnitField
from provisioning.serializers.inputs import SECRETS
from provisioning.tables.cells import fold

ROW_CHANGED, ID = "row_changed", "id"

HEADINGS: Mapping[str, Text] = {
    ROW_CHANGED: _("row changed"),
    ID: _("ID"),
    "business_unit": _("business unit"),
    "username": _("user name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "agents": _("agents"),
    "skills": _("ACD skills"),
}
"""Of the columns that are no field of the model."""

ALSO: Mapping[str, Sequence[str]] = {
    "direction": ("Inbound/Outbound",),
    "name": ("Name",),
    ID: ("Skill ID",),
}
"""Other words that people use."""

EXAMPLES: Mapping[str, Any] = {
    "name": "Support",
    "direction": "inbound",
    "media_type": "sms",
    "campaign": "Customer service",
    "transport_code": "15550100300",
    "dispositions": ["Resolved", "Spam"],
    "tags": ["VIP"],
    "agents": [{"username": "agent.one", "proficiency": 1}, {"username": "agent.two", "proficiency": 10}],
    "skills": [{"skill": "Support", "proficiency": 1}, {"skill": "Sales", "proficiency": 10}],
    "acceleration": 1.5,
    "username": "agent.one",
    "first_name": "Olivia",
    "last_name": "Martin",
    "team": "Front desk",
    "skill": "Support",
    "script": "Plain queue",
    "provider": "simulator",
    "country": "US",
}


class Kind(StrEnum):
    """How the cells of a column are read and written."""

    TEXT = auto()
    ADDRESS = auto()
    FLAG = auto()
    NUMBER = auto()
    CHOICE = auto()
    LIST = auto()
    PROFICIENCIES = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `empty` is what an empty cell means; `is_left_out_empty`: it says nothing."""

    name: str
    kind: Kind
    heading: Text
    help_text: Text = ""
    is_required: bool = False
    is_left_out_empty: bool = True
    empty: Any = None
    choices: Mapping[str, Text] | None = None
    refers_to: type[Model] | None = None
    item_name: str = ""
    default: Any = None

    @property
    def example(self) -> Any:
        """A value for the example row of the template."""
        return EXAMPLES.get(self.name, self.default)

    def names(self) -> set[str]:
        """All by which the column is known, folded."""
        return {name for language, _name in settings.LANGUAGES for name in self.names_in(language)}

    def names_in(self, language: str) -> set[str]:
        """Those that somebody of this language may write, folded; the name in the API is in all of them."""
        return {fold(name) for name in (self.name, *ALSO.get(self.name, ()), _in(language, self.heading))}

    def choices_by_name(self) -> dict[str, str]:
        """The values by each of their folded names in every language."""
        return {
            fold(name): value
            for value, label in (self.choices or {}).items()
            for name in (value, *(_in(language, label) for language, _name in settings.LANGUAGES))
        }


@dataclass(frozen=True, slots=True)
class Table:
    """The table of one resource."""

    resource: Resource
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """The column that says which object a row is about."""
        return NATURAL_KEYS[self.resource.model].api_name

    def by_name(self) -> dict[str, Column]:
        """The columns by all their folded names."""
        return {name: column for column in self.columns for name in column.names()}


def _in(language: str, text: Text) -> str:
    with override(language):
        return capfirst(str(text))


NOT_TABULAR = (SCRIPTS, QUICK_REPLIES, HOURS_OF_OPERATION, SCRIPT_SECRETS)
TABULAR = tuple(resource for resource in IN_ORDER if resource not in NOT_TABULAR)
"""All but what fits no cell (definitions, special days) or does not belong in a file (secrets)."""


@cache
def table_of(resource: Resource) -> Table:
    """The table of a resource."""
    marks = [
        Column(ROW_CHANGED, Kind.TEXT, HEADINGS[ROW_CHANGED], _("Y: this row is to be processed.")),
        Column(ID, Kind.TEXT, HEADINGS[ID], _("Empty: the row is found by its name, or is new.")),
    ]
    fields = resource.input().fields
    columns = [_column(resource.model, name, field) for name, field in fields.items() if name not in SECRETS]
    # What says which object is meant comes first.
    columns.sort(key=lambda column: not column.is_required)
    return Table(resource, (*marks, *columns))


def _column(model: type[Model], name: str, field: serializers.Field[Any, Any, Any, Any]) -> Column:
    kind, more = _kind(field)
    allows_null, allows_blank = field.allow_null, getattr(field, "allow_blank", False)
    is_list = kind in (Kind.LIST, Kind.PROFICIENCIES)
    target = more.get("refers_to")
    if kind is Kind.TEXT and (
        (target is not None and NATURAL_KEYS[target].is_address)
        or (name == NATURAL_KEYS[model].api_name and NATURAL_KEYS[model].is_address)
    ):
        kind = Kind.ADDRESS
    return Column(
        name,
        kind,
        _heading(model, name),
        field.help_text or "",
        is_required=bool(field.required),
        is_left_out_empty=not (allows_null or allows_blank or is_list),
        empty=[] if is_list else None if allows_null else "",
        default=_default(model, name),
        **more,
    )


def _kind(field: serializers.Field[Any, Any, Any, Any]) -> tuple[Kind, dict[str, Any]]:
    if isinstance(field, ProficiencyListField):
        return Kind.PROFICIENCIES, {"refers_to": field.model, "item_name": field.item_name}
    if isinstance(field, NaturalKeyListField):
        return Kind.LIST, {"refers_to": field.model}
    if isinstance(field, NaturalKeyField):
        return Kind.TEXT, {"refers_to": field.model}
    if isinstance(field, UnitField):
        return Kind.TEXT, {}
    if isinstance(field, serializers.BooleanField):
        return Kind.FLAG, {}
    if isinstance(field, serializers.ChoiceField):
        return Kind.CHOICE, {
            "choices": {str(value): label for value, label in field.choices.items() if value}
        }
    if isinstance(field, (serializers.IntegerField, NumberField)):
        return Kind.NUMBER, {}
    return Kind.TEXT, {}


def _heading(model: type[Model], name: str) -> Text:
    if name in HEADINGS:
        return HEADINGS[name]
    return model._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # every field of ours has one


def _default(model: type[Model], name: str) -> Any:
    field = next((one for one in model._meta.fields if one.name == name), None)
    default = field.get_default() if field is not None and field.has_default() else None
    return plain_number(default) if isinstance(default, Decimal) else default


YES_NO: Mapping[bool, Text] = {True: _("Yes"), False: _("No")}
