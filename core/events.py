"""Facts: what a service says has happened, and who hears it.

A service calls `publish(ContactQueued(contact_id=4))`. Which handlers hear it is one visible table,
`acdconfig/wiring.py`. A handler runs either inside the transaction (its writes stand or fall with the fact)
or after the commit (hints and pushes, which may be lost).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from core.failures import describe

logger = logging.getLogger(__name__)

Handler = Callable[[Any], object]

_inside: dict[type, list[Handler]] = defaultdict(list)
_after_commit: dict[type, list[Handler]] = defaultdict(list)


def connect(
    *,
    inside: Mapping[type, Sequence[Handler]],
    after_commit: Mapping[type, Sequence[Handler]],
) -> None:
    """Install the wiring, replacing any earlier one."""
    _inside.clear()
    _after_commit.clear()
    for fact, handlers in inside.items():
        _inside[fact].extend(handlers)
    for fact, handlers in after_commit.items():
        _after_commit[fact].extend(handlers)


def publish(fact: object) -> None:
    """Tell the handlers of this fact. Must be called inside the transaction that made it true.

    Raises whatever a handler inside the transaction raises; a handler after the commit cannot undo anything,
    so its failure is logged and the sweeper makes up for it.
    """
    for handler in _inside[type(fact)]:
        handler(fact)
    for handler in _after_commit[type(fact)]:
        transaction.on_commit(_Delivery(handler, fact))


class _Delivery:
    def __init__(self, handler: Handler, fact: object) -> None:
        self.handler = handler
        self.fact = fact

    def __call__(self) -> None:
        try:
            self.handler(self.fact)
        except Exception as error:  # noqa: BLE001 - the edge after the commit: the sweeper makes up for it
            logger.error(
                "after_commit_failed",
                extra={"fact": type(self.fact).__name__, "failure": describe(error)},
            )
