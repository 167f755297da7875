"""What a supervisor does to contacts and agents of his business unit, whoever has them.

Each needs the permission to step in, is in the log of the contact or in the audit under his name, and is told
to the agents it concerns like anything else that happens to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentState
from contacts.facts import ContactClosed
from contacts.models import Contact, Lane
from contacts.script_runs import stop_script
from contacts.services import ContactOver, record_event
from core import events, sql
from core.audit import log_change
from core.clock import database_now
from core.errors import Conflict, NotFound, RuleBroken
from core.permissions import require_code
from organizations.models import User
from organizations.roles import INTERVENE
from organizations.selectors import objects_within_reach
from routing.facts import AgentStateChanged, ContactAssigned, ContactLeft, ContactQueued, ManyToTell
from routing.matching import MS_PER_MINUTE, Waiting, milli, milliseconds
from routing.models import Offer
from routing.moving import key_beside
from routing.services.assignments import close, open_kept_contacts, release, requeue_contacts
from routing.services.offers import all_before, lock_before_telling, withdraw_offer
from routing.services.presence import VANISHED, change_status, check_status
from routing.services.queueing import forget_refusals, profile_of_skill, queue_contact
from routing.services.readiness import Seat, change_load, lock_seat
from skills.models import Skill

ABSENT = "Absent"
"""The reason of an agent whose contacts a supervisor gave to others."""

ATTEMPTS = 5

_Result = TypeVar("_Result")


class _Moved(Exception):
    """Between the look and the lock somebody else got the contact."""


@dataclass(slots=True)
class Held:
    """A contact that waits, is offered or is with an agent, locked after the seat of whoever has it."""

    contact: Contact
    seat: Seat | None
    """Of the agent who has the contact or to whom it is offered."""

    own_seat: Seat | None
    """Of the supervisor himself, when he takes the contact."""


def _holder(contact_id: int) -> int | None:
    found = sql.row(
        "SELECT COALESCE(c.agent_id, o.agent_id) FROM contacts_contact c LEFT JOIN routing_offer o "
        "ON o.contact_id = c.id AND o.state = 'pending' WHERE c.id = %s AND c.state <> 'closed'",
        [contact_id],
    )
    return None if found is None else found[0]


def _intervene(
    contact_id: int, by: User, act: Callable[[Held], _Result], *, taker: Agent | None = None
) -> _Result:
    """Run `act` on the contact under its locks: seats in the order of their ids, then the contact.

    Raises NotAllowed, NotFound, and what `holding` raises.
    """
    require_code(by, INTERVENE)
    if not objects_within_reach(Contact.objects.all(), by).filter(pk=contact_id).exists():
        raise NotFound(_("There is no such contact."))
    return holding(contact_id, act, taker=taker)


def holding(contact_id: int, act: Callable[[Held], _Result], *, taker: Agent | None = None) -> _Result:
    """Run `act` in a transaction that has locked the contact and the seats of who has it and who takes it.

    Raises ContactOver, and Conflict when it changes hands faster than it can be locked.
    """
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return act(_hold(contact_id, taker))
        except _Moved:
            continue
    raise Conflict(_("This contact is changing hands at this moment. Try again."), code="busy")


def _hold(contact_id: int, taker: Agent | None) -> Held:
    holder = _holder(contact_id)
    wanted = sorted({one for one in (holder, taker.pk if taker else None) if one is not None})
    seats = {agent_id: lock_seat(agent_id) for agent_id in wanted}
    # Locked by itself: rows joined to it would be as old as the beginning of the wait, and those of a contact
    # that was moved meanwhile would not be found.
    Contact.objects.select_for_update(no_key=True).only("pk").get(pk=contact_id)
    contact = Contact.objects.select_related("skill", "lane").get(pk=contact_id)
    if contact.state == Contact.State.CLOSED:
        raise ContactOver(_("This contact has ended."))
    if _holder(contact_id) != holder:
        raise _Moved
    if len(wanted) > 1:
        events.publish(ManyToTell(contact_ids=(contact_id,), agent_ids=tuple(wanted)))
    return Held(
        contact,
        seat=seats[holder] if holder is not None else None,
        own_seat=seats[taker.pk] if taker is not None else None,
    )


def withdraw_from(held: Held, reason: str) -> None:
    """An offered contact waits again, so that it can be dealt with."""
    if held.contact.state == Contact.State.OFFERED:
        withdraw_offer(
            offer=Offer.objects.get(contact=held.contact, state=Offer.State.PENDING), reason=reason
        )
        held.contact.refresh_from_db(fields=["state"])
        # The rows have changed since they were read.
        held.seat = None if held.seat is None else lock_seat(held.seat.agent_id)
        held.own_seat = None if held.own_seat is None else lock_seat(held.own_seat.agent_id)


# -- Contacts ---------------


def hand_over(*, contact_id: int, by: User, skill: Skill | None = None, agent: Agent | None = None) -> None:
    """Let the contact wait for another skill or for one agent from now on, whoever has it.

    Exactly one of `skill` and `agent`. Raises what `_intervene` raises, and RuleBroken when the target cannot
    take it.
    """
    if (skill is None) == (agent is None):
        raise RuleBroken(_("Choose either a skill or an agent to transfer to."), code="transfer_target")

    def act(held: Held) -> None:
        contact = held.contact
        _check_open(contact)
        _check_target(contact, skill, agent)
        withdraw_from(held, "supervisor")
        forget_refusals(contact_id=contact.pk)
        previous, target = contact.agent_id, skill or contact.skill
        record_event(
            contact_id=contact.pk,
            kind="transferred",
            agent_id=previous,
            by=by,
            skill=target.pk,
            target_agent=agent.pk if agent else None,
        )
        log_change(
            contact, by=by, skill=(contact.skill_id, target.pk), agent=(previous, agent.pk if agent else None)
        )
        queue_contact(
            contact_id=contact.pk,
            skill_id=target.pk,
            profile=profile_of_skill(target),
            now=database_now(),
            target_agent_id=agent.pk if agent else None,
        )
        if previous is None:
            # Else the script hears that the agent left, which ends what runs.
            stop_script(contact_id=contact.pk)
        _let_go(held, previous, "transferred")

    _intervene(contact_id, by, act)


def _check_open(contact: Contact) -> None:
    if contact.state == Contact.State.AFTER_CONTACT_WORK:
        raise ContactOver(_("This contact has ended."))


def _check_target(contact: Contact, skill: Skill | None, agent: Agent | None) -> None:
    if skill is not None and (
        skill.business_unit_id != contact.business_unit_id
        or not skill.is_active
        or skill.direction != Skill.Direction.INBOUND
    ):
        message = _("Choose an active inbound skill of the business unit.")
        raise RuleBroken(message, fields={"skill": [message]})
    if agent is not None and (
        agent.business_unit_id != contact.business_unit_id
        or not agent.is_active
        or agent.pk == contact.agent_id
    ):
        message = _("Choose another active agent of the business unit.")
        raise RuleBroken(message, fields={"agent": [message]})


def _let_go(held: Held, previous: int | None, state: str) -> None:
    """Whoever had the contact open hears that it left him, and has a session free."""
    if previous is not None and held.seat is not None:
        events.publish(ContactLeft(contact_id=held.contact.pk, agent_id=previous, state=state))
        release(held.seat, held.seat.now)


def take_over(*, contact_id: int, by: User, agent: Agent) -> None:
    """The supervisor, who is an agent too, answers the contact himself from now on.

    It takes a session of his, beyond his limit if need be. Raises what `_intervene` raises.
    """

    def act(held: Held) -> None:
        contact = held.contact
        _check_open(contact)
        if contact.agent_id == agent.pk:
            raise Conflict(_("You have this contact already."))
        previous = contact.agent_id
        withdraw_from(held, "taken_over")
        forget_refusals(contact_id=contact.pk)
        seat = held.own_seat
        assert seat is not None
        record_event(contact_id=contact.pk, kind="taken_over", agent_id=agent.pk, by=by, previous=previous)
        log_change(contact, by=by, agent=(previous, agent.pk))
        _let_go(held, previous, "transferred")
        Contact.objects.filter(pk=contact.pk).update(
            state=Contact.State.ACTIVE,
            agent=agent,
            accepted_at=contact.accepted_at if contact.state == Contact.State.ACTIVE else seat.now,
            snoozed_at=None,
            snoozed_until=None,
            updated_at=seat.now,
        )
        give_seat(contact.pk, seat)

    _intervene(contact_id, by, act, taker=agent)


def give_seat(contact_id: int, seat: Seat) -> None:
    """The contact takes a session of the agent, beyond his limit if need be, and is told to him."""
    change_load(seat, +1, idle_since=seat.now)
    events.publish(ContactAssigned(contact_id=contact_id, agent_id=seat.agent_id))
    events.publish(AgentStateChanged(agent_id=seat.agent_id))


def close_contact(*, contact_id: int, by: User) -> None:
    """Close a contact that is stuck, in whatever state; its script stops or goes on at ONRELEASE.

    Raises what `_intervene` raises.
    """

    def act(held: Held) -> None:
        contact = held.contact
        withdraw_from(held, "supervisor")
        log_change(contact, by=by, state=(contact.state, Contact.State.CLOSED.value))
        record_event(contact_id=contact.pk, kind="closed_by_supervisor", agent_id=contact.agent_id, by=by)
        if contact.agent_id is not None and held.seat is not None:
            close(contact, held.seat, held.seat.now)
            return
        stop_script(contact_id=contact.pk)
        now = database_now()
        Contact.objects.filter(pk=contact.pk).update(
            state=Contact.State.CLOSED, closed_at=now, ended_at=now, updated_at=now
        )
        record_event(contact_id=contact.pk, kind="closed")
        events.publish(ContactClosed(contact_id=contact.pk, agent_id=None))

    _intervene(contact_id, by, act)


def move_in_queue(*, contact_id: int, by: User, priority: Decimal | None = None) -> Decimal:
    """Give a waiting contact another priority from now on, in points; None: before all others of its skill.

    It goes on to grow as before, up to the maximum of its place. Returns the priority it has now. Raises what
    `_intervene` raises, Conflict when the contact does not wait, and RuleBroken beyond 0 to the maximum.
    """

    def act(held: Held) -> Decimal:
        contact, lane = held.contact, held.contact.lane
        if contact.state != Contact.State.QUEUED or lane is None:
            raise Conflict(_("Only a contact that waits in a queue can be moved."), code="not_waiting")
        now = database_now()
        now_ms = milliseconds(now)
        if priority is None:
            fine = _ahead_of_all(contact, lane, now_ms)
        else:
            _check_priority(priority, lane)
            fine = milli(priority) * MS_PER_MINUTE
        return _set_key(contact, fine - lane.acceleration_milli * now_ms, by, now)

    return _intervene(contact_id, by, act)


def move_beside(*, contact_id: int, by: User, other_id: int, is_before: bool) -> Decimal:
    """Put a waiting contact right before or after another one of its skill; return the priority it has now.

    In between lanes it holds until who grows faster overtakes. Raises what `_intervene` raises, Conflict when
    one of them does not wait there or the maximum of the contact is too low for the place.
    """

    def act(held: Held) -> Decimal:
        contact, lane = held.contact, held.contact.lane
        other = Contact.objects.select_related("lane").filter(
            pk=other_id, state=Contact.State.QUEUED, lane__skill=contact.skill_id
        )
        beside = other.exclude(pk=contact_id).first()
        if contact.state != Contact.State.QUEUED or lane is None or beside is None:
            raise Conflict(_("Only contacts that wait for the same skill can be moved."), code="not_waiting")
        now = database_now()
        now_ms = milliseconds(now)
        key = key_beside(_waiting(contact), _waiting(beside), now_ms, is_before=is_before)
        if key is None:
            raise Conflict(
                _("The maximum priority of the contact is too low for this place."), code="too_low"
            )
        return _set_key(contact, key, by, now)

    return _intervene(contact_id, by, act)


def _waiting(contact: Contact) -> Waiting:
    lane, queued_at = contact.lane, contact.queued_at
    assert lane is not None
    assert queued_at is not None
    return Waiting(
        contact.pk,
        contact.queue_key or 0,
        lane.acceleration_milli,
        lane.max_priority_milli,
        milliseconds(queued_at),
    )


def _set_key(contact: Contact, key: int, by: User, now: datetime) -> Decimal:
    """Give a contact that waits another key, and say so; return its priority at this moment in points."""
    assert contact.lane is not None
    before = contact.queue_key or 0
    Contact.objects.filter(pk=contact.pk).update(queue_key=key, updated_at=now)
    record_event(contact_id=contact.pk, kind="moved", by=by, before=before, after=key)
    log_change(contact, by=by, queue_key=(before, key))
    events.publish(ContactQueued(contact_id=contact.pk))
    fine = key + contact.lane.acceleration_milli * milliseconds(now)
    shown = min(fine, contact.lane.max_priority_milli * MS_PER_MINUTE)
    return round(Decimal(shown) / (1000 * MS_PER_MINUTE), 3)


def _check_priority(priority: Decimal, lane: Lane) -> None:
    if not 0 <= milli(priority) <= lane.max_priority_milli:
        message = _("Give a priority from 0 to %(maximum)s, the maximum of this contact.") % {
            "maximum": f"{(Decimal(lane.max_priority_milli) / 1000).normalize():f}"
        }
        raise RuleBroken(message, fields={"priority": [message]})


# How far those that are first in the lanes of the skill have grown, as if without maximum; this one apart.
_FURTHEST = """
SELECT max(h.queue_key + l.acceleration_milli * %(now)s)
  FROM contacts_lane l
 CROSS JOIN LATERAL (
    SELECT c.queue_key FROM contacts_contact c
     WHERE c.lane_id = l.id AND c.state = 'queued' AND c.id <> %(contact)s
     ORDER BY c.queue_key DESC LIMIT 1) h
 WHERE l.skill_id = %(skill)s
"""


def _ahead_of_all(contact: Contact, lane: Lane, now_ms: int) -> int:
    """In fine points: its maximum, reached before everyone else who waits for the skill.

    Less would be overtaken by whoever grows faster. The key goes on beyond the maximum, and decides there.
    """
    furthest = sql.row(_FURTHEST, {"now": now_ms, "contact": contact.pk, "skill": lane.skill_id})
    others = furthest[0] if furthest and furthest[0] is not None else 0
    own = (contact.queue_key or 0) + lane.acceleration_milli * now_ms
    return max(own, lane.max_priority_milli * MS_PER_MINUTE, int(others) + 1)


# -- Agents ---------------


def _check_agent(agent: Agent, by: User) -> None:
    require_code(by, INTERVENE)
    if not objects_within_reach(Agent.objects.all(), by).filter(pk=agent.pk).exists():
        raise NotFound(_("There is no such agent."))


@transaction.atomic
def set_agent_status(*, agent: Agent, by: User, status: str, reason: str = "") -> None:
    """Make an agent available or unavailable, as he could himself; his browser's lease stays as it is.

    Raises NotAllowed, NotFound, RuleBroken, and Conflict for making somebody available who is not there.
    """
    _check_agent(agent, by)
    check_status(status)
    seat = lock_seat(agent.pk)
    before = AgentState.objects.get(pk=agent.pk)
    is_gone = before.vanished_at is not None or (before.lease_until is None and before.reason == VANISHED)
    if status == AgentState.Status.AVAILABLE and is_gone:
        raise Conflict(_("This agent's browser is gone: offers would reach nobody."), code="agent_vanished")
    change_status(seat, status=status, reason=reason)
    log_change(agent, by=by, state=(_words(before.status, before.reason), _words(status, reason)))


def _words(status: str, reason: str) -> str:
    return f"{status}: {reason}" if reason else status


@transaction.atomic
def requeue_agent(*, agent: Agent, by: User) -> int:
    """Give everything an absent agent has or would get to others, at its old place; return how many contacts.

    He becomes unavailable, so that nothing new goes to him. Raises NotAllowed, NotFound.
    """
    _check_agent(agent, by)
    seat = lock_seat(agent.pk)
    # What is offered to him and for him alone is among the kept ones, once it is withdrawn.
    offered = (
        Offer.objects.filter(agent=agent, state=Offer.State.PENDING)
        .exclude(contact__lane__target_agent=agent)
        .count()
    )
    lock_before_telling([agent.pk], all_before(agent.pk))
    if seat.status == AgentState.Status.AVAILABLE:
        change_status(seat, status=AgentState.Status.UNAVAILABLE, reason=ABSENT)
    moved = offered + requeue_contacts(agent_id=agent.pk, by=by, reason="supervisor")
    moved += open_kept_contacts(agent_id=agent.pk)
    log_change(agent, by=by, requeued=("", moved))
    return moved
