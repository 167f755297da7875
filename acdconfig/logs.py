"""Keeps addresses that are secrets, and what requests carry, out of the logs."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

_TOKEN = re.compile(r"(/webhooks/[^/\s]+/)[^/\s'\"]+")
_QUERY = re.compile(r"\?[^\s'\"]*")


def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask the tokens of webhook addresses, drop query strings: a GET webhook has number and text in it."""
    for key in ("event", "request"):
        value = event.get(key)
        if value is not None:
            event[key] = _TOKEN.sub(r"\1***", _QUERY.sub("", str(value)))
    return event
