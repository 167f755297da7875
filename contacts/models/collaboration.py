"""What people tell each other about contacts, and what they have begun to write."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models.contacts import Contact
from organizations.models import User


class Notice(models.Model):
    """What a supervisor tells an agent, about a contact or not; never shown to a customer.

    Personal data: text.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notices", db_index=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, null=True, related_name="notices", db_index=False
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The workspace: what an agent has not read yet.
            models.Index(fields=["agent"], condition=Q(read_at__isnull=True), name="notice_unread"),
            # The supervisor's page of a contact. Most contacts have none.
            models.Index(
                fields=["contact", "id"], condition=Q(contact__isnull=False), name="notice_of_contact"
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Note(models.Model):
    """What colleagues write to each other inside a contact; never sent to a customer.

    Personal data: text.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        TRANSFER = "transfer", _("Note on a transfer")
        CONSULTATION = "consultation", _("Question to a colleague")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="internal_notes", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.NOTE)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # The conversation of one contact.
            models.Index(fields=["contact", "id"], name="note_of_contact")
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Participant(models.Model):
    """An agent who sees a contact that another has: asked for advice, or until somebody takes what he
    handed on. It takes none of his sessions.
    """

    class Role(models.TextChoices):
        CONSULTED = "consulted", _("Asked for advice")
        HANDING_ON = "handing_on", _("Hands it on")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="participants", db_index=False
    )
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=20, choices=Role)
    asked_by = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", help_text="Who had the contact."
    )
    since = models.DateTimeField(db_default=Now())
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Also what finds the participants of a contact.
            models.UniqueConstraint(
                fields=["contact", "agent"], condition=Q(left_at__isnull=True), name="participant_once"
            )
        ]
        indexes = [
            # The workspace: what an agent takes part in.
            models.Index(fields=["agent"], condition=Q(left_at__isnull=True), name="participant_of_agent")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.contact_id}"


class Draft(models.Model):
    """What an agent has typed to a customer and not sent. Personal data: text."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "agent"], name="draft_one_per_contact_and_agent")
        ]

    def __str__(self) -> str:
        return f"draft of {self.agent_id} in {self.contact_id}"
