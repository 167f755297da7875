"""What the input of every configured object shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.api import NumberField, StrictSerializer
from core.sentences import REQUIRED, sentences_of
from organizations.models import BusinessUnit, User
from provisioning.fields import NAME_OR_ID, NaturalKeyField, token_of, unknown_object
from provisioning.reach import find_by_tokens, units_in_reach

READ_ONLY = ("id", "created_at", "updated_at")


class InputSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """Reads the body of POST, PUT and PATCH into the arguments of a service; saves nothing.

    Context: `user`, who asks (None: the operator), and perhaps `default_unit`, or `unit` if it is known;
    after validation `context["business_unit"]` is the unit of the object. Types, choices and ranges come from
    the model, the one place where they are written down.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: NumberField,
    }
    ignored_fields: Sequence[str] = READ_ONLY
    kept_fields: Sequence[str] = ()
    """What a PUT that does not mention it leaves alone: secrets, and what is managed elsewhere."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """With the sentences that all faces share; rules that are more than a range are the service's."""
        kind, options = super().build_standard_field(field_name, model_field)
        options.pop("validators", None)
        return kind, options | {"error_messages": sentences_of(model_field)}

    def get_fields(self) -> dict[str, Any]:
        """Those that are declared get the sentences too."""
        fields = super().get_fields()
        model: type[models.Model] = self.Meta.model
        columns = {column.name: column for column in model._meta.fields}
        for name, field in fields.items():
            # What was read can be sent back: without secrets, which nobody can read.
            field.required = field.required and not (self.instance is not None and name in self.kept_fields)
            if name in self._declared_fields:
                ours: dict[str, Any] = dict.fromkeys(("required", "null", "blank"), REQUIRED)
                field.error_messages |= ours | (sentences_of(columns[name]) if name in columns else {})
        return fields

    def get_validators(self) -> list[Any]:
        """None: uniqueness and rules across fields are the service's."""
        return []

    def to_internal_value(self, data: Any) -> Any:
        if "business_unit" in self.fields:
            context = cast(dict[str, Any], self.context)
            context["business_unit"] = context.get("unit") or self.unit_of(data)
        values = super().to_internal_value(data)
        values.pop("business_unit", None)
        return values

    def replacing(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What PUT means: what is not mentioned returns to its default."""
        absent = [
            name
            for name, field in self.fields.items()
            if name not in values and name not in self.kept_fields and name != "business_unit"
            if not field.required
        ]
        return {**values, **{name: self._default_of(name) for name in absent}}

    def _default_of(self, name: str) -> Any:
        model: type[models.Model] = self.Meta.model
        column = next((field for field in model._meta.fields if field.name == name), None)
        return [] if column is None else column.get_default()

    def unit_of(self, data: Any) -> BusinessUnit:
        """The business unit that references are looked up in. Raises ValidationError."""
        named = data.get("business_unit") if isinstance(data, Mapping) else None
        if self.instance is not None:
            return self._unchanged_unit(self.instance.business_unit, named)
        user: User | None = self.context["user"]
        if named is not None:
            return self._named_unit(user, named)
        home: BusinessUnit | None = self.context.get("default_unit") or (user.business_unit if user else None)
        if home is not None:
            return home
        reached = list(units_in_reach(user)[:2])
        if len(reached) != 1:
            sentence = _("There are several business units, or none: say which one is meant.")
            raise serializers.ValidationError({"business_unit": [sentence]})
        return reached[0]

    @staticmethod
    def _named_unit(user: User | None, named: Any) -> BusinessUnit:
        try:
            token = token_of(BusinessUnit, named)
            found = find_by_tokens(units_in_reach(user), [token])
            if token not in found:
                raise unknown_object(BusinessUnit, token)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"business_unit": error.detail}) from error
        return found[token]

    @staticmethod
    def _unchanged_unit(unit: BusinessUnit, named: Any) -> BusinessUnit:
        if named is not None:
            token = token_of(BusinessUnit, named)
            if find_by_tokens(BusinessUnit.objects.filter(pk=unit.pk), [token]).get(token) != unit:
                sentence = _("An object cannot move to another business unit.")
                raise serializers.ValidationError({"business_unit": [sentence]})
        return unit


class UnitField(serializers.Field[Any, Any, Any, Any]):
    """The business unit in a body; `InputSerializer.unit_of` has looked it up already."""

    initial = None
    _spectacular_annotation = {"field": NAME_OR_ID}

    def __init__(self) -> None:
        super().__init__(
            required=False,
            help_text=gettext_lazy("The user's own unless said; it cannot be changed later."),
        )

    def to_internal_value(self, data: Any) -> Any:
        return self.context["business_unit"]

    def to_representation(self, value: Any) -> str:
        return str(value)


class OutputSerializer(serializers.ModelSerializer[Any]):
    """Writes an object; every field is read-only."""

    serializer_field_mapping = InputSerializer.serializer_field_mapping

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            field.read_only = True
        return fields


def reference(model: type[models.Model], **kwargs: Any) -> NaturalKeyField:
    """A reference as it is written in answers."""
    return NaturalKeyField(model, read_only=True, **kwargs)
