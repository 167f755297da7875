"""Which fact goes where: the one table that ties the rooms together."""

from __future__ import annotations

from core import events


def install() -> None:
    """Connect the facts with those who act on them."""
    events.connect(inside={}, after_commit={})
