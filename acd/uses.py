"""Where an object is used, with the addresses of the pages of what uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest

from core.uses import Use, uses_by_kind


@dataclass(frozen=True, slots=True)
class Named:
    """One user of the object."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownUse:
    """The users of one kind. Addresses are empty where the reader may not look, or no list is so filtered."""

    label: str
    number: int
    named: tuple[Named, ...]
    left_out: int
    address: str


def shown_uses(site: Any, request: HttpRequest, instance: Model) -> list[ShownUse]:
    """Each kind of users: how many, the first of them by name, and the list of all of them."""
    return list(_shown(site, request, instance))


def _shown(site: Any, request: HttpRequest, instance: Model) -> Iterator[ShownUse]:
    for use in uses_by_kind(instance):
        page = site.page_of(use.model)
        if page is not None and not page.has_view_permission(request):
            page = None
        named = tuple(
            Named(str(one), page.address("change", one.pk) if page is not None else "") for one in use.named
        )
        yield ShownUse(use.label, use.number, named, use.left_out, _list_of(page, request, use, instance))


def _list_of(page: Any, request: HttpRequest, use: Use, instance: Model) -> str:
    """The list of the users, if it can be filtered by what they use."""
    if page is None or not use.path:
        return ""
    lookup = f"{use.path}__id__exact"
    if not page.lookup_allowed(lookup, str(instance.pk), request):
        return ""
    return f"{page.address('changelist')}?{urlencode({lookup: instance.pk})}"
