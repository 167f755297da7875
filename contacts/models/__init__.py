"""Customers, contacts, messages: the life of an interaction."""

from __future__ import annotations

from contacts.models.collaboration import Draft, Note, Notice, Participant
from contacts.models.contacts import Contact, ContactEvent, Customer, Lane
from contacts.models.messages import Message, MessagePart
from contacts.models.scripts import ApiCall, ScreenPop, ScriptRun, TraceStep

__all__ = [
    "ApiCall",
    "Contact",
    "ContactEvent",
    "Customer",
    "Draft",
    "Lane",
    "Message",
    "MessagePart",
    "Note",
    "Notice",
    "Participant",
    "ScreenPop",
    "ScriptRun",
    "TraceStep",
]
