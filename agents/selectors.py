"""What holds for an agent, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agents.models import Agent


class Source(StrEnum):
    """Who set a limit."""

    AGENT = "agent"
    TEAM = "team"
    BUSINESS_UNIT = "business_unit"


@dataclass(frozen=True, slots=True)
class Effective:
    """A value and who set it."""

    value: int
    source: Source


@dataclass(frozen=True, slots=True)
class EffectiveLimits:
    """Sessions at a time, and seconds before an offer goes on."""

    max_concurrent_sms: Effective
    max_concurrent_chats: Effective
    sms_refusal_timeout_seconds: Effective


def effective_limits(agent: Agent) -> EffectiveLimits:
    """The agent's own values, else his team's, else the business unit's.

    Teams set no refusal timeout. `agents.services` computes the same in SQL for the routing engine.
    """
    unit, team = agent.business_unit, agent.team
    return EffectiveLimits(
        max_concurrent_sms=_first(
            agent.max_concurrent_sms,
            None if team is None else team.max_concurrent_sms,
            unit.default_max_concurrent_sms,
        ),
        max_concurrent_chats=_first(
            agent.max_concurrent_chats,
            None if team is None else team.max_concurrent_chats,
            unit.default_max_concurrent_chats,
        ),
        sms_refusal_timeout_seconds=_first(
            agent.sms_refusal_timeout_seconds, None, unit.default_sms_refusal_timeout_seconds
        ),
    )


def _first(own: int | None, team: int | None, unit: int) -> Effective:
    if own is not None:
        return Effective(own, Source.AGENT)
    if team is not None:
        return Effective(team, Source.TEAM)
    return Effective(unit, Source.BUSINESS_UNIT)
