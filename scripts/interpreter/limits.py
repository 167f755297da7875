"""What a script may be and may use. Outside these, reading and running stop with a clear reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_TEXT: Final = 5_000
"""Characters of the customer's text that a script sees: all its variables together have their limit."""

TEXTS_PER_HOUR: Final = 20
"""Of scripts to one customer from one number: two robots that answer each other fall silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLimits:
    """The size of a definition."""

    actions: int = 2_000
    branches: int = 10_000
    size_bytes: int = 256 * 1024
    """Of the JSON text without white space, in UTF-8."""
    depth: int = 8
    """Lists and objects inside each other; the definition itself is the first."""
    findings: int = 100
    """How many problems are named before reading stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use."""

    steps_per_advance: int = 500
    steps_per_run: int = 10_000
    calls: int = 5
    """Scripts that have called each other and are not over."""
    texts_per_run: int = 50
    """Sent to the customer: a script and a robot must not answer each other for ever."""
    variables_bytes: int = 32 * 1024
    """Of all variables as JSON in UTF-8: what the original product allows for the data of a script."""


GRAPH_LIMITS = GraphLimits()
LIMITS = Limits()
