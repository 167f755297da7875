"""What can be said to have happened in routing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactQueued:
    """A contact waits in a lane: for the first time, or again."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class OffersMade:
    """Contacts were put before agents, one before each, and count in their loads."""

    offer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfferSettled:
    """An offer is over. `state` is an `Offer.State`, `reason` a short word for why."""

    offer_id: int
    contact_id: int
    agent_id: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ManyToTell:
    """In what follows of this transaction these agents hear of these contacts, and so does who takes part.

    Said once the contacts are locked, before the first of them is told anything.
    """

    contact_ids: tuple[int, ...]
    agent_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContactAssigned:
    """An agent has the contact: accepted, or started by himself."""

    contact_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """An agent no longer has the contact as he had it.

    `state` is what it means for his workspace: after_contact_work, closed, transferred, requeued.
    """

    contact_id: int
    agent_id: int
    state: str


@dataclass(frozen=True, slots=True)
class AgentFreed:
    """An agent may be able to take one more contact."""

    agent_id: int


@dataclass(frozen=True, slots=True)
class AgentsFreed:
    """Several agents may be able to take one more contact each."""

    agent_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    """Status, load or limit of an agent changed."""

    agent_id: int
