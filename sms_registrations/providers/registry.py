"""Which providers there are. A provider registers itself when its folder is imported."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from core.errors import NotFound, Text
from sms_registrations.providers.base import Provider

_providers: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Add a provider. Raises ValueError when another one has its code."""
    known = _providers.setdefault(provider.code, provider)
    if type(known) is not type(provider):
        raise ValueError(f"two SMS providers have the code {provider.code!r}")


def get_provider(code: str) -> Provider:
    """The provider with this code. Raises NotFound when there is none."""
    _load_all()
    try:
        return _providers[code]
    except KeyError:
        raise NotFound(f"There is no SMS provider {code!r}.", code="unknown_provider") from None


def provider_choices() -> list[tuple[str, Text]]:
    """(code, name) of every provider, by code."""
    _load_all()
    return [(code, _providers[code].label) for code in sorted(_providers)]


@cache
def _load_all() -> None:
    """Import every folder beside this file: that is all it takes to add a provider."""
    package = importlib.import_module("sms_registrations.providers")
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            importlib.import_module(f"{package.__name__}.{module.name}")
