"""Fields that name other objects by their natural key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.models import BEST_PROFICIENCY, WORST_PROFICIENCY, Agent
from organizations.models import BusinessUnit
from provisioning.reach import NATURAL_KEYS, Token, find_by_tokens, is_storable, natural_key_of
from skills.models import Skill

DEFAULT_PROFICIENCY = 10
NAME_OR_ID = {"oneOf": [{"type": "string"}, {"type": "integer"}]}


def token_of(model: type[Model], data: Any) -> Token:
    """The token in any form that the API takes: "Support", 7, {"name": "Support"}, {"id": 7}.

    Raises ValidationError if it is none of them.
    """
    key = NATURAL_KEYS[model]
    if isinstance(data, Mapping) and len(data) == 1:
        data = next(iter(data.values())) if set(data) <= {"id", "name", key.api_name} else None
    if isinstance(data, bool) or not isinstance(data, (str, int)) or data == "":
        raise serializers.ValidationError(
            _("Name the %(kind)s by its %(key)s as text, or by its id as a whole number.")
            % {"kind": model._meta.verbose_name, "key": key.api_name}
        )
    return data


def unknown_object(model: type[Model], token: Token) -> serializers.ValidationError:
    """The answer to a reference that leads nowhere."""
    named = f"“{token}”" if isinstance(token, str) else _("with the id %(id)d") % {"id": token}
    return serializers.ValidationError(
        _("There is no %(kind)s %(named)s in this business unit.")
        % {"kind": model._meta.verbose_name, "named": named},
        code="does_not_exist",
    )


class References:
    """What names lead to, so that a thousand rows ask once. For one run inside a transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[type[Model], Any], dict[Token, Model | None]] = defaultdict(dict)

    def find(self, queryset: QuerySet[Model], unit: Any, tokens: Sequence[Token]) -> dict[Token, Model]:
        """As `find_by_tokens`; `unit` is the one that the query is restricted to."""
        known = self._known[queryset.model, unit]
        if missing := [token for token in tokens if token not in known]:
            found = find_by_tokens(queryset, missing)
            known.update({token: found.get(token) for token in missing})
        return {token: one for token in tokens if (one := known[token]) is not None}


class Reference(serializers.Field[Any, Any, Any, Any]):
    """Looks objects up in the business unit that the serializer works for.

    The context may hold `references`, which remembers them.
    """

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)

    def candidates(self) -> QuerySet[Model]:
        found: QuerySet[Model] = self.model._default_manager.all()
        if self.model is BusinessUnit:
            return found
        if self.model is Agent:
            found = found.select_related("user")
        return found.filter(business_unit=self.context["business_unit"])

    def find(self, tokens: Sequence[Token]) -> dict[Token, Model]:
        """The objects by the token that names them."""
        remembered: References | None = self.context.get("references")
        if remembered is None:
            return find_by_tokens(self.candidates(), tokens)
        return remembered.find(self.candidates(), self.context["business_unit"], tokens)

    def tokens_of(self, data: Any) -> list[Token]:
        """What the value of the field names. Raises ValidationError."""
        raise NotImplementedError

    def look_up(self, values: Iterable[Any]) -> None:
        """Remember what all these values of the field name; what they do wrong is said when each is read."""
        tokens: set[Token] = set()
        for value in values:
            with suppress(serializers.ValidationError):
                tokens.update(self.tokens_of(value))
        self.find(list(tokens))


@extend_schema_field(NAME_OR_ID)
class NaturalKeyField(Reference):
    """One object."""

    def to_internal_value(self, data: Any) -> Model:
        token = token_of(self.model, data)
        found = self.find([token])
        if token not in found:
            raise unknown_object(self.model, token)
        return found[token]

    def tokens_of(self, data: Any) -> list[Token]:
        return [token_of(self.model, data)]

    def to_representation(self, value: Model) -> str:
        return natural_key_of(value)


@extend_schema_field({"type": "array", "items": NAME_OR_ID})
class NaturalKeyListField(Reference):
    """Objects in an order that matters, each at most once."""

    def to_internal_value(self, data: Any) -> list[Model]:
        tokens = self.tokens_of(data)
        return list(_distinct(self.model, tokens, self.find(tokens)))

    def tokens_of(self, data: Any) -> list[Token]:
        return parse_each(data, lambda item: token_of(self.model, item))

    def to_representation(self, value: Any) -> list[str]:
        return [natural_key_of(item) for item in value]


PROFICIENCY_LIST = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "proficiency": {"type": "integer", "minimum": BEST_PROFICIENCY, "maximum": WORST_PROFICIENCY}
        },
    },
}


class ProficiencyListField(Reference):
    """Objects with a proficiency: `[{"skill": "Support", "proficiency": 3}]`, or just their names."""

    def __init__(self, model: type[Model], item_name: str, **kwargs: Any) -> None:
        self.item_name = item_name
        super().__init__(model, **kwargs)

    def to_internal_value(self, data: Any) -> list[tuple[Model, int]]:
        items = parse_each(data, self._parse)
        tokens = [token for token, _proficiency in items]
        objects = _distinct(self.model, tokens, self.find(tokens))
        return list(zip(objects, [proficiency for _token, proficiency in items], strict=True))

    def tokens_of(self, data: Any) -> list[Token]:
        return [token for token, _proficiency in parse_each(data, self._parse)]

    def _parse(self, item: Any) -> tuple[Token, int]:
        if not isinstance(item, Mapping):
            return token_of(self.model, item), DEFAULT_PROFICIENCY
        rest = dict(item)
        proficiency = rest.pop("proficiency", DEFAULT_PROFICIENCY)
        if len(rest) == 1 and self.item_name in rest:
            rest = {"name": rest[self.item_name]}
        if isinstance(proficiency, bool) or not isinstance(proficiency, int):
            raise serializers.ValidationError(_("Proficiency is a whole number, 1 (best) to 20 (worst)."))
        if not BEST_PROFICIENCY <= proficiency <= WORST_PROFICIENCY:
            raise serializers.ValidationError(_("Proficiency is 1 (best) to 20 (worst)."))
        return token_of(self.model, rest), proficiency


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["skill"],
            "properties": {"skill": NAME_OR_ID, **PROFICIENCY_LIST["items"]["properties"]},  # type: ignore[index]  # a literal above
        },
    }
)
class AgentSkillsField(ProficiencyListField):
    """The skills of an agent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Skill, "skill", **kwargs)

    def to_representation(self, value: Any) -> list[dict[str, Any]]:
        rows = sorted(value.all(), key=lambda row: row.skill.name)
        return [{"skill": row.skill.name, "proficiency": row.proficiency} for row in rows]


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["username"],
            "properties": {"username": NAME_OR_ID, **PROFICIENCY_LIST["items"]["properties"]},  # type: ignore[index]  # a literal above
        },
    }
)
class SkillAgentsField(ProficiencyListField):
    """The agents of a skill."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Agent, "username", **kwargs)

    def to_representation(self, value: Any) -> list[dict[str, Any]]:
        rows = sorted(value.all(), key=lambda row: row.agent.user.username)
        return [{"username": row.agent.user.username, "proficiency": row.proficiency} for row in rows]


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(serializers.JSONField):
    """A JSON object that the database can store."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Give a JSON object."))
        if not _all_storable(data):
            raise serializers.ValidationError(_("The document holds characters that are not text."))
        return super().to_internal_value(data)


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class DocumentListField(serializers.JSONField):
    """A list of JSON objects that the database can store."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            raise serializers.ValidationError(_("Give a list."))
        if not _all_storable(data):
            raise serializers.ValidationError(_("The document holds characters that are not text."))
        return super().to_internal_value(data)


def _all_storable(value: Any) -> bool:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str) and not is_storable(item):
            return False
        if isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item
    return True


def parse_each(data: Any, parse: Any) -> list[Any]:
    """Parse the items of a list. Raises ValidationError with the errors by position."""
    if not isinstance(data, Sequence) or isinstance(data, (str, bytes)):
        raise serializers.ValidationError(_("Give a list."))
    parsed: list[Any] = []
    errors: dict[Any, Any] = {}
    for position, item in enumerate(data):
        try:
            parsed.append(parse(item))
        except serializers.ValidationError as error:
            errors[position] = error.detail
    if errors:
        raise serializers.ValidationError(errors)
    return parsed


def _distinct(model: type[Model], tokens: Sequence[Token], found: Mapping[Token, Model]) -> list[Model]:
    """The objects in order. Raises ValidationError by position for what is unknown or named twice."""
    errors: dict[Any, Any] = {}
    objects: list[Model] = []
    seen: set[Any] = set()
    for position, token in enumerate(tokens):
        if token not in found:
            errors[position] = unknown_object(model, token).detail
            continue
        if found[token].pk in seen:
            errors[position] = [_("This is named twice.")]
        seen.add(found[token].pk)
        objects.append(found[token])
    if errors:
        raise serializers.ValidationError(errors)
    return objects
