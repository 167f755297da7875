"""Puts contacts into lanes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contacts.facts import AgentRequested
from contacts.models import Contact, Lane
from contacts.services import record_event
from core import events
from core.clock import database_now
from routing.facts import ContactQueued
from routing.matching import Profile, milli, milliseconds, queue_key
from skills.models import Skill


def profile_of_skill(skill: Skill) -> Profile:
    """The skill's own queue priority management."""
    return Profile(milli(skill.initial_priority), milli(skill.acceleration), milli(skill.max_priority))


def _lane(*, skill_id: int, profile: Profile, high: int, low: int, target_agent_id: int | None) -> Lane:
    lane, _created = Lane.objects.get_or_create(
        skill_id=skill_id,
        acceleration_milli=profile.acceleration_milli,
        max_priority_milli=profile.max_milli,
        high_proficiency=high,
        low_proficiency=low,
        target_agent_id=target_agent_id,
    )
    return lane


@transaction.atomic(savepoint=False)
def queue_contact(
    *,
    contact_id: int,
    skill: Skill,
    now: datetime,
    profile: Profile | None = None,
    high: int = 1,
    low: int = 20,
    target_agent_id: int | None = None,
) -> None:
    """Let a contact wait for an agent of a skill, or for one agent, from now on.

    The caller has locked the contact or just made it. Without a profile the skill's own counts.
    """
    profile = profile or profile_of_skill(skill)
    lane = _lane(skill_id=skill.pk, profile=profile, high=high, low=low, target_agent_id=target_agent_id)
    Contact.objects.filter(pk=contact_id).update(
        state=Contact.State.QUEUED,
        skill=skill,
        lane=lane,
        queue_key=queue_key(profile, milliseconds(now)),
        queued_at=now,
        agent=None,
        updated_at=now,
    )
    record_event(
        contact_id=contact_id, kind="queued", skill=skill.pk, lane=lane.pk, target_agent=target_agent_id
    )
    events.publish(ContactQueued(contact_id=contact_id))


def queue_as_requested(request: AgentRequested) -> None:
    """A script asks for an agent: heard inside its transaction, so contact and place appear together."""
    skill = Skill.objects.get(pk=request.skill_id)
    profile = profile_of_skill(skill)
    if (
        request.initial_milli is not None
        and request.acceleration_milli is not None
        and request.max_milli is not None
    ):
        profile = Profile(request.initial_milli, request.acceleration_milli, request.max_milli)
    queue_contact(
        contact_id=request.contact_id,
        skill=skill,
        now=database_now(),
        profile=profile,
        high=request.high_proficiency,
        low=request.low_proficiency,
        target_agent_id=request.target_agent_id,
    )
