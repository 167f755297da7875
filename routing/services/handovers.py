"""How an agent hands a contact on, and takes it back while nobody has taken it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.facts import ParticipantLeft
from contacts.models import Contact, Note, Participant
from contacts.participants import add_participant, write_note
from contacts.services import record_event
from core import events
from core.errors import Conflict, NotFound
from routing.services.assignments import transfer_contact
from routing.services.interventions import Held, give_seat, holding, withdraw_from
from routing.services.queueing import forget_refusals
from skills.models import Skill


class AlreadyTaken(Conflict):
    """Somebody has the contact already."""

    code = "already_taken"


@transaction.atomic
def hand_on(
    *,
    contact_id: int,
    by: Agent,
    skill: Skill | None = None,
    agent: Agent | None = None,
    note: str = "",
) -> None:
    """Transfer a contact of the agent's with a note for whoever takes it; he goes on to see it until then.

    The note may be empty. Raises what `transfer_contact` raises, and RuleBroken when the note is too long.
    """
    transfer_contact(contact_id=contact_id, by=by, skill=skill, agent=agent)
    if note.strip():
        contact = Contact.objects.get(pk=contact_id)
        write_note(contact=contact, text=note, by=by.user, kind=Note.Kind.TRANSFER)
    add_participant(contact_id=contact_id, agent_id=by.pk, role=Participant.Role.HANDING_ON, by=by)


def take_back(*, contact_id: int, by: Agent) -> None:
    """The agent takes back what he has handed on: it takes a session of his, beyond his limit if need be.

    Raises NotFound when he has not handed it on, AlreadyTaken when somebody was faster, ContactOver.
    """

    mine = Participant.objects.filter(
        contact=contact_id, agent=by, role=Participant.Role.HANDING_ON, left_at=None
    )

    def check() -> None:
        if not mine.exists():
            raise NotFound(_("There is no such contact among those that you have handed on."))

    def act(held: Held) -> None:
        contact = held.contact
        check()
        if contact.state not in (Contact.State.QUEUED, Contact.State.OFFERED):
            raise AlreadyTaken(_("A colleague has taken it already."))
        withdraw_from(held, "taken_back")
        forget_refusals(contact_id=contact.pk)
        seat = held.own_seat
        assert seat is not None
        # To the log it is what a supervisor does when he takes a contact that waits.
        record_event(contact_id=contact.pk, kind="taken_over", agent_id=by.pk, by=by.user, previous=None)
        Contact.objects.filter(pk=contact.pk).update(
            state=Contact.State.ACTIVE,
            agent=by,
            accepted_at=seat.now,
            snoozed_at=None,
            snoozed_until=None,
            updated_at=seat.now,
        )
        mine.update(left_at=seat.now)
        events.publish(ParticipantLeft(contact_id=contact.pk, agent_id=by.pk, reason="taken_back"))
        give_seat(contact.pk, seat)

    # Before anything is said of a contact that may be none of his.
    check()
    holding(contact_id, act, taker=by)
