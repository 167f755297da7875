"""What can be said to have happened to agents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentLimitsChanged:
    """Limits, refusal timeout, skills or activity of these agents may have changed."""

    agent_ids: tuple[int, ...]
