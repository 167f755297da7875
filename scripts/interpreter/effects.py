"""What a script asks the product to do. Plain values: the interpreter itself sends and saves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityProfile:
    """Priority(t) = min(maximum, initial + acceleration * minutes waited).

    Points from 0 to 1000, acceleration in points per minute; all with at most 3 decimals, as the routing
    engine counts in whole thousandths.
    """

    initial: Decimal
    acceleration: Decimal
    maximum: Decimal

    def as_json(self) -> dict[str, str]:
        """Decimals as text, so that nothing is lost."""
        return {
            "initial": str(self.initial),
            "acceleration": str(self.acceleration),
            "maximum": str(self.maximum),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAgent:
    """Put the contact in a queue.

    `skill` None is the skill of the point of contact, `target_agent` (a user name) None is any agent,
    `priority` None is the priority of the skill. Proficiency runs from 1 (best) to 20; agents from
    `high_proficiency` to `low_proficiency`, both included, are asked.
    """

    action_id: str
    skill: str | None = None
    target_agent: str | None = None
    priority: PriorityProfile | None = None
    high_proficiency: int = 1
    low_proficiency: int = 20

    def as_json(self) -> dict[str, object]:
        return {
            "effect": "request_agent",
            "action": self.action_id,
            "skill": self.skill,
            "target_agent": self.target_agent,
            "priority": None if self.priority is None else self.priority.as_json(),
            "high_proficiency": self.high_proficiency,
            "low_proficiency": self.low_proficiency,
        }


Effect: TypeAlias = RequestAgent
