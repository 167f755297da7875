"""Values from outside: whether they are plain JSON of a bearable size, before anything else looks at them."""

from __future__ import annotations

import json
import math
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.findings import Finding
from scripts.interpreter.limits import GraphLimits
from scripts.interpreter.messages import Message, Translatable, shown
from scripts.interpreter.properties import LARGEST_INTEGER

_NOT_JSON: Final = "not_json"


def load_text(text: str | bytes, limits: GraphLimits) -> tuple[object, Finding | None]:
    """Read JSON text. The second value says what is wrong, if anything; nothing is raised."""
    if len(text) > 4 * limits.size_bytes:
        return None, _too_large(limits)
    try:
        return json.loads(text), None
    except (ValueError, RecursionError) as error:
        # The decoder's own sentence names line and column; a RecursionError's says nothing to a user.
        reason = str(error) if isinstance(error, json.JSONDecodeError) else ""
        return None, Finding(
            code=_NOT_JSON,
            message=Message(_("This is not JSON that can be read. %(reason)s"), {"reason": shown(reason)}),
        )


def check_plain(definition: object, limits: GraphLimits) -> Finding | None:
    """Return what makes the value unfit to be kept as JSON, or None.

    It must consist of objects, lists, texts, finite numbers, booleans and null; within the limits of size
    and depth; without what PostgreSQL's jsonb refuses (NUL and lone surrogates). Walks without recursion
    and stops at the limits, so that no shape of it takes long, not even one that contains itself.
    """
    budget = limits.size_bytes
    waiting: list[tuple[object, int, str]] = [(definition, 1, "")]
    while waiting:
        value, depth, path = waiting.pop()
        fault, cost = _check_one(value, budget, path)
        if fault is not None:
            return fault
        budget -= cost
        if budget < 0:
            return _too_large(limits)
        if isinstance(value, dict | list):
            if depth > limits.depth:
                return _too_deep(limits, path)
            children = value.items() if isinstance(value, dict) else enumerate(value)
            if len(value) > budget:
                return _too_large(limits)
            for key, child in children:
                if isinstance(value, list):
                    waiting.append((child, depth + 1, f"{path}[{key}]"))
                    continue
                fault, cost = _check_key(key, budget, path)
                if fault is not None:
                    return fault
                budget -= cost
                waiting.append((child, depth + 1, f"{path}.{shown(key)}" if path else shown(key)))
    return None


def _check_key(key: object, budget: int, path: str) -> tuple[Finding | None, int]:
    if not isinstance(key, str):
        return _unfit(_("The name “%(value)s” must be a text."), key, path), 0
    fault, cost = _check_one(key, budget, path)
    return fault, cost + 2


def _check_one(value: object, budget: int, path: str) -> tuple[Finding | None, int]:
    """What is wrong with the value apart from its children, and about how many bytes it takes."""
    if value is None or isinstance(value, bool | dict | list):
        return None, 2
    if isinstance(value, str):
        if len(value) > budget:
            return None, len(value)
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            return _unfit(_("The text “%(value)s” contains a character that cannot be kept."), value, path), 0
        return None, len(value.encode()) + 3
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            return _unfit(_("The number %(value)s is too large."), value, path), 0
        return None, len(str(value)) + 1
    if isinstance(value, float):
        if not math.isfinite(value):
            return _unfit(_("“%(value)s” is not a number that can be kept."), value, path), 0
        return None, len(repr(value)) + 1
    return _unfit(_("“%(value)s” is not a JSON value."), value, path), 0


def _unfit(template: Translatable, value: object, path: str) -> Finding:
    return Finding(code=_NOT_JSON, message=Message(template, {"value": shown(value)}), path=path)


def _too_large(limits: GraphLimits) -> Finding:
    return Finding(
        code="too_large",
        message=Message(
            _("The script is too large: at most %(kilobytes)s KB are allowed."),
            {"kilobytes": limits.size_bytes // 1024},
        ),
    )


def _too_deep(limits: GraphLimits, path: str) -> Finding:
    return Finding(
        code="too_deep",
        message=Message(
            _("Lists and objects are nested too deeply: at most %(depth)s levels are allowed."),
            {"depth": limits.depth},
        ),
        path=path,
    )
