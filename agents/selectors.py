"""What holds for an agent, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from django.db.models import F, QuerySet

from agents.models import Agent, AgentState, Team
from core.clock import database_now
from organizations.models import COOL_DOWNS, BusinessUnit


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
    """Sessions at a time, seconds before an offer goes on, and seconds in which none comes."""

    max_concurrent_sms: Effective
    max_concurrent_chats: Effective
    sms_refusal_timeout_seconds: Effective
    cool_down_after_accept_seconds: Effective
    cool_down_after_refusal_seconds: Effective
    cool_down_after_miss_seconds: Effective
    cool_down_after_contact_seconds: Effective


def effective_limits(agent: Agent) -> EffectiveLimits:
    """The agent's own values, else those that he inherits.

    `agents.services` computes the same in SQL for the routing engine.
    """
    inherited = inherited_limits(agent.business_unit, agent.team)
    return EffectiveLimits(
        **{
            one.name: _own(getattr(agent, one.name), getattr(inherited, one.name))
            for one in fields(EffectiveLimits)
        }
    )


def inherited_limits(unit: BusinessUnit, team: Team | None) -> EffectiveLimits:
    """What holds for who sets nothing himself: the team's values, else the business unit's.

    Teams set no refusal timeout.
    """
    return EffectiveLimits(
        max_concurrent_sms=_of_team(
            None if team is None else team.max_concurrent_sms, unit.default_max_concurrent_sms
        ),
        max_concurrent_chats=_of_team(
            None if team is None else team.max_concurrent_chats, unit.default_max_concurrent_chats
        ),
        sms_refusal_timeout_seconds=_of_team(None, unit.default_sms_refusal_timeout_seconds),
        **{name: _of_team(getattr(team, name, None), getattr(unit, name)) for name in COOL_DOWNS},
    )


def agents_over_limit(agents: QuerySet[Agent]) -> list[Agent]:
    """Those who have more sessions than their limit, since it was lowered meanwhile."""
    rows = agents.filter(state__load__gt=F("state__limit")).select_related("user", "state")
    return list(rows.order_by("user__username"))


def _own(own: int | None, inherited: Effective) -> Effective:
    return inherited if own is None else Effective(own, Source.AGENT)


def _of_team(team: int | None, unit: int) -> Effective:
    return Effective(unit, Source.BUSINESS_UNIT) if team is None else Effective(team, Source.TEAM)


AVAILABLE, BUSY, UNAVAILABLE, LOGGED_OUT = "available", "busy", "unavailable", "logged_out"


def availability(agent: Agent) -> str:
    """Whether an agent could take a contact now, as scripts ask it."""
    state = AgentState.objects.get(agent=agent)
    if state.status == AgentState.Status.AVAILABLE:
        is_free = state.load < state.limit and not state.next_reason and state.cooling_until is None
        return AVAILABLE if is_free else BUSY
    # Without a lease nobody has his page open.
    is_there = state.lease_until is not None and state.lease_until > database_now()
    return UNAVAILABLE if is_there else LOGGED_OUT
