"""Which business units a process looks after, where several share the work (decision 0025).

A shard is the business units whose key leaves the same rest by the number of shards. A look for what is due
asks here for its condition; outside `looking_after` everybody looks after everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db.models import F, Model, QuerySet
from django.db.models.functions import Mod

_Model = TypeVar("_Model", bound=Model)


@dataclass(frozen=True, slots=True)
class Share:
    """Some of so many shards, numbered from 0."""

    shards: frozenset[int]
    of: int


EVERYTHING = Share(frozenset({0}), 1)
_share: ContextVar[Share] = ContextVar("shards_share", default=EVERYTHING)


@contextmanager
def looking_after(shards: Iterable[int], *, of: int) -> Iterator[None]:
    """Inside, looks for what is due find what belongs to these shards."""
    token = _share.set(Share(frozenset(shards), of))
    try:
        yield
    finally:
        _share.reset(token)


def ours(business_unit: str) -> str:
    """A condition in SQL; `business_unit` is an expression for the key of one."""
    share = _share.get()
    if len(share.shards) == share.of:
        return "true"
    # Whole numbers of our own: nothing is left to quote. The modulus is a function, for % marks parameters.
    numbers = ", ".join(str(int(shard)) for shard in sorted(share.shards)) or "NULL"
    return f"mod({business_unit}, {int(share.of)}) IN ({numbers})"


def only_ours(rows: QuerySet[_Model], business_unit: str) -> QuerySet[_Model]:
    """The same for a query; `business_unit` is the path to the key of one."""
    share = _share.get()
    if len(share.shards) == share.of:
        return rows
    found = rows.alias(of_shard=Mod(F(business_unit), share.of)).filter(of_shard__in=sorted(share.shards))
    return cast("QuerySet[_Model]", found)
