"""Runs the script of a contact and passes its effects on as facts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from agents.models import Agent
from contacts.facts import AgentRequested, ContactClosed
from contacts.models import Contact, ScriptRun, TraceStep
from contacts.services import record_event
from core import events
from scripts.interpreter.effects import PriorityProfile, RequestAgent
from scripts.interpreter.engine import advance
from scripts.interpreter.events import Event, Started
from scripts.interpreter.graph import Graph
from scripts.interpreter.reading import parse
from scripts.interpreter.run import Run, RunStatus, Step
from scripts.models import ScriptVersion
from skills.models import Skill

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ContactCatalogue:
    """What scripts may refer to, as it is in the business unit now."""

    business_unit_id: int

    def skill_exists(self, name: str) -> bool:
        return self.skill(name) is not None

    def agent_exists(self, username: str) -> bool:
        return self.agent(username) is not None

    def skill(self, name: str) -> Skill | None:
        return Skill.objects.filter(
            business_unit_id=self.business_unit_id,
            name__iexact=name,
            is_active=True,
            direction=Skill.Direction.INBOUND,
        ).first()

    def agent(self, username: str) -> Agent | None:
        return Agent.objects.filter(
            business_unit_id=self.business_unit_id, user__username=username, is_active=True
        ).first()


@lru_cache(maxsize=512)
def _graph(version_id: int) -> Graph | None:
    """A version never changes, so it is read once per process."""
    definition = ScriptVersion.objects.values_list("definition", flat=True).get(pk=version_id)
    return parse(definition).graph


def start_script(*, contact: Contact, now: datetime) -> None:
    """Run the published script of the contact's point of contact from BEGIN.

    A contact whose script cannot bring it into a queue goes to the skill of its point of contact: a fault
    in a script must not lose a customer. The caller has made or locked the contact.
    """
    point_of_contact = contact.point_of_contact
    version = (
        point_of_contact.script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
        if point_of_contact is not None
        else None
    )
    if version is None:
        record_event(contact_id=contact.pk, kind="script_missing")
        _queue_by_default(contact)
        return
    script_run = ScriptRun.objects.create(contact=contact, version=version)
    _advance(contact, script_run, Started(default_skill=contact.skill.name), now)


def _advance(contact: Contact, script_run: ScriptRun, event: Event, now: datetime) -> None:
    graph = _graph(script_run.version_id)
    if graph is None:
        _fail(contact, script_run, "unreadable_definition")
        return
    catalogue = ContactCatalogue(contact.business_unit_id)
    step = advance(Run.from_json(script_run.state), graph, event=event, now=now, catalogue=catalogue)
    if not step.handled:
        return
    _store(contact, script_run, step)
    for effect in step.effects:
        _apply(contact, effect, catalogue)
    if step.status is RunStatus.FAILED:
        _fail(contact, script_run, step.failure.code if step.failure else "unknown")
    elif step.status is RunStatus.ENDED and not step.run.agent_requested:
        _close_unqueued(contact, now)


def _store(contact: Contact, script_run: ScriptRun, step: Step) -> None:
    script_run.state = step.run.to_json()
    script_run.status = step.status.value
    script_run.resume_at = step.run.resume_at
    script_run.failure = step.failure.code if step.failure else ""
    script_run.save(update_fields=["state", "status", "resume_at", "failure"])
    TraceStep.objects.bulk_create(
        TraceStep(
            contact=contact,
            position=row.position,
            action_id=row.action_id,
            action_type=row.action_type,
            label=row.label,
            branch=row.branch,
            at=row.at,
            values=row.shown_values(),
        )
        for row in step.trace
    )


def _apply(contact: Contact, effect: RequestAgent, catalogue: ContactCatalogue) -> None:
    skill = catalogue.skill(effect.skill) if effect.skill else None
    agent = catalogue.agent(effect.target_agent) if effect.target_agent else None
    initial, acceleration, maximum = _in_milli(effect.priority)
    events.publish(
        AgentRequested(
            contact_id=contact.pk,
            skill_id=skill.pk if skill else contact.skill_id,
            target_agent_id=agent.pk if agent else None,
            initial_milli=initial,
            acceleration_milli=acceleration,
            max_milli=maximum,
            high_proficiency=effect.high_proficiency,
            low_proficiency=effect.low_proficiency,
        )
    )


def _in_milli(profile: PriorityProfile | None) -> tuple[int | None, int | None, int | None]:
    if profile is None:
        return None, None, None
    return int(profile.initial * 1000), int(profile.acceleration * 1000), int(profile.maximum * 1000)


def _fail(contact: Contact, script_run: ScriptRun, code: str) -> None:
    logger.error(
        "script_failed",
        extra={"contact_id": contact.pk, "version_id": script_run.version_id, "failure": code},
    )
    record_event(contact_id=contact.pk, kind="script_failed", version=script_run.version_id, failure=code)
    ScriptRun.objects.filter(pk=script_run.pk).update(status=ScriptRun.Status.FAILED, failure=code)
    waits = Contact.objects.filter(pk=contact.pk, state=Contact.State.PRE_QUEUE).exists()
    if waits:
        _queue_by_default(contact)


def _queue_by_default(contact: Contact) -> None:
    events.publish(
        AgentRequested(
            contact_id=contact.pk,
            skill_id=contact.skill_id,
            target_agent_id=None,
            initial_milli=None,
            acceleration_milli=None,
            max_milli=None,
            high_proficiency=1,
            low_proficiency=20,
        )
    )


def _close_unqueued(contact: Contact, now: datetime) -> None:
    """The script ended without asking for an agent: the contact is over."""
    Contact.objects.filter(pk=contact.pk, state=Contact.State.PRE_QUEUE).update(
        state=Contact.State.CLOSED, ended_at=now, closed_at=now, updated_at=now
    )
    record_event(contact_id=contact.pk, kind="closed", reason="script_ended")
    events.publish(ContactClosed(contact_id=contact.pk, agent_id=None))
