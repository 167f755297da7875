"""Colleagues in a contact: notes among themselves, and who sees a contact that another has.

No customer ever sees any of it.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.facts import NoteAdded, ParticipantAdded, ParticipantLeft
from contacts.models import Contact, Note, Participant
from contacts.notices import checked_words
from contacts.services import ContactOver, publish_contact_changed, record_event
from core import events, sql
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from organizations.models import User

WITH_AN_AGENT = (Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK)


def _locked(contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update(of=("self",)).filter(pk=contact_id).first()
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
    write_note(contact=contact, text=text, by=by.user, kind=Note.Kind.CONSULTATION)
    if not _takes_part(contact, colleague):
        add_participant(contact_id=contact_id, agent_id=colleague.pk, role=Participant.Role.CONSULTED, by=by)
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
_END = """
WITH ended AS (
    UPDATE contacts_participant p SET left_at = clock_timestamp()
      FROM contacts_contact c
     WHERE c.id = p.contact_id AND p.left_at IS NULL
       AND CASE p.role
           WHEN 'handing_on' THEN c.state IN ('active', 'after_contact_work', 'closed')
           ELSE c.state <> 'active' OR c.agent_id <> p.asked_by_id END
    RETURNING p.contact_id, p.agent_id, p.role, c.state, c.agent_id AS taken_by
)
SELECT contact_id, agent_id, role = 'handing_on' AND state = 'active', taken_by FROM ended
 ORDER BY agent_id, contact_id
"""


@transaction.atomic
def end_participations() -> int:
    """Let go of those whose contact has ended or has found its agent; return how many.

    The sweeper asks: so neither an end nor an acceptance pays for what few of them concern.
    """
    ended = sql.rows(_END)
    for contact_id, agent_id, is_taken, taken_by in ended:
        reason, taker = ("taken", taken_by) if is_taken else ("over", None)
        events.publish(
            ParticipantLeft(contact_id=contact_id, agent_id=agent_id, reason=reason, taken_by=taker)
        )
    for contact_id in sorted({row[0] for row in ended}):
        publish_contact_changed(contact_id=contact_id)
    return len(ended)
