"""What can be said to have happened to a contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContactOpened:
    """A new contact exists and its script is about to run."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A text was received or written. `agent_id` is who has the contact open, if anybody.

    `outbox_id` is the registration that has to send it; None for a received text.
    """

    message_id: int
    contact_id: int
    agent_id: int | None
    outbox_id: int | None = None
    waits_again: bool = False
    """An agent had the contact and it waits for another: who handed it on may still see it."""


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """The status of a text changed, or a late part completed it."""

    message_id: int
    contact_id: int
    agent_id: int | None
    waits_again: bool = False
    """As of `MessageAdded`."""


@dataclass(frozen=True, slots=True)
class AgentRequested:
    """The script asks for an agent: the contact is to be queued.

    The priorities are those of the skill unless the script has its own, in thousandths of a point.
    """

    contact_id: int
    at: datetime
    skill_id: int
    target_agent_id: int | None
    initial_milli: int
    acceleration_milli: int
    max_milli: int
    high_proficiency: int
    low_proficiency: int
    returning_agent_seconds: int = 0
    """How long the customer's last agent alone is asked, if he is free. 0: not at all."""


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """The script changes how a contact waits. None: as it is.

    Thousandths of a point, counted from the moment the contact entered the queue.
    """

    contact_id: int
    at: datetime
    initial_milli: int | None
    acceleration_milli: int | None
    max_milli: int | None
    high_proficiency: int | None
    low_proficiency: int | None


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """Something about a contact that its agent has open changed, other than its texts."""

    contact_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class ContactClosed:
    """The contact is over; `agent_id` is who handled it last."""

    contact_id: int
    agent_id: int | None


@dataclass(frozen=True, slots=True)
class NoticeAdded:
    """A supervisor told an agent something."""

    notice_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """The agent has read it."""

    notice_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A colleague wrote a note in a contact. `agent_id` is who has it open, if anybody."""

    note_id: int
    contact_id: int
    agent_id: int | None


@dataclass(frozen=True, slots=True)
class ParticipantAdded:
    """An agent now sees a contact that is not his."""

    contact_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """He no longer does. `reason`: left, dismissed, over, taken (by `taken_by`), taken_back."""

    contact_id: int
    agent_id: int
    reason: str
    taken_by: int | None = None
