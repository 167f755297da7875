"""Addresses of other systems with variables: encoded, and never able to change where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.events import Scalar
from scripts.interpreter.messages import Message, shown
from scripts.interpreter.properties import PropertyFault
from scripts.interpreter.templates import fill

LONGEST: Final = 2_000


def is_written_out(address: str) -> bool:
    """Whether scheme and host are written out, so that no variable can change where it leads."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    is_plain = not set("{}@%\\") & set(parts.netloc)
    return parts.scheme in ("http", "https") and bool(host) and is_plain


def filled_address(source: str, variables: Mapping[str, Scalar]) -> str:
    """The address with its variables encoded; empty unless scheme and host are written out.

    Raises TemplateError.
    """
    if not is_written_out(source):
        return ""
    encoded: dict[str, Scalar] = {
        name: quote("" if value is None else str(value), safe="") for name, value in variables.items()
    }
    return fill(source, encoded)[:LONGEST]


def unsafe_address(property_name: str, address: str) -> PropertyFault:
    """The remark about an address that is not written out."""
    text = Message(
        _("“%(address)s” is no address: begin with https:// and a host without variables."),
        {"address": shown(address)},
    )
    return PropertyFault(property_name, "address_unsafe", text)
