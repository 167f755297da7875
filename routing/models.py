"""Offers, and what the dispatcher needs to find the next one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact
from core.models import Numbered
from skills.models import Skill


class Offer(Numbered):
    """One contact put before one agent, until accepted, refused, expired or withdrawn."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="offers", verbose_name=_("contact")
    )
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="offers", verbose_name=_("agent"))
    skill = models.ForeignKey(
        Skill, on_delete=models.CASCADE, related_name="offers", verbose_name=_("ACD skill")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    offered_at = models.DateTimeField(_("offered"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            # A contact has one suitor at a time.
            models.UniqueConstraint(
                fields=["contact"], condition=Q(state="pending"), name="offer_one_pending_per_contact"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="offer_expires_after_offered"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", settled_at__isnull=True)
                | (~Q(state="pending") & Q(settled_at__isnull=False)),
                name="offer_settled_at",
            ),
        ]
        indexes = [
            # The sweeper: offers whose refusal timeout is reached.
            models.Index(fields=["expires_at"], condition=Q(state="pending"), name="offer_pending_expiry"),
            # The workspace: what is before an agent now.
            models.Index(fields=["agent"], condition=Q(state="pending"), name="offer_pending_of_agent"),
            # Supervisors: who refused and who let offers expire, and when.
            models.Index(
                fields=["settled_at"], condition=Q(state__in=["refused", "expired"]), name="offer_missed"
            ),
        ]


class ReadyAgent(models.Model):
    """An agent who can take one more contact of a skill. Rows exist only while he can."""

    agent = models.ForeignKey(Agent, db_index=False, on_delete=models.CASCADE, related_name="ready_entries")
    skill = models.ForeignKey(Skill, db_index=False, on_delete=models.CASCADE, related_name="ready_entries")
    proficiency = models.PositiveSmallIntegerField()
    idle_since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "skill"], name="ready_agent_unique")]
        indexes = [
            # The best agent of a skill: proficiency first, then longest idle.
            models.Index(fields=["skill", "proficiency", "idle_since", "agent"], name="ready_agent_order")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} ready for {self.skill_id}"


class Refusal(models.Model):
    """Who refused or missed a contact is passed over until every other ready agent was asked."""

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="refusals")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="refusals")
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "agent"], name="refusal_unique")]

    def __str__(self) -> str:
        return f"{self.agent_id} refused {self.contact_id}"


class Decision(models.Model):
    """Why an offer was made: the heads that were compared and the agents that were passed over.

    Written by the statement that makes the offer, unless too many are made (routing/services/records.py).
    """

    offer = models.OneToOneField(Offer, on_delete=models.CASCADE, primary_key=True, related_name="decision")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    contacts_considered = models.JSONField()
    agents_considered = models.JSONField()

    def __str__(self) -> str:
        return f"decision of {self.offer_id}"
