"""Runs the script of a contact and passes its effects on as facts."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from agents.models import Agent
from contacts.facts import AgentRequested, ContactClosed
from contacts.models import Contact, ScriptRun
from contacts.services import record_event
from core import events, sql
from points_of_contact.selectors import Listener
from scripts.interpreter.effects import PriorityProfile, RequestAgent
from scripts.interpreter.engine import advance
from scripts.interpreter.events import Event, Started
from scripts.interpreter.graph import Graph
from scripts.interpreter.reading import parse
from scripts.interpreter.run import Run, RunStatus, TraceRow
from scripts.models import ScriptVersion
from skills.models import Skill

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ContactCatalogue:
    """What scripts may refer to, as it is in the business unit now."""

    business_unit_id: int
    default_skill: Skill

    def skill_exists(self, name: str) -> bool:
        return self.skill(name) is not None

    def agent_exists(self, username: str) -> bool:
        return self.agent(username) is not None

    def skill(self, name: str) -> Skill | None:
        default = self.default_skill
        if name == default.name and default.is_active and default.direction == Skill.Direction.INBOUND:
            return default
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


def start_script(*, contact: Contact, listener: Listener, now: datetime) -> None:
    """Run the published script of the contact's point of contact from BEGIN.

    A contact whose script cannot bring it into a queue goes to the skill of its point of contact: a fault
    in a script must not lose a customer. The caller has made or locked the contact.
    """
    if listener.version_id is None:
        record_event(contact_id=contact.pk, kind="script_missing")
        _queue(contact, listener.skill, now)
        return
    graph = _graph(listener.version_id)
    if graph is None:
        _store(contact, listener.version_id, Run(status=RunStatus.FAILED))
        _fail(contact, listener, "unreadable_definition", now)
        return
    _advance(contact, graph, listener, Started(default_skill=listener.skill.name), now)


def _advance(contact: Contact, graph: Graph, listener: Listener, event: Event, now: datetime) -> None:
    assert listener.version_id is not None
    catalogue = ContactCatalogue(contact.business_unit_id, listener.skill)
    step = advance(Run(), graph, event=event, now=now, catalogue=catalogue)
    _store(contact, listener.version_id, step.run, step.trace)
    for effect in step.effects:
        _apply(contact, effect, catalogue, now)
    if step.status is RunStatus.FAILED:
        _fail(contact, listener, step.failure.code if step.failure else "unknown", now)
    elif step.status is RunStatus.ENDED and not step.run.agent_requested:
        _close_unqueued(contact, now)


_STORE = f"""
WITH run AS ({sql.insertion(ScriptRun)} RETURNING id, contact_id), steps AS (
    INSERT INTO contacts_tracestep (contact_id, position, action_id, action_type, label, branch, at, "values")
    SELECT run.contact_id, position, action, type, label, branch, at, "values"
      FROM run, jsonb_to_recordset(%(steps)s)
        AS step(position int, action text, type text, label text, branch text, at timestamptz, "values" jsonb)
)
SELECT id FROM run
"""


def _store(contact: Contact, version_id: int, run: Run, trace: Sequence[TraceRow] = ()) -> None:
    script_run = ScriptRun(
        contact=contact,
        version_id=version_id,
        status=run.status.value,
        state=run.to_json(),
        resume_at=run.resume_at,
        failure=run.failure.code if run.failure else "",
    )
    sql.insert(script_run, _STORE, steps=json.dumps([row.as_json() for row in trace]))


def _apply(contact: Contact, effect: RequestAgent, catalogue: ContactCatalogue, now: datetime) -> None:
    skill = catalogue.skill(effect.skill) if effect.skill else None
    agent = catalogue.agent(effect.target_agent) if effect.target_agent else None
    _queue(contact, skill or catalogue.default_skill, now, wish=effect, target=agent)


_ANY_AGENT = RequestAgent(action_id="")
"""As the skill is configured."""


def _queue(
    contact: Contact,
    skill: Skill,
    now: datetime,
    *,
    wish: RequestAgent = _ANY_AGENT,
    target: Agent | None = None,
) -> None:
    initial, acceleration, maximum = _in_milli(wish.priority) if wish.priority else skill.priority_milli
    events.publish(
        AgentRequested(
            contact_id=contact.pk,
            at=now,
            skill_id=skill.pk,
            target_agent_id=target.pk if target else None,
            initial_milli=initial,
            acceleration_milli=acceleration,
            max_milli=maximum,
            high_proficiency=wish.high_proficiency,
            low_proficiency=wish.low_proficiency,
        )
    )


def _in_milli(profile: PriorityProfile) -> tuple[int, int, int]:
    return int(profile.initial * 1000), int(profile.acceleration * 1000), int(profile.maximum * 1000)


def _fail(contact: Contact, listener: Listener, code: str, now: datetime) -> None:
    logger.error(
        "script_failed",
        extra={"contact_id": contact.pk, "version_id": listener.version_id, "failure": code},
    )
    record_event(contact_id=contact.pk, kind="script_failed", version=listener.version_id, failure=code)
    ScriptRun.objects.filter(contact=contact).update(status=ScriptRun.Status.FAILED, failure=code)
    waits = Contact.objects.filter(pk=contact.pk, state=Contact.State.PRE_QUEUE).exists()
    if waits:
        _queue(contact, listener.skill, now)


def _close_unqueued(contact: Contact, now: datetime) -> None:
    """The script ended without asking for an agent: the contact is over."""
    Contact.objects.filter(pk=contact.pk, state=Contact.State.PRE_QUEUE).update(
        state=Contact.State.CLOSED, ended_at=now, closed_at=now, updated_at=now
    )
    record_event(contact_id=contact.pk, kind="closed", reason="script_ended")
    events.publish(ContactClosed(contact_id=contact.pk, agent_id=None))
