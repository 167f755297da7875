"""Colleagues in a contact: notes among themselves, and who sees a contact that another has.

No customer ever sees any of it.
"""

from __future__ import annotations

import logging

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.facts import NoteAdded, ParticipantAdded, ParticipantLeft
from contacts.models import Contact, Note, Participant
from contacts.notices import checked_words
from contacts.services import ContactOver, publish_contact_changed, record_event
from core import events, shards, sql
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from core.failures import describe
from organizations.models import User

logger = logging.getLogger(__name__)

WITH_AN_AGENT = (Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK)


def _locked(contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk=contact_id).first()
    if contact is None:
        raise _no_such()
    return contact


def _no_such() -> NotFound:
    return NotFound(_("There is no such contact among yours."))


def _takes_part(contact: Contact, agent: Agent) -> bool:
    return Participant.objects.filter(contact=contact, agent=agent, left_at=None).exists()


def write_note(*, contact: Contact, text: str, by: User, kind: Note.Kind = Note.Kind.NOTE) -> Note:
    """A note in a contact whose row the caller has locked. Raises RuleBroken when it is empty or too long."""
    note = Note.objects.create(contact=contact, author=by, text=checked_words(text), kind=kind)
    has_it = contact.agent_id if contact.state in WITH_AN_AGENT else None
    record_event(contact_id=contact.pk, kind="note_added", agent_id=has_it, by=by, note=note.pk)
    events.publish(NoteAdded(note_id=note.pk, contact_id=contact.pk, agent_id=has_it))
    return note


@transaction.atomic
def add_note(*, contact_id: int, text: str, by: Agent) -> Note:
    """An agent writes to his colleagues in a contact that he has or takes part in.

    Raises NotFound when it is neither, ContactOver when it is closed, RuleBroken.
    """
    contact = _locked(contact_id)
    if contact.agent_id != by.pk and not _takes_part(contact, by):
        raise _no_such()
    if contact.state == Contact.State.CLOSED:
        raise ContactOver(_("This contact has ended."))
    return write_note(contact=contact, text=text, by=by.user)


@transaction.atomic
def consult(*, contact_id: int, colleague: Agent, text: str, by: Agent) -> None:
    """Let a colleague see a contact and ask him something; the customer does not notice.

    A second question goes to the same place. Raises NotFound and ContactOver as ever, and RuleBroken when the
    colleague cannot be asked or the question is empty.
    """
    contact = _locked(contact_id)
    if contact.agent_id != by.pk:
        raise _no_such()
    if contact.state != Contact.State.ACTIVE:
        raise ContactOver(_("This contact has ended."))
    if (
        colleague.pk == by.pk
        or colleague.business_unit_id != contact.business_unit_id
        or not colleague.is_active
    ):
        message = _("Choose another active agent of the business unit.")
        raise RuleBroken(message, fields={"agent": [message]})
    is_new = not _takes_part(contact, colleague)
    if is_new:
        # Before the question, which is then told to him too.
        add_participant(contact_id=contact_id, agent_id=colleague.pk, role=Participant.Role.CONSULTED, by=by)
    write_note(contact=contact, text=text, by=by.user, kind=Note.Kind.CONSULTATION)
    if is_new:
        record_event(
            contact_id=contact_id, kind="consulted", agent_id=by.pk, by=by.user, target_agent=colleague.pk
        )
        publish_contact_changed(contact_id=contact_id)


def add_participant(*, contact_id: int, agent_id: int, role: Participant.Role, by: Agent) -> None:
    """Let an agent see a contact whose row the caller has locked; what he was in it before is over."""
    Participant.objects.filter(contact_id=contact_id, agent_id=agent_id, left_at=None).update(
        left_at=database_now()
    )
    Participant.objects.create(contact_id=contact_id, agent_id=agent_id, role=role, asked_by=by)
    events.publish(ParticipantAdded(contact_id=contact_id, agent_id=agent_id))


@transaction.atomic
def leave(*, contact_id: int, agent: Agent, by: Agent) -> None:
    """An agent no longer takes part: he says so himself, or who asked him does. Raises NotFound."""
    _locked(contact_id)
    present = Participant.objects.filter(contact_id=contact_id, agent=agent, left_at=None)
    if by.pk != agent.pk:
        present = present.filter(asked_by=by)
    if not present.update(left_at=database_now()):
        raise _no_such()
    reason = "left" if by.pk == agent.pk else "dismissed"
    events.publish(ParticipantLeft(contact_id=contact_id, agent_id=agent.pk, reason=reason))
    publish_contact_changed(contact_id=contact_id)


# Who was asked, until the contact leaves who asked him; who handed it on, until somebody has it.
_OVER = """
  FROM contacts_participant p JOIN contacts_contact c ON c.id = p.contact_id
 WHERE p.left_at IS NULL
   AND CASE p.role
       WHEN 'handing_on' THEN c.state IN ('active', 'after_contact_work', 'closed')
       ELSE c.state <> 'active' OR c.agent_id <> p.asked_by_id END
"""


def end_participations(*, limit: int = 200) -> int:
    """Let go of those whose contact has ended or has found its agent, in so many contacts; return how many.

    The sweeper asks: so neither an end nor an acceptance pays for what few of them concern.
    """
    found = sql.rows(
        f"SELECT DISTINCT p.contact_id {_OVER} AND {shards.ours('c.business_unit_id')} "
        "ORDER BY p.contact_id LIMIT %s",
        [limit],
    )
    return sum(_end_safely(contact_id) for (contact_id,) in found)


def _end_safely(contact_id: int) -> int:
    try:
        return _end_in(contact_id)
    except OperationalError as error:
        # A deadlock passes: they are found again at the next sweep. A lost connection shows itself there.
        logger.warning(
            "end_of_participations_repeated", extra={"contact_id": contact_id, "failure": describe(error)}
        )
        return 0


@transaction.atomic
def _end_in(contact_id: int) -> int:
    # Whoever has it locked may be about to change who takes part.
    contact = Contact.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).only("pk")
    if contact.filter(pk=contact_id).first() is None:
        return 0
    over = sql.rows(
        "SELECT p.id, p.agent_id, p.role = 'handing_on' AND c.state = 'active', c.agent_id "
        f"{_OVER} AND p.contact_id = %s ORDER BY p.agent_id",
        [contact_id],
    )
    # Told while they still take part: the first push locks the feeds of all who do.
    for _id, agent_id, is_taken, taken_by in over:
        reason, taker = ("taken", taken_by) if is_taken else ("over", None)
        events.publish(
            ParticipantLeft(contact_id=contact_id, agent_id=agent_id, reason=reason, taken_by=taker)
        )
    Participant.objects.filter(pk__in=[row[0] for row in over]).update(left_at=database_now())
    if over:
        publish_contact_changed(contact_id=contact_id)
    return len(over)
