"""The variables of quick replies: which there are, and what fills them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scripts.interpreter.templates import TemplateError, fill, variables_in

VARIABLES: Final = (
    "customer.name",
    "customer.number",
    "agent.name",
    "agent.first_name",
    "skill.name",
    "business_unit.name",
)


def unknown_variables(text: str) -> list[str]:
    """Those of the text that nothing fills, in the order of the alphabet. Raises TemplateError."""
    return sorted(variables_in(text) - set(VARIABLES))


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """The text as it would be sent, by the values of VARIABLES; None when it cannot be filled with these.

    What the values hold is never looked into for anything to execute.
    """
    grouped: dict[str, Any] = {}
    for name, value in values.items():
        group, _dot, field = name.partition(".")
        grouped.setdefault(group, {})[field] = value
    try:
        return fill(text, grouped).strip()
    except TemplateError:
        return None
