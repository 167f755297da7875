"""What can be said to have happened on a board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """Something went beyond its threshold."""

    alert_id: int
    business_unit_id: int


@dataclass(frozen=True, slots=True)
class AlertCleared:
    """It is within its threshold again."""

    alert_id: int
    business_unit_id: int
