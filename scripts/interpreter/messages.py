"""Sentences that stay translatable until somebody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Translatable: TypeAlias = "str | _StrPromise"

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence and what fills its gaps. `str()` renders it in the language of whoever reads it."""

    template: Translatable
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.template) % self.params if self.params else str(self.template)


def shown(value: object) -> str:
    """The value as a message may show it: one line, at most 60 characters.

    Definitions come from outside; what they hold must not break a page or a log.
    """
    if isinstance(value, str):
        text = value[: SHOWN_CHARACTERS + 1]
    elif value is None or isinstance(value, (bool, int, float)):
        text = str(value) if not isinstance(value, int) or abs(value) < 10**SHOWN_CHARACTERS else "…"
    else:
        text = type(value).__name__
    line = "".join(char if char.isprintable() else "·" for char in text)
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"
