"""Teams, agents, their limits and proficiencies, and the state that each agent is in."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.fields import TransactionField
from core.models import Configurable, TimeStamped
from core.permissions import CONFIGURED
from organizations.models import (
    LONGEST_COOL_DOWN_SECONDS,
    REFUSAL_TIMEOUT_SECONDS,
    BusinessUnit,
    User,
)
from skills.models import Skill

BEST_PROFICIENCY, WORST_PROFICIENCY = 1, 20


def _limit_field(label: Text) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label,  # type: ignore[arg-type]  # lazy texts are texts to the framework
        null=True,
        blank=True,
        validators=[MaxValueValidator(30)],
        help_text=_("Blank inherits."),
    )


def _cool_down_field(label: Text) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label,  # type: ignore[arg-type]  # lazy texts are texts to the framework
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_COOL_DOWN_SECONDS)],
        help_text=_("Blank inherits."),
    )


class CoolDowns(models.Model):
    """How long nothing is offered to an agent after what he did, in seconds; null inherits."""

    cool_down_after_accept_seconds = _cool_down_field(_("cool-down after accepting an offer (seconds)"))
    cool_down_after_refusal_seconds = _cool_down_field(_("cool-down after refusing an offer (seconds)"))
    cool_down_after_miss_seconds = _cool_down_field(_("cool-down after letting an offer expire (seconds)"))
    cool_down_after_contact_seconds = _cool_down_field(_("cool-down after a contact is closed (seconds)"))

    class Meta:
        abstract = True


class Team(CoolDowns, Configurable):
    """Agents who share limits."""

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="teams", verbose_name=_("business unit")
    )
    max_concurrent_sms = _limit_field(_("concurrent SMS sessions"))
    max_concurrent_chats = _limit_field(_("concurrent chat sessions"))

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="team_name_unique",
                violation_error_message=_("A team with this name exists."),
            )
        ]


class Agent(CoolDowns, TimeStamped):
    """A user who answers contacts. His limits win over his team's, those over the business unit's."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="agent", verbose_name=_("user"))
    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="agents", verbose_name=_("business unit")
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="agents", null=True, blank=True, verbose_name=_("team")
    )
    is_active = models.BooleanField(_("active"), default=True)
    max_concurrent_sms = _limit_field(_("concurrent SMS sessions"))
    max_concurrent_chats = _limit_field(_("concurrent chat sessions"))
    sms_refusal_timeout_seconds = models.PositiveSmallIntegerField(
        _("refusal timeout"),
        null=True,
        blank=True,
        validators=[MinValueValidator(15), MaxValueValidator(300)],
        help_text=_(
            "The number of seconds, 15 to 300, that the agent may have an SMS request in the personal queue "
            "without answering. When it is reached, the contact goes to another agent."
        ),
    )
    skills = models.ManyToManyField(
        Skill, through="AgentSkill", related_name="agents", verbose_name=_("skills")
    )

    extra_verbs: ClassVar = {
        "supervise_agent": _("watch their work live"),
        "intervene_agent": _("step into their work"),
    }

    class Meta:
        default_permissions = CONFIGURED
        permissions = [
            ("supervise_agent", "Can watch contacts and agents live"),
            ("intervene_agent", "Can change what agents have and what waits for them"),
        ]
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [
            models.CheckConstraint(
                condition=Q(sms_refusal_timeout_seconds__isnull=True)
                | Q(sms_refusal_timeout_seconds__range=REFUSAL_TIMEOUT_SECONDS),
                name="agent_refusal_timeout_range",
                violation_error_message=_("The refusal timeout is 15 to 300 seconds, or blank to inherit."),
            )
        ]

    def __str__(self) -> str:
        return self.user.get_full_name() or self.user.username


class AgentSkill(models.Model):
    """How well an agent serves a skill: 1 is best, 20 worst."""

    agent = models.ForeignKey(
        Agent, db_index=False, on_delete=models.CASCADE, related_name="agent_skills", verbose_name=_("agent")
    )
    skill = models.ForeignKey(
        Skill,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="agent_skills",
        verbose_name=_("ACD skill"),
    )
    proficiency = models.PositiveSmallIntegerField(
        _("proficiency"), default=10, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )

    class Meta:
        # It changes with the agent, or with the skill.
        default_permissions = ()
        verbose_name = _("skill of an agent")
        verbose_name_plural = _("skills of an agent")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="agent_skill_unique"),
            models.CheckConstraint(
                condition=Q(proficiency__range=(BEST_PROFICIENCY, WORST_PROFICIENCY)),
                name="agent_skill_proficiency_range",
                violation_error_message=_("Proficiency is 1 (best) to 20 (worst)."),
            ),
        ]
        indexes = [
            # The record of a decision: the best agents of a skill, whether they are ready or not.
            models.Index(fields=["skill", "proficiency", "agent"], name="agent_skill_best")
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.skill} ({self.proficiency})"


class AgentState(models.Model):
    """What an agent chose (status) and what the system counts (load), one row per agent.

    This row's lock comes first in the lock order: agent, contact, offer, feed.
    """

    class Status(models.TextChoices):
        AVAILABLE = "available", _("Available")
        UNAVAILABLE = "unavailable", _("Unavailable")

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="state")
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.UNAVAILABLE)
    reason = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField(db_default=Now())
    next_reason = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Why he becomes unavailable once nothing is before him any more; blank: he stays.",
    )
    load = models.PositiveSmallIntegerField(default=0, help_text="Pending offers and active contacts.")
    limit = models.PositiveSmallIntegerField(default=0, help_text="The effective limit of SMS sessions.")
    slots = models.PositiveSmallIntegerField(
        default=0, help_text="The limit, or the load while a lowered limit is still exceeded."
    )
    refusal_timeout_seconds = models.PositiveSmallIntegerField(default=45)
    is_active = models.BooleanField(default=True, help_text="The agent's, as it is under this row's lock.")
    idle_since = models.DateTimeField(db_default=Now())
    misses = models.PositiveSmallIntegerField(default=0, help_text="Offers that expired in a row.")
    cooling_until = models.DateTimeField(
        null=True, blank=True, help_text="Until the sweeper takes it away nothing is offered to him."
    )
    cool_down_after_accept_seconds = models.PositiveSmallIntegerField(default=0)
    cool_down_after_refusal_seconds = models.PositiveSmallIntegerField(default=0)
    cool_down_after_miss_seconds = models.PositiveSmallIntegerField(default=0)
    cool_down_after_contact_seconds = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when his browser is believed alive; null: a program."
    )
    vanished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(load__lte=F("slots")), name="agent_load_within_slots"),
        ]
        indexes = [
            # The sweeper: whose browser has gone silent.
            models.Index(
                fields=["lease_until"],
                condition=Q(lease_until__isnull=False, vanished_at__isnull=True),
                name="agent_state_lease",
            ),
            # The sweeper: whose cool-down is over.
            models.Index(
                fields=["cooling_until"],
                condition=Q(cooling_until__isnull=False),
                name="agent_state_cooling",
            ),
            # The sweeper: whose contacts go back to the queue after the grace time.
            models.Index(
                fields=["vanished_at"], condition=Q(vanished_at__isnull=False), name="agent_state_vanished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.status}"


class AgentStateChange(models.Model):
    """One stretch of time in one state, for reports. The database writes it whenever the state row changes.

    `until` is null for the state that he is in. The stretches of one agent follow each other without gaps.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="state_changes", db_index=False)
    status = models.CharField(max_length=12, choices=AgentState.Status)
    reason = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    written_in = TransactionField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent"], condition=Q(until__isnull=True), name="agent_state_change_one_open"
            )
        ]
        indexes = [
            # Reports: the states of an agent in a period.
            models.Index(fields=["agent", "since"], name="agent_state_change_since"),
            # The roll-up: what has been written since it last looked.
            models.Index(fields=["written_in"], name="agent_state_change_written"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.status}"
