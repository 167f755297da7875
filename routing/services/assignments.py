"""What an agent does with a contact he has: end, disposition, transfer; and how he starts one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentState
from contacts.facts import ContactClosed
from contacts.models import Contact, Customer
from contacts.services import (
    ContactOver,
    open_outbound_contact,
    publish_contact_changed,
    record_event,
)
from core import events, shards, sql
from core.clock import database_now
from core.errors import Conflict, NotFound, RuleBroken
from dispositions.models import Disposition, Tag
from organizations.models import User
from routing.facts import AgentFreed, AgentStateChanged, ContactAssigned, ContactLeft, ContactQueued
from routing.services.queueing import open_to_all, profile_of_skill, queue_contact
from routing.services.readiness import Seat, change_load, lock_seat
from skills.models import Skill

EXTENSION = timedelta(minutes=1)

NOT_YOURS = _("There is no such contact among yours.")
HAS_ENDED = _("This contact has ended.")


class NoFreeSession(Conflict):
    """The agent has as many contacts as his limit allows."""

    code = "no_free_session"


class NoMoreTime(Conflict):
    """The after-contact work may not be extended (any further)."""

    code = "no_more_time"

    def __init__(self) -> None:
        super().__init__(_("The after-contact work cannot be extended any further."))


class DispositionRequired(RuleBroken):
    """The skill asks for a disposition before the contact closes."""

    code = "disposition_required"


def _own_contact(contact_id: int, agent: Agent, *states: Contact.State) -> Contact:
    """The agent's contact, locked, after his seat.

    Raises NotFound when it is not his, ContactOver when it is not in one of the states.
    """
    contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .select_related("skill")
        .filter(pk=contact_id, agent=agent)
        .first()
    )
    if contact is None:
        raise NotFound(NOT_YOURS)
    if contact.state not in states:
        raise ContactOver(HAS_ENDED)
    return contact


def release(seat: Seat, now: datetime, *, cool_down_seconds: int = 0) -> None:
    """Give the agent's slot back; his idle time starts anew."""
    change_load(seat, -1, idle_since=now, cool_down_seconds=cool_down_seconds)
    events.publish(AgentStateChanged(agent_id=seat.agent_id))
    events.publish(AgentFreed(agent_id=seat.agent_id))


_CLOSE = """
WITH closed AS (
    UPDATE contacts_contact
       SET state = 'closed', closed_at = %(now)s, ended_at = %(ended_at)s, acw_until = NULL,
           updated_at = %(now)s
     WHERE id = %(contact)s
)
INSERT INTO contacts_contactevent (contact_id, kind, agent_id, data)
VALUES (%(contact)s, 'closed', %(agent)s, '{}')
"""


def close(contact: Contact, seat: Seat, now: datetime) -> None:
    """Close a contact that the caller has locked, after the seat of its agent."""
    ended_at = contact.ended_at or now
    sql.execute(_CLOSE, {"contact": contact.pk, "agent": seat.agent_id, "now": now, "ended_at": ended_at})
    events.publish(ContactLeft(contact_id=contact.pk, agent_id=seat.agent_id, state="closed"))
    events.publish(ContactClosed(contact_id=contact.pk, agent_id=seat.agent_id))
    release(seat, now, cool_down_seconds=seat.cool_down_after_contact_seconds)


# What decides whether the contact closes at once; its own columns and those of its skill.
_LOCK_TO_END = """
SELECT c.state, s.after_contact_work_seconds, s.require_disposition AND c.disposition_id IS NULL
  FROM contacts_contact c JOIN skills_skill s ON s.id = c.skill_id
 WHERE c.id = %s AND c.agent_id = %s FOR NO KEY UPDATE OF c
"""
_WORK_ON = """
UPDATE contacts_contact
   SET state = 'after_contact_work', ended_at = %(now)s, acw_until = %(until)s, updated_at = %(now)s
 WHERE id = %(contact)s
"""


@transaction.atomic
def end_contact(*, contact_id: int, by: Agent) -> None:
    """The agent ends the conversation.

    It closes at once, or after the after-contact work of its skill, or once its required disposition is
    given. Raises NotFound when it is not his, ContactOver when it has ended already.
    """
    seat = lock_seat(by.pk)
    found = sql.row(_LOCK_TO_END, [contact_id, by.pk])
    if found is None:
        raise NotFound(NOT_YOURS)
    state, seconds, misses_disposition = found
    if state != Contact.State.ACTIVE:
        raise ContactOver(HAS_ENDED)
    now = seat.now
    record_event(contact_id=contact_id, kind="ended", agent_id=by.pk, by=by.user)
    if not seconds and not misses_disposition:
        close(sql.known(Contact, id=contact_id, ended_at=now), seat, now)
        return
    until = now + timedelta(seconds=seconds) if seconds else None
    sql.execute(_WORK_ON, {"contact": contact_id, "now": now, "until": until})
    events.publish(ContactLeft(contact_id=contact_id, agent_id=by.pk, state="after_contact_work"))


@transaction.atomic
def set_disposition(
    *,
    contact_id: int,
    by: Agent,
    disposition: Disposition | None,
    notes: str = "",
    tags: Sequence[Tag] = (),
) -> None:
    """Record the outcome. In after-contact work it also closes the contact.

    Allowed while the agent has the contact and after its close. Raises RuleBroken when the disposition or a
    tag is not one of the skill's, DispositionRequired when one is needed and none is given.
    """
    seat = lock_seat(by.pk)
    contact = _own_contact(
        contact_id, by, Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK, Contact.State.CLOSED
    )
    _check_outcome(contact.skill, disposition, tags)
    now = seat.now
    Contact.objects.filter(pk=contact_id).update(disposition=disposition, notes=notes, updated_at=now)
    contact.tags.set(tags)
    record_event(
        contact_id=contact_id,
        kind="disposition_set",
        agent_id=by.pk,
        by=by.user,
        disposition=disposition.pk if disposition else None,
        tags=[tag.pk for tag in tags],
    )
    if contact.state == Contact.State.AFTER_CONTACT_WORK:
        close(contact, seat, now)
    elif contact.state == Contact.State.ACTIVE:
        publish_contact_changed(contact_id=contact_id)


def _check_outcome(skill: Skill, disposition: Disposition | None, tags: Sequence[Tag]) -> None:
    if disposition is None:
        if skill.require_disposition:
            message = _("Choose a disposition: the skill requires one.")
            raise DispositionRequired(message, fields={"disposition": [message]})
    elif not skill.skill_dispositions.filter(disposition=disposition).exists():
        message = _("Choose one of the dispositions of the skill.")
        raise RuleBroken(message, fields={"disposition": [message]})
    allowed = set(skill.skill_tags.values_list("tag_id", flat=True))
    if any(tag.pk not in allowed for tag in tags):
        message = _("Choose only tags of the skill.")
        raise RuleBroken(message, fields={"tags": [message]})


@transaction.atomic
def extend_after_contact_work(*, contact_id: int, by: Agent) -> None:
    """Give the agent a minute more for the after-contact work, up to the extension that the skill allows.

    Raises NotFound when it is not his, ContactOver when the contact is not in after-contact work, and
    NoMoreTime at the limit, or when no time was set.
    """
    seat = lock_seat(by.pk)
    contact = _own_contact(contact_id, by, Contact.State.AFTER_CONTACT_WORK)
    skill, until = contact.skill, contact.acw_until
    allowed = skill.after_contact_work_extension_seconds
    if until is None or contact.ended_at is None or not allowed:
        raise NoMoreTime
    latest = contact.ended_at + timedelta(seconds=skill.after_contact_work_seconds + allowed)
    longer = min(max(until, seat.now) + EXTENSION, latest)
    if longer <= until:
        raise NoMoreTime
    Contact.objects.filter(pk=contact_id).update(acw_until=longer, updated_at=seat.now)
    record_event(contact_id=contact_id, kind="after_contact_work_extended", agent_id=by.pk, by=by.user)
    publish_contact_changed(contact_id=contact_id)


def finish_after_contact_work(*, limit: int = 200) -> int:
    """Close contacts whose after-contact work is over; return how many.

    Without a disposition they get the default of their skill. Where one is required and there is no default,
    they stay until it is given.
    """
    over = Contact.objects.filter(state=Contact.State.AFTER_CONTACT_WORK, acw_until__lte=database_now())
    due = list(
        shards.only_ours(over, "business_unit_id")
        .order_by("acw_until", "id")
        .values_list("pk", "agent_id")[:limit]
    )
    return sum(_finish_one(contact_id, agent_id) for contact_id, agent_id in due)


@transaction.atomic
def _finish_one(contact_id: int, agent_id: int) -> bool:
    seat = lock_seat(agent_id)
    contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .select_related("skill")
        # He may have taken a minute more since it was found.
        .filter(pk=contact_id, state=Contact.State.AFTER_CONTACT_WORK, acw_until__lte=seat.now)
        .first()
    )
    if contact is None:
        return False
    now = seat.now
    default = contact.skill.default_disposition_id
    if contact.disposition_id is None and default is not None:
        Contact.objects.filter(pk=contact_id).update(disposition=default, updated_at=now)
        record_event(
            contact_id=contact_id,
            kind="disposition_set",
            agent_id=agent_id,
            disposition=default,
            is_default=True,
        )
    elif contact.skill.require_disposition and contact.disposition_id is None:
        # The time is over but the outcome is still owed: the timer goes, the duty stays.
        Contact.objects.filter(pk=contact_id).update(acw_until=None, updated_at=now)
        return False
    close(contact, seat, now)
    return True


@transaction.atomic
def transfer_contact(
    *, contact_id: int, by: Agent, skill: Skill | None = None, agent: Agent | None = None
) -> None:
    """Hand the contact to another skill or to one agent; it waits there from now on.

    Exactly one of `skill` and `agent`. Raises RuleBroken when the target cannot take it, NotFound and
    ContactOver as ever.
    """
    if (skill is None) == (agent is None):
        raise RuleBroken(_("Choose either a skill or an agent to transfer to."), code="transfer_target")
    seat = lock_seat(by.pk)
    contact = _own_contact(contact_id, by, Contact.State.ACTIVE)
    now = seat.now
    target = _transfer_skill(contact, skill)
    if agent is not None:
        _check_target_agent(contact, agent, by)
    record_event(
        contact_id=contact_id,
        kind="transferred",
        agent_id=by.pk,
        by=by.user,
        skill=target.pk,
        target_agent=agent.pk if agent else None,
    )
    queue_contact(
        contact_id=contact_id,
        skill_id=target.pk,
        profile=profile_of_skill(target),
        now=now,
        target_agent_id=agent.pk if agent else None,
    )
    events.publish(ContactLeft(contact_id=contact_id, agent_id=by.pk, state="transferred"))
    release(seat, now)


def _transfer_skill(contact: Contact, skill: Skill | None) -> Skill:
    if skill is None:
        return contact.skill
    if skill.business_unit_id != contact.business_unit_id or not skill.is_active:
        message = _("Choose an active skill of the business unit.")
        raise RuleBroken(message, fields={"skill": [message]})
    return skill


def _check_target_agent(contact: Contact, agent: Agent, by: Agent) -> None:
    if agent.pk == by.pk or agent.business_unit_id != contact.business_unit_id or not agent.is_active:
        message = _("Choose another active agent of the business unit.")
        raise RuleBroken(message, fields={"agent": [message]})


@transaction.atomic
def start_contact(*, by: Agent, skill: Skill, customer: Customer) -> Contact:
    """An agent starts a contact with an outbound skill. It takes one of his sessions.

    Raises NoFreeSession at his limit, RuleBroken when the skill is not an active outbound skill of his.
    """
    if (
        skill.direction != Skill.Direction.OUTBOUND
        or not skill.is_active
        or not by.agent_skills.filter(skill=skill).exists()
    ):
        message = _("Choose one of your outbound skills.")
        raise RuleBroken(message, fields={"skill": [message]})
    seat = lock_seat(by.pk)
    if seat.load >= seat.limit:
        raise NoFreeSession(_("You have as many sessions as your limit allows: end one first."))
    now = seat.now
    contact = open_outbound_contact(skill=skill, customer=customer, now=now)
    Contact.objects.filter(pk=contact.pk).update(
        state=Contact.State.ACTIVE, agent=by, accepted_at=now, updated_at=now
    )
    contact.refresh_from_db()
    change_load(seat, +1, idle_since=now)
    record_event(contact_id=contact.pk, kind="started", agent_id=by.pk, by=by.user, skill=skill.pk)
    events.publish(ContactAssigned(contact_id=contact.pk, agent_id=by.pk))
    events.publish(AgentStateChanged(agent_id=by.pk))
    return contact


def requeue_contacts(*, agent_id: int, by: User | None, reason: str, unless_back: bool = False) -> int:
    """Put the active contacts of an agent back at their old place in their queues; return how many.

    What was for him alone waits for the others of its skill. `unless_back` leaves them with an agent who had
    vanished and is there again.
    """
    contact_ids = Contact.objects.filter(agent_id=agent_id, state=Contact.State.ACTIVE)
    return sum(
        _requeue_one(contact_id, agent_id, by, reason, unless_back=unless_back)
        for contact_id in contact_ids.order_by("id").values_list("pk", flat=True)
    )


@transaction.atomic
def _requeue_one(contact_id: int, agent_id: int, by: User | None, reason: str, *, unless_back: bool) -> bool:
    seat = lock_seat(agent_id)
    if unless_back and AgentState.objects.filter(pk=agent_id, vanished_at__isnull=True).exists():
        return False
    contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .select_related("skill", "lane")
        .filter(pk=contact_id, agent_id=agent_id, state=Contact.State.ACTIVE)
        .first()
    )
    if contact is None:
        return False
    now = seat.now
    record_event(contact_id=contact_id, kind="requeued", agent_id=agent_id, by=by, reason=reason)
    lane = contact.lane
    if lane is None or contact.queue_key is None or contact.queued_at is None:
        # Started by the agent himself: it has no old place.
        queue_contact(
            contact_id=contact_id, skill_id=contact.skill_id, profile=profile_of_skill(contact.skill), now=now
        )
    elif lane.target_agent_id == agent_id:
        open_to_all(contact_id=contact_id, at=now)
    else:
        Contact.objects.filter(pk=contact_id).update(
            state=Contact.State.QUEUED, agent=None, snoozed_at=None, snoozed_until=None, updated_at=now
        )
        events.publish(ContactQueued(contact_id=contact_id))
    events.publish(ContactLeft(contact_id=contact_id, agent_id=agent_id, state="requeued"))
    release(seat, now)
    return True


@transaction.atomic
def open_kept_contacts(*, agent_id: int) -> int:
    """Let the contacts that wait for this agent alone wait for the others of their skill; return how many."""
    seat = lock_seat(agent_id)
    kept = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .filter(lane__target_agent_id=agent_id, state=Contact.State.QUEUED)
        .order_by("id")
        .values_list("pk", flat=True)
    )
    for contact_id in kept:
        open_to_all(contact_id=contact_id, at=seat.now)
    return len(kept)
