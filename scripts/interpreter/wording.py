"""What the actions that write have in common: texts filled in, and why that may fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import Context, Trouble
from scripts.interpreter.messages import Translatable
from scripts.interpreter.templates import FILLING, TemplateError, fill

MOST_CHARACTERS: Final = 1_600
"""Of one text to a customer: ten segments, as long as providers take."""

FAILURES: Final[Mapping[str, Translatable]] = {
    **FILLING,
    "text_empty": _("The text of the action %(action)s was empty once its variables were filled in."),
    "text_too_long": _("The text of the action %(action)s had %(characters)s characters, which is too long."),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its variables filled in, or why that failed."""

    text: str = ""
    trouble: Trouble | None = None


def filled(context: Context, name: str) -> Filled:
    """The template in a property, filled in; an absent one is empty."""
    template = context.values.get(name)
    if not isinstance(template, str):
        return Filled()
    try:
        return Filled(fill(template, context.variables))
    except TemplateError as error:
        return Filled(trouble=Trouble(code=error.code))


def text_for_customer(given: Filled) -> tuple[str, Trouble | None]:
    """The text as it may be sent, or the trouble with it."""
    if given.trouble is not None:
        return "", given.trouble
    text = given.text.strip()
    if not text:
        return "", Trouble(code="text_empty")
    if len(text) > MOST_CHARACTERS:
        return "", Trouble(code="text_too_long", params={"characters": len(text)})
    return text, None
