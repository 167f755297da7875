"""Does what scripts ask for: each effect of the interpreter becomes a change of the contact, or a fact."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, assert_never

from agents.models import Agent
from agents.selectors import availability
from contacts.facts import AgentRequested, ContactClosed, PlaceChanged
from contacts.models import ApiCall, Contact, Message
from contacts.screen_pops import show_screen_pop
from contacts.selectors import queue_figures
from contacts.services import (
    AUTOMATIC,
    add_outbound_message,
    publish_contact_changed,
    record_event,
)
from core import events
from core.hints import CALLS, hint_work
from dispositions.models import Disposition, Tag
from hours.selectors import answer_of, hours_named
from scripts.interpreter.actions.callapi import GRACE
from scripts.interpreter.catalogue import HoursAnswer, QueueFigures
from scripts.interpreter.effects import (
    AddNote,
    AddTag,
    CallApi,
    Effect,
    EndContact,
    PriorityProfile,
    RequestAgent,
    SendText,
    SetDisposition,
    ShowScreenPop,
    UpdateContact,
)
from scripts.interpreter.graph import Graph
from scripts.interpreter.limits import TEXTS_PER_HOUR
from scripts.interpreter.reading import parse
from scripts.models import ScriptVersion
from scripts.selectors import has_secret_named, published_version_named
from skills.models import Skill

logger = logging.getLogger(__name__)

MOST_NOTES: Final = 10_000
"""Characters of the notes of a contact, as for agents."""


@lru_cache(maxsize=512)
def graph_of_version(version_id: int) -> Graph | None:
    """A version never changes, so it is read once per process. Raises ScriptVersion.DoesNotExist."""
    definition = ScriptVersion.objects.values_list("definition", flat=True).get(pk=version_id)
    return parse(definition).graph


@dataclass(frozen=True, slots=True)
class ContactCatalogue:
    """What scripts may refer to, as it is in the business unit now."""

    business_unit_id: int
    default_skill: Skill
    """That of the point of contact."""

    def skill_exists(self, name: str) -> bool:
        return self.skill(name) is not None

    def agent_exists(self, username: str) -> bool:
        return self.agent(username) is not None

    def tag_exists(self, name: str) -> bool:
        return self.tag(name) is not None

    def disposition_exists(self, name: str) -> bool:
        return self.disposition(name) is not None

    def hours_exist(self, name: str) -> bool:
        return hours_named(business_unit_id=self.business_unit_id, name=name) is not None

    def script_exists(self, name: str) -> bool:
        return self.published_script(name) is not None

    def secret_exists(self, name: str) -> bool:
        return has_secret_named(business_unit_id=self.business_unit_id, name=name)

    def hours_at(self, name: str, moment: datetime) -> HoursAnswer | None:
        found = answer_of(business_unit_id=self.business_unit_id, name=name, moment=moment)
        if found is None:
            return None
        return HoursAnswer(state=found.state.value, name=found.name, opens_at=found.opens_at)

    def agent_state(self, username: str) -> str | None:
        agent = self.agent(username)
        return None if agent is None else availability(agent)

    def queue_of(self, skill: str, moment: datetime) -> QueueFigures | None:
        found = self.skill(skill)
        return None if found is None else queue_figures(found, moment)

    def published_script(self, name: str) -> str | None:
        version_id = published_version_named(business_unit_id=self.business_unit_id, name=name)
        return None if version_id is None else str(version_id)

    def graph_of(self, key: str) -> Graph | None:
        return graph_of_version(int(key))

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

    def tag(self, name: str) -> Tag | None:
        return Tag.objects.filter(
            business_unit_id=self.business_unit_id, name__iexact=name, is_active=True
        ).first()

    def disposition(self, name: str) -> Disposition | None:
        return Disposition.objects.filter(
            business_unit_id=self.business_unit_id, name__iexact=name, is_active=True
        ).first()


def apply_effect(contact: Contact, effect: Effect, *, catalogue: ContactCatalogue, now: datetime) -> None:
    """Do what an action asked for, to a contact whose row the caller has locked."""
    match effect:
        case RequestAgent():
            _request_agent(contact, effect, catalogue, now)
        case UpdateContact():
            _update_place(contact, effect, now)
        case ShowScreenPop():
            show_screen_pop(contact, effect)
        case CallApi():
            _call_api(contact, effect, now)
        case SendText():
            _send_text(contact, effect, now)
        case EndContact():
            close_without_agent(contact, now)
        case AddTag():
            tag = catalogue.tag(effect.tag)
            if tag is not None:
                contact.tags.add(tag)
                record_event(contact_id=contact.pk, kind="tag_added", tag=tag.pk)
                publish_contact_changed(contact_id=contact.pk)
        case SetDisposition():
            _set_disposition(contact, catalogue.disposition(effect.disposition), now)
        case AddNote():
            _add_note(contact, effect.text, now)
        case _:
            assert_never(effect)


_ANY_AGENT: Final = RequestAgent(action_id="")
"""As the skill is configured."""


def queue(
    contact: Contact,
    skill: Skill,
    now: datetime,
    *,
    wish: RequestAgent = _ANY_AGENT,
    target: Agent | None = None,
) -> None:
    """Let the contact wait for an agent of the skill, as the action wishes or as the skill is configured."""
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
            returning_agent_seconds=0 if target else skill.returning_agent_seconds,
        )
    )


def close_without_agent(contact: Contact, now: datetime) -> None:
    """The contact is over, unless it is before an agent or with one: then it is his to end."""
    closed = Contact.objects.filter(
        pk=contact.pk, state__in=[Contact.State.PRE_QUEUE, Contact.State.QUEUED]
    ).update(state=Contact.State.CLOSED, ended_at=now, closed_at=now, updated_at=now)
    if closed:
        record_event(contact_id=contact.pk, kind="closed", reason="script_ended")
        events.publish(ContactClosed(contact_id=contact.pk, agent_id=None))


def _request_agent(
    contact: Contact, effect: RequestAgent, catalogue: ContactCatalogue, now: datetime
) -> None:
    if contact.state not in (Contact.State.PRE_QUEUE, Contact.State.QUEUED):
        # Inspection keeps it from being published; the agent who has the contact must not lose it.
        record_event(contact_id=contact.pk, kind="request_ignored", action=effect.action_id)
        return
    skill = catalogue.skill(effect.skill) if effect.skill else None
    agent = catalogue.agent(effect.target_agent) if effect.target_agent else None
    queue(contact, skill or catalogue.default_skill, now, wish=effect, target=agent)


def _call_api(contact: Contact, effect: CallApi, now: datetime) -> None:
    ApiCall.objects.create(
        contact=contact,
        number=effect.number,
        action_id=effect.action_id,
        method=effect.method,
        url=effect.url,
        body=effect.body,
        timeout_seconds=effect.timeout_seconds,
        secret=effect.secret or "",
        secret_header=effect.secret_header,
        secret_prefix=effect.secret_prefix,
        deadline=now + timedelta(seconds=effect.timeout_seconds) + GRACE,
    )
    hint_work(CALLS)


def _update_place(contact: Contact, effect: UpdateContact, now: datetime) -> None:
    if contact.state != Contact.State.QUEUED:
        record_event(contact_id=contact.pk, kind="update_ignored", action=effect.action_id)
        return
    events.publish(
        PlaceChanged(
            contact_id=contact.pk,
            at=now,
            initial_milli=_milli(effect.initial),
            acceleration_milli=_milli(effect.acceleration),
            max_milli=_milli(effect.maximum),
            high_proficiency=effect.high_proficiency,
            low_proficiency=effect.low_proficiency,
        )
    )


def _milli(points: Decimal | None) -> int | None:
    return None if points is None else int(points * 1000)


def _in_milli(profile: PriorityProfile) -> tuple[int, int, int]:
    return int(profile.initial * 1000), int(profile.acceleration * 1000), int(profile.maximum * 1000)


def _send_text(contact: Contact, effect: SendText, now: datetime) -> None:
    sent = Message.objects.filter(
        contact__customer_id=contact.customer_id,
        transport_code_id=contact.transport_code_id,
        direction=Message.Direction.OUTBOUND,
        priority=AUTOMATIC,
        created_at__gt=now - timedelta(hours=1),
    ).count()
    if sent >= TEXTS_PER_HOUR:
        logger.warning("automatic_text_held_back", extra={"contact_id": contact.pk})
        record_event(contact_id=contact.pk, kind="text_held_back", action=effect.action_id)
        return
    add_outbound_message(contact=contact, text=effect.text, now=now, priority=AUTOMATIC)


def _set_disposition(contact: Contact, disposition: Disposition | None, now: datetime) -> None:
    if disposition is None:
        return
    Contact.objects.filter(pk=contact.pk).update(disposition=disposition, updated_at=now)
    record_event(contact_id=contact.pk, kind="disposition_set", disposition=disposition.pk, tags=[])
    publish_contact_changed(contact_id=contact.pk)


def _add_note(contact: Contact, text: str, now: datetime) -> None:
    notes = Contact.objects.values_list("notes", flat=True).get(pk=contact.pk)
    together = f"{notes}\n{text}".strip()[:MOST_NOTES]
    Contact.objects.filter(pk=contact.pk).update(notes=together, updated_at=now)
    publish_contact_changed(contact_id=contact.pk)
