"""What is said about a wrong value: one sentence per field and mistake, which says what is right.

Forms, the API, documents, imports and the services take it from here, so it is the same wherever a value
comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

Sentence = str | Promise

_MISSING = ("required", "null", "blank")
_NUMBER = (
    "invalid",
    "min_value",
    "max_value",
    "max_digits",
    "max_decimal_places",
    "max_whole_digits",
    "max_string_length",
)

REQUIRED = gettext_lazy("This is required: fill it in.")


def sentences_of(column: models.Field) -> dict[str, Sentence]:
    """The sentences about a column, by the code that the framework gives the mistake.

    Codes that are not there keep what the validator of the column says.
    """
    found: dict[str, Sentence] = dict.fromkeys(_MISSING, REQUIRED)
    if isinstance(column, (models.IntegerField, models.DecimalField)):
        found |= dict.fromkeys(_NUMBER, _lazily(_number, column))
    if column.choices:
        found["invalid_choice"] = _lazily(_choice, column)
    elif getattr(column, "max_length", None):
        found["max_length"] = _lazily(_length, column)
    if isinstance(column, models.BooleanField):
        found["invalid"] = gettext_lazy("Say true or false.")
    return found


def in_our_words(error: ValidationError, model: type[models.Model]) -> dict[str, list[str]]:
    """The sentences by field of what the checks of a model found."""
    columns = {column.name: column for column in model._meta.fields}
    return {
        name: list(dict.fromkeys(_reworded(errors, columns.get(name))))
        for name, errors in error.error_dict.items()
    }


def _reworded(errors: Iterable[ValidationError], column: models.Field | None) -> Iterable[str]:
    ours: Mapping[str, Sentence] = {} if column is None else sentences_of(column)
    for error in errors:
        said = ours.get(error.code or "")
        if said is not None:
            yield str(said)
        else:
            yield from error.messages


def _lazily(make: Any, column: models.Field) -> Promise:
    """In the language of the reader, not of the moment when the form or serializer was made."""
    return lazy(lambda: make(column), str)()


def _number(column: models.Field) -> str:
    lows = [_limit(rule) for rule in column.validators if isinstance(rule, MinValueValidator)]
    highs = [_limit(rule) for rule in column.validators if isinstance(rule, MaxValueValidator)]
    values: dict[str, Any] = {"low": max(lows, default=None), "high": min(highs, default=None)}
    if isinstance(column, models.IntegerField):
        return _("Give a whole number from %(low)s to %(high)s.") % values
    values["places"] = places = getattr(column, "decimal_places", 0)
    return (
        ngettext(
            "Give a number from %(low)s to %(high)s, with at most %(places)s decimal place.",
            "Give a number from %(low)s to %(high)s, with at most %(places)s decimal places.",
            places,
        )
        % values
    )


def _limit(rule: MinValueValidator | MaxValueValidator) -> Any:
    return rule.limit_value() if callable(rule.limit_value) else rule.limit_value


def _choice(column: models.Field) -> str:
    values = ", ".join(str(value) for value, _label in column.flatchoices if value not in ("", None))
    return _("Choose one of these: %(values)s.") % {"values": values}


def _length(column: models.Field) -> str:
    return _("At most %(number)d characters fit here: shorten it.") % {"number": column.max_length}
