"""Properties of actions: what they may hold, and how a value from outside becomes one that can be used."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.messages import Message, Translatable, shown
from scripts.interpreter.templates import TemplateError, check_condition, check_text

PropertyValue: TypeAlias = str | int | Decimal | None
Stored: TypeAlias = str | int | float

DEFAULT_SKILL: Final = "Default"
"""As a skill: that of the point of contact. The original product writes it so."""

LARGEST_INTEGER: Final = 2**53 - 1
"""Beyond it a JSON number is not the same number everywhere (RFC 8259, section 6)."""

VARIABLE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?")


class Kind(StrEnum):
    """What a property holds, hence which input an editor offers."""

    SKILL = "skill"
    AGENT = "agent"
    NUMBER = "number"
    INTEGER = "integer"
    CHOICE = "choice"
    TEXT = "text"
    TAG = "tag"
    DISPOSITION = "disposition"
    TEMPLATE = "template"
    CONDITION = "condition"
    VARIABLE = "variable"
    LINES = "lines"
    HOURS = "hours"
    SCRIPT = "script"
    SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice; `aliases` are other spellings that are read as it."""

    value: str
    label: Translatable
    aliases: tuple[str, ...] = ()

    def accepts(self, text: str) -> bool:
        return text.casefold() in {spelling.casefold() for spelling in (self.value, *self.aliases)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySpec:
    """One property of an action.

    `minimum` and `maximum` are inclusive and needed for numbers, `decimals` is how many places a number may
    have. `default` holds where the definition says nothing. A `sensitive` value is masked in traces.
    `only_with` names another property and its value, without which this one has no effect.
    """

    name: str
    kind: Kind
    label: Translatable
    help: Translatable
    default: PropertyValue = None
    minimum: int | None = None
    maximum: int | None = None
    decimals: int = 0
    choices: tuple[Choice, ...] = ()
    required: bool = False
    max_length: int = 1_000
    sensitive: bool = False
    multiline: bool = False
    only_with: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.kind in {Kind.NUMBER, Kind.INTEGER} and (self.minimum is None or self.maximum is None):
            raise ValueError(f"{self.name}: a number needs its range")
        if self.kind is Kind.CHOICE and not self.choices:
            raise ValueError(f"{self.name}: a choice needs its values")


class PropertyError(ValueError):
    """The value does not suit the property; the sentence says what does."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class PropertyFault:
    """A remark about one property of one action."""

    property_name: str
    code: str
    message: Message
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Properties as read: `values` to work with (defaults filled in), `stored` to keep (as given, tidied)."""

    values: Mapping[str, PropertyValue]
    stored: Mapping[str, object]
    faults: tuple[PropertyFault, ...]


def snake_case(name: str) -> str:
    """`InitialPriority` becomes `initial_priority`: the original product's spelling is read as ours."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def clean(spec: PropertySpec, raw: object) -> tuple[PropertyValue, Stored | None]:
    """Return the value to work with and the tidied form to store (None: store nothing).

    Nothing, null and "" mean the default. Raises PropertyError.
    """
    if raw is None or raw == "":
        if spec.required:
            raise PropertyError("property_required", Message(_("Fill in this property.")))
        return spec.default, None
    match spec.kind:
        case Kind.NUMBER | Kind.INTEGER:
            number = _number(spec, raw)
            if spec.kind is Kind.INTEGER or number == number.to_integral_value():
                whole = int(number)
                return (whole if spec.kind is Kind.INTEGER else Decimal(whole)), whole
            return number.normalize(), float(number)
        case Kind.CHOICE:
            choice = _choice(spec, raw)
            return choice, choice
        case Kind.SKILL | Kind.AGENT | Kind.TAG | Kind.DISPOSITION | Kind.HOURS | Kind.SCRIPT | Kind.SECRET:
            name = unicodedata.normalize("NFC", _text(spec, raw)).strip()
            if not name:
                return clean(spec, None)
            if spec.kind is Kind.SKILL and name.casefold() == DEFAULT_SKILL.casefold():
                return None, DEFAULT_SKILL
            return name, name
        case Kind.TEXT | Kind.TEMPLATE | Kind.CONDITION:
            text = _text(spec, raw)
            _check_template(spec.kind, text)
            return text, text
        case Kind.VARIABLE:
            return _variable(spec, raw)
        case Kind.LINES:
            lines = "\n".join(lines_of(_text(spec, raw)))
            return (lines, lines) if lines else clean(spec, None)


def read_properties(
    specs: Sequence[PropertySpec], unused: frozenset[str], raw: Mapping[str, object]
) -> Reading:
    """Read what a definition gives for an action with these specifications.

    Names must be ours already (`snake_case`). `unused` are names that the original product knows and we
    have no use for: they are kept and remarked on. An unknown name is kept too, but is a fault, as a slip
    of the pen in `skill` would send contacts elsewhere.
    """
    values: dict[str, PropertyValue] = {}
    stored: dict[str, object] = {}
    faults: list[PropertyFault] = []
    for spec in specs:
        given = raw.get(spec.name)
        try:
            values[spec.name], kept = clean(spec, given)
        except PropertyError as error:
            faults.append(PropertyFault(spec.name, error.code, error.message))
            values[spec.name], kept = spec.default, None
            if given is not None:
                stored[spec.name] = given
        if kept is not None:
            stored[spec.name] = kept
    known = {spec.name for spec in specs}
    for name in sorted(raw.keys() - known):
        stored[name] = raw[name]
        faults.append(_stranger(name, known, is_unused=name in unused))
    return Reading(values, dict(sorted(stored.items())), tuple(faults))


def _stranger(name: str, known: set[str], *, is_unused: bool) -> PropertyFault:
    if is_unused:
        text = Message(
            _("The property %(property)s has no effect here; you can remove it."), {"property": shown(name)}
        )
        return PropertyFault(name, "property_unused", text, is_warning=True)
    if not known:
        text = Message(
            _("This action has no property %(property)s: it has no properties."), {"property": shown(name)}
        )
    else:
        text = Message(
            _("This action has no property %(property)s. It has: %(known)s."),
            {"property": shown(name), "known": ", ".join(sorted(known))},
        )
    return PropertyFault(name, "property_unknown", text)


def _number(spec: PropertySpec, raw: object) -> Decimal:
    number = _exact(raw)
    if number is None:
        raise PropertyError(
            "property_type", Message(_("Enter a number, not “%(value)s”."), {"value": shown(raw)})
        )
    low, high = spec.minimum, spec.maximum
    if low is None or high is None or not low <= number <= high:
        raise PropertyError(
            "property_range",
            Message(
                _("Enter a number from %(minimum)s to %(maximum)s, not %(value)s."),
                {"minimum": low, "maximum": high, "value": shown(raw)},
            ),
        )
    tidy = number.quantize(Decimal(1).scaleb(-spec.decimals))
    if tidy == number:
        return tidy
    if spec.decimals:
        raise PropertyError(
            "property_decimals",
            Message(
                _("Use at most %(decimals)s decimal places, not %(value)s."),
                {"decimals": spec.decimals, "value": shown(raw)},
            ),
        )
    raise PropertyError(
        "property_decimals", Message(_("Enter a whole number, not %(value)s."), {"value": shown(raw)})
    )


def _exact(raw: object) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return Decimal(raw) if abs(raw) <= LARGEST_INTEGER else None
    if isinstance(raw, float):
        # By its shortest text, so that 0.1 means 0.1.
        return Decimal(repr(raw)) if math.isfinite(raw) else None
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        return Decimal(raw.strip())
    return None


def _choice(spec: PropertySpec, raw: object) -> str:
    if isinstance(raw, str):
        for choice in spec.choices:
            if choice.accepts(raw.strip()):
                return choice.value
    raise PropertyError(
        "property_choice",
        Message(
            _("Choose one of %(choices)s, not “%(value)s”."),
            {"choices": ", ".join(choice.value for choice in spec.choices), "value": shown(raw)},
        ),
    )


def lines_of(text: str) -> list[str]:
    """The lines that are not blank, without the blanks around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _check_template(kind: Kind, text: str) -> None:
    try:
        if kind is Kind.TEMPLATE:
            check_text(text)
        elif kind is Kind.CONDITION:
            check_condition(text)
    except TemplateError as error:
        sentence = (
            _("This condition cannot be read: %(reason)s.")
            if kind is Kind.CONDITION
            else _("This text cannot be read: %(reason)s. Variables are written {{ name }}.")
        )
        raise PropertyError("property_template", Message(sentence, {"reason": error.message})) from error


def _variable(spec: PropertySpec, raw: object) -> tuple[str, str]:
    name = _text(spec, raw).strip()
    if not VARIABLE_NAME.fullmatch(name):
        raise PropertyError(
            "property_variable",
            Message(
                _(
                    "Begin the name of a variable with a letter and use letters, digits and underscores, "
                    "at most 40; not “%(value)s”."
                ),
                {"value": shown(name)},
            ),
        )
    return name, name


def _text(spec: PropertySpec, raw: object) -> str:
    if not isinstance(raw, str):
        raise PropertyError(
            "property_type", Message(_("Enter a text, not “%(value)s”."), {"value": shown(raw)})
        )
    if len(raw) > spec.max_length:
        raise PropertyError(
            "property_too_long",
            Message(
                _("Use at most %(maximum)s characters; these are %(length)s."),
                {"maximum": spec.max_length, "length": len(raw)},
            ),
        )
    return raw
