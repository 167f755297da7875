"""Texts and conditions with variables, by Liquid (python-liquid), cut down to what cannot run away.

No loops, no assignments, no other templates, no attributes of objects, and only filters whose output grows
no faster than what they are given. So the time and the size of a result are bounded by those of the source
and of the variables. A variable is only ever filled in: what customers wrote is never looked into for
anything to execute.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from liquid import BoundTemplate, Environment, Mode
from liquid.exceptions import LiquidError

from scripts.interpreter.events import Scalar

TAGS: Final = frozenset({"#", "case", "comment", "content", "if", "illegal", "output", "unless"})
FILTERS: Final = frozenset(
    {
        "abs",
        "append",
        "at_least",
        "at_most",
        "capitalize",
        "ceil",
        "default",
        "divided_by",
        "downcase",
        "first",
    }
    | {"floor", "last", "lstrip", "minus", "modulo", "plus", "prepend", "remove", "round", "rstrip", "size"}
    | {"slice", "strip", "times", "truncate", "upcase"}
)
MOST_OUTPUT: Final = 64 * 1024
"""Bytes; a text for a customer is far smaller (`messages.shown`, the actions' own limits)."""


class TemplateError(ValueError):
    """The template cannot be read, or not filled in with these variables. The text says why, in English."""


class _Language(Environment):
    logical_not_operator = True
    logical_parentheses = True
    output_stream_limit = MOST_OUTPUT
    block_nesting_limit = 10


def _language() -> _Language:
    language = _Language(tolerance=Mode.STRICT)
    language.tags = {name: tag for name, tag in language.tags.items() if name in TAGS}
    language.filters = {name: how for name, how in language.filters.items() if name in FILTERS}
    return language


_LANGUAGE: Final = _language()


@lru_cache(maxsize=2_048)
def _read(source: str) -> BoundTemplate:
    try:
        template = _LANGUAGE.from_string(source)
        unknown = sorted(template.analyze().filters.keys() - FILTERS)
    except (LiquidError, ValueError, TypeError, RecursionError) as error:
        raise TemplateError(_reason(error)) from error
    if unknown:
        raise TemplateError(f"there is no filter {unknown[0]}")
    return template


def check_text(source: str) -> None:
    """Raises TemplateError unless the text can be read: `Hello {{ name | capitalize }}`."""
    _read(source)


def check_condition(source: str) -> None:
    """Raises TemplateError unless the condition can be read: `text contains "help" and tries < 3`."""
    _read(_asked(source))


def fill(source: str, variables: Mapping[str, Scalar]) -> str:
    """The text with its variables filled in; what does not exist is empty. Raises TemplateError."""
    try:
        return _read(source).render(dict(variables))
    except (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise TemplateError(_reason(error)) from error


def holds(source: str, variables: Mapping[str, Scalar]) -> bool:
    """Whether the condition is true. Raises TemplateError, as for `tries < 3` with a text in `tries`."""
    return fill(_asked(source), variables) != ""


def _asked(condition: str) -> str:
    if "%}" in condition or "{{" in condition or "{%" in condition:
        raise TemplateError("write the condition alone, without {{ }} or {% %}")
    return "{% if " + condition.strip() + " %}1{% endif %}"


def _reason(error: Exception) -> str:
    """The first line: the rest shows the source again."""
    return str(error).partition("\n")[0] if isinstance(error, LiquidError) else type(error).__name__
