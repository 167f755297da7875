"""Whether an agent is there: what he chose, and whether his browser still lives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentState
from core import events, shards, sql
from core.errors import RuleBroken
from organizations.models import User
from routing.facts import AgentFreed, AgentsFreed, AgentStateChanged
from routing.models import Offer
from routing.services.assignments import requeue_contacts
from routing.services.offers import lock_before_telling, withdraw_offers
from routing.services.readiness import Seat, lock_seat, refresh_readiness

LEASE = timedelta(seconds=30)
"""How long a browser is believed alive after its last sign of life."""

FAREWELL = timedelta(seconds=12)
"""How long after a socket closed: enough for a reload."""

VANISHED = "Connection lost"


@transaction.atomic
def set_status(*, agent: Agent, status: str, reason: str = "", monitored: bool) -> None:
    """The agent chooses Available or Unavailable (with a reason).

    `monitored` says that a browser acts for him, which must keep giving signs of life; a program that acts
    with a token need not. Raises RuleBroken for an unknown status.
    """
    check_status(status)
    seat = lock_seat(agent.pk)
    AgentState.objects.filter(pk=agent.pk).update(
        lease_until=seat.now + LEASE if monitored else None, vanished_at=None
    )
    change_status(seat, status=status, reason=reason)


@transaction.atomic
def leave_after_contacts(*, agent: Agent, reason: str) -> None:
    """The agent becomes unavailable for `reason` once nothing is before him any more: now, if nothing is.

    Until then nothing new is put before him. Raises RuleBroken without a reason.
    """
    if not reason.strip():
        message = _("Say why you will be unavailable.")
        raise RuleBroken(message, fields={"reason": [message]})
    seat = lock_seat(agent.pk)
    if seat.load == 0:
        change_status(seat, status=AgentState.Status.UNAVAILABLE, reason=reason)
        return
    _set_next(seat, reason[:60])


@transaction.atomic
def stay_after_contacts(*, agent: Agent) -> None:
    """He does not leave after all, and is asked again at once if he is available."""
    seat = lock_seat(agent.pk)
    if seat.next_reason:
        _set_next(seat, "")
        events.publish(AgentFreed(agent_id=agent.pk))


def _set_next(seat: Seat, reason: str) -> None:
    seat.next_reason = reason
    AgentState.objects.filter(pk=seat.agent_id).update(next_reason=reason)
    refresh_readiness(seat)
    events.publish(AgentStateChanged(agent_id=seat.agent_id))


def check_status(status: str) -> None:
    """Raises RuleBroken for an unknown status."""
    if status not in AgentState.Status.values:
        message = _("Choose “available” or “unavailable”.")
        raise RuleBroken(message, fields={"state": [message]})


def change_status(seat: Seat, *, status: str, reason: str) -> None:
    """Set the status of an agent whose seat is locked, and act on it. What he asked for later is void."""
    if seat.next_reason:
        AgentState.objects.filter(pk=seat.agent_id).update(next_reason="")
    seat.status, seat.next_reason = status, ""
    AgentState.objects.filter(pk=seat.agent_id).exclude(status=status, reason=reason[:60]).update(
        status=status, reason=reason[:60], since=seat.now
    )
    refresh_readiness(seat, skills_changed=True)
    if status != AgentState.Status.AVAILABLE:
        withdraw_offers(agent_id=seat.agent_id, reason="agent_unavailable")
    events.publish(AgentStateChanged(agent_id=seat.agent_id))
    if status == AgentState.Status.AVAILABLE:
        events.publish(AgentFreed(agent_id=seat.agent_id))


def renew_leases(*, agent_ids: Iterable[int]) -> None:
    """Browsers of these agents have given a sign of life."""
    sql.execute(
        "UPDATE agents_agentstate SET lease_until = clock_timestamp() + %s, vanished_at = NULL "
        "WHERE agent_id IN (SELECT agent_id FROM agents_agentstate WHERE agent_id = ANY(%s) "
        "ORDER BY agent_id FOR NO KEY UPDATE)",
        [LEASE, list(agent_ids)],
    )


_AGENT_ASKS = """
WITH asks AS (
    SELECT * FROM agents_agent WHERE user_id = %(user)s AND is_active
), alive AS (
    UPDATE agents_agentstate s SET lease_until = clock_timestamp() + %(lease)s, vanished_at = NULL
      FROM asks
     WHERE s.agent_id = asks.id AND (%(monitored)s OR s.lease_until IS NOT NULL)
       AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp() + %(lease)s * 2 / 3)
)
SELECT * FROM asks
"""


def agent_who_asks(*, user: User, monitored: bool) -> Agent | None:
    """The active agent that a user is, if any: his request is a sign of life.

    It renews the lease of a browser, and of a program that had a socket; a program that never had one needs
    no lease. Written at most every ten seconds.
    """
    found = sql.found(Agent, _AGENT_ASKS, {"user": user.pk, "monitored": monitored, "lease": LEASE})
    if found is None:
        return None
    agent, _row = found
    agent.user = user
    return agent


def shorten_lease(*, agent_id: int) -> None:
    """The agent's socket closed: he has a moment to come back before he counts as gone."""
    sql.execute(
        "UPDATE agents_agentstate SET lease_until = LEAST(lease_until, clock_timestamp() + %s) "
        "WHERE agent_id = %s AND lease_until IS NOT NULL",
        [FAREWELL, agent_id],
    )


def excuse_silence(*, since: datetime) -> int:
    """Nobody could give a sign of life since then: whoever was alive has a lease's time to do so now.

    Returns how many are waited for.
    """
    return sql.execute(
        "UPDATE agents_agentstate SET lease_until = clock_timestamp() + %s WHERE agent_id IN ("
        "SELECT agent_id FROM agents_agentstate WHERE lease_until > %s AND vanished_at IS NULL "
        "ORDER BY agent_id FOR NO KEY UPDATE)",
        [LEASE, since],
    )


def expire_leases(*, limit: int = 200) -> int:
    """Treat agents whose browser has gone silent as gone: no offers, what is before them withdrawn."""
    silent = sql.rows(
        "SELECT s.agent_id FROM agents_agentstate s WHERE s.lease_until <= clock_timestamp() "
        "AND s.vanished_at IS NULL "
        f"AND {shards.ours('(SELECT business_unit_id FROM agents_agent a WHERE a.id = s.agent_id)')} "
        "ORDER BY s.lease_until, s.agent_id LIMIT %s",
        [limit],
    )
    return sum(_vanish(agent_id) for (agent_id,) in silent)


@transaction.atomic
def _vanish(agent_id: int) -> bool:
    seat = lock_seat(agent_id)
    now = seat.now
    gone = AgentState.objects.filter(pk=agent_id, lease_until__lte=now, vanished_at__isnull=True)
    if not gone.update(vanished_at=now, next_reason=""):
        return False
    seat.next_reason = ""
    if seat.status == AgentState.Status.AVAILABLE:
        seat.status = AgentState.Status.UNAVAILABLE
        AgentState.objects.filter(pk=agent_id).update(
            status=AgentState.Status.UNAVAILABLE, reason=VANISHED, since=now
        )
    refresh_readiness(seat)
    withdraw_offers(agent_id=agent_id, reason="agent_vanished")
    events.publish(AgentStateChanged(agent_id=agent_id))
    return True


def end_cool_downs(*, limit: int = 200) -> int:
    """Let agents whose cool-down is over be offered contacts again; return how many."""
    over = sql.rows(
        "SELECT agent_id FROM agents_agentstate s WHERE cooling_until <= clock_timestamp() "
        f"AND {shards.ours('(SELECT business_unit_id FROM agents_agent a WHERE a.id = s.agent_id)')} "
        "ORDER BY cooling_until, agent_id LIMIT %s",
        [limit],
    )
    return sum(_end_cool_down(agent_id) for (agent_id,) in over)


@transaction.atomic
def _end_cool_down(agent_id: int) -> bool:
    seat = lock_seat(agent_id)
    # Another contact may have begun a new one.
    over = AgentState.objects.filter(pk=agent_id, cooling_until__lte=seat.now)
    if not over.update(cooling_until=None):
        return False
    seat.is_cooling = False
    refresh_readiness(seat)
    events.publish(AgentFreed(agent_id=agent_id))
    return True


def requeue_abandoned(*, limit: int = 50) -> int:
    """After the grace time, give the contacts of vanished agents to others; return how many contacts."""
    over = sql.rows(
        "SELECT s.agent_id FROM agents_agentstate s JOIN agents_agent a ON a.id = s.agent_id "
        "JOIN organizations_businessunit b ON b.id = a.business_unit_id "
        "WHERE s.vanished_at + make_interval(secs => b.vanished_grace_seconds) <= clock_timestamp() "
        f"AND {shards.ours('b.id')} "
        "ORDER BY s.vanished_at LIMIT %s",
        [limit],
    )
    requeued = 0
    for (agent_id,) in over:
        requeued += requeue_contacts(agent_id=agent_id, by=None, reason="agent_vanished", unless_back=True)
        # Nothing is left to watch until his browser shows itself again.
        AgentState.objects.filter(pk=agent_id, vanished_at__isnull=False).update(
            lease_until=None, vanished_at=None
        )
    return requeued


@transaction.atomic
def apply_limits(*, agent_ids: Iterable[int]) -> None:
    """Limits, skills or activity of agents changed: bring the list of ready agents in line."""
    freed = tuple(agent_ids)
    seats = [lock_seat(agent_id) for agent_id in sorted(freed)]
    inactive = [seat.agent_id for seat in seats if not seat.is_active]
    offered = Offer.objects.filter(agent__in=inactive, state=Offer.State.PENDING)
    lock_before_telling(freed, offered.values_list("contact", flat=True) if inactive else ())
    for seat in seats:
        refresh_readiness(seat, skills_changed=True)
        if not seat.is_active:
            withdraw_offers(agent_id=seat.agent_id, reason="agent_inactive")
        events.publish(AgentStateChanged(agent_id=seat.agent_id))
    events.publish(AgentsFreed(agent_ids=freed))
