"""Texts and conditions with variables, by Liquid (python-liquid), cut down to what cannot run away.

No loops, no assignments, no other templates, no attributes of objects, and only filters whose output grows
no faster than what they are given. So the time and the size of a result are bounded by those of the source
and of the variables. A variable is only ever filled in: what customers wrote is never looked into for
anything to execute.

A source is read once per process. What was read is asked directly, without the library's own rendering,
which costs several times as much for templates as short as these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.builtin.content import ContentNode
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import (
    BlockNestingError,
    LiquidError,
    LiquidSyntaxError,
    LiquidTypeError,
    ResourceLimitError,
)
from liquid.stringify import to_liquid_string

from scripts.interpreter.events import Scalar
from scripts.interpreter.messages import Message, Translatable, shown

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

READING: Final[Mapping[str, Translatable]] = {
    "unclear": _("it cannot be understood at “%(at)s”"),
    "unfinished": _("something is missing at its end"),
    "filter": _("there is no filter “%(at)s”"),
    "tag": _("there is no tag “%(at)s”"),
    "nested": _("it is nested too deeply"),
    "bare": _("write the condition alone, without {{ }} or {% %}"),
}
"""Why a source cannot be read, as a part of a sentence."""

FILLING: Final[Mapping[str, Translatable]] = {
    "text_compared": _("A text and a number cannot be compared by < or > (action %(action)s)."),
    "filter_unfit": _("A filter in the action %(action)s cannot be used on the value it was given."),
    "text_endless": _("The text of the action %(action)s became too long."),
    "template_failed": _("The text of the action %(action)s could not be filled in: %(reason)s."),
}
"""Sentences for the codes of what goes wrong with the variables of a moment; the last keeps old failures."""


class TemplateError(ValueError):
    """The template cannot be read, or not filled in with these variables.

    `code` is one of READING or FILLING.
    """

    def __init__(self, code: str, at: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = Message(READING.get(code, code), {"at": shown(str(at))})


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


@dataclass(frozen=True, slots=True)
class _Read:
    """A source that was read: `literal` without variables, `parts` if it is texts and values in a row."""

    template: BoundTemplate
    literal: str | None
    parts: tuple[Any, ...] | None
    condition: Any


@lru_cache(maxsize=2_048)
def _read(source: str) -> _Read:
    try:
        template = _LANGUAGE.from_string(source)
        unknown = sorted(template.analyze().filters.keys() - FILTERS)
    except (LiquidError, ValueError, TypeError, RecursionError) as error:
        raise _reading_error(error) from error
    if unknown:
        raise TemplateError("filter", unknown[0])
    nodes = template.nodes
    condition = nodes[0].condition if len(nodes) == 1 and isinstance(nodes[0], IfNode) else None
    parts = tuple(_part(node) for node in nodes)
    if None in parts:
        return _Read(template, None, None, condition)
    literal = "".join(parts) if all(isinstance(part, str) for part in parts) else None
    return _Read(template, literal, parts, condition)


def _part(node: object) -> Any:
    """The text of a node, or the expression that gives it; None for anything else."""
    if isinstance(node, ContentNode):
        return node.text
    return node.expression if isinstance(node, OutputNode) else None


def check_text(source: str) -> None:
    """Raises TemplateError unless the text can be read: `Hello {{ name | capitalize }}`."""
    _read(source)


def variables_in(source: str) -> set[str]:
    """The variables that the text names, as "customer.name". Raises TemplateError."""
    found = _read(source).template.analyze().globals
    return {str(variable) for variables in found.values() for variable in variables}


def check_condition(source: str) -> None:
    """Raises TemplateError unless the condition can be read: `text contains "help" and tries < 3`."""
    _condition(source)


def fill(source: str, variables: Mapping[str, Any]) -> str:
    """The text with its variables filled in; what does not exist is empty. Raises TemplateError."""
    read = _read(source)
    if read.literal is not None:
        return read.literal
    try:
        if read.parts is None:
            return read.template.render(dict(variables))
        context = RenderContext(read.template, globals=variables)
        text = "".join(
            [
                part if isinstance(part, str) else to_liquid_string(part.evaluate(context), autoescape=False)
                for part in read.parts
            ]
        )
    except (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _filling_error(error) from error
    if len(text) > MOST_OUTPUT:
        raise TemplateError("text_endless")
    return text


def holds(source: str, variables: Mapping[str, Scalar]) -> bool:
    """Whether the condition is true. Raises TemplateError, as for `tries < 3` with a text in `tries`."""
    read = _condition(source)
    try:
        return bool(read.condition.evaluate(RenderContext(read.template, globals=variables)))
    except (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _filling_error(error) from error


def _condition(source: str) -> _Read:
    read = _read(_asked(source))
    if read.condition is None:
        raise TemplateError("unfinished")
    return read


@lru_cache(maxsize=2_048)
def _asked(condition: str) -> str:
    if "%}" in condition or "{{" in condition or "{%" in condition:
        raise TemplateError("bare")
    return "{% if " + condition.strip() + " %}1{% endif %}"


def _reading_error(error: Exception) -> TemplateError:
    if isinstance(error, BlockNestingError | RecursionError):
        return TemplateError("nested")
    token = getattr(error, "token", None)
    at = token.value if token is not None else ""
    if isinstance(error, LiquidSyntaxError) and str(error).startswith("unexpected tag"):
        return TemplateError("tag", at)
    if not at or "end of" in str(at) or "found end of file" in str(error):
        return TemplateError("unfinished")
    return TemplateError("unclear", at)


def _filling_error(error: Exception) -> TemplateError:
    if isinstance(error, LiquidTypeError):
        return TemplateError("text_compared")
    if isinstance(error, ResourceLimitError | RecursionError):
        return TemplateError("text_endless")
    return TemplateError("filter_unfit")
