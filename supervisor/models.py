"""When the board of a business unit calls for attention, and when it did."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organizations.models import BusinessUnit
from skills.models import Skill


class UnitThresholds(models.Model):
    """What counts as trouble with the agents and the providers of a business unit."""

    business_unit = models.OneToOneField(
        BusinessUnit, on_delete=models.CASCADE, primary_key=True, related_name="thresholds"
    )
    missed_offers = models.PositiveSmallIntegerField(
        _("offers missed by one agent"), default=3, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    missed_minutes = models.PositiveSmallIntegerField(
        _("within so many minutes"), default=15, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    failed_percent = models.PositiveSmallIntegerField(
        _("texts that a provider failed to deliver, percent"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Of the last 50 of a number within 15 minutes, if at least 5 failed."),
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"thresholds of {self.business_unit_id}"


class SkillThresholds(models.Model):
    """When the tile of a skill turns, if not where the skill itself says."""

    skill = models.OneToOneField(Skill, on_delete=models.CASCADE, primary_key=True, related_name="thresholds")
    oldest_wait_seconds = models.PositiveIntegerField(
        _("longest wait (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("Blank: twice the service level threshold of the skill."),
    )
    waiting = models.PositiveIntegerField(
        _("contacts waiting"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Blank: however many."),
    )
    service_level_percent = models.PositiveSmallIntegerField(
        _("service level (percent)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Blank: the goal of the skill."),
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"thresholds of {self.skill_id}"


class Alert(models.Model):
    """Something was beyond its threshold, from `raised_at` until `cleared_at`."""

    class Kind(models.TextChoices):
        OLDEST_WAIT = "oldest_wait", _("Longest wait")
        WAITING = "waiting", _("Contacts waiting")
        SERVICE_LEVEL = "service_level", _("Service level")
        MISSED_OFFERS = "missed_offers", _("Missed offers")
        PROVIDER_FAILING = "provider_failing", _("Provider failing")

    SUBJECTS: ClassVar = {
        Kind.OLDEST_WAIT: "skill",
        Kind.WAITING: "skill",
        Kind.SERVICE_LEVEL: "skill",
        Kind.MISSED_OFFERS: "agent",
        Kind.PROVIDER_FAILING: "registration",
    }
    """What `subject_id` is the id of."""

    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=20, choices=Kind)
    subject_id = models.BigIntegerField()
    subject = models.CharField(max_length=150, help_text="Its name when the alert was raised.")
    value = models.FloatField(help_text="Seconds, contacts, percent or offers, by the kind.")
    threshold = models.FloatField()
    raised_at = models.DateTimeField(db_default=Now())
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            # Two sweepers, or one in a hurry, raise it once.
            models.UniqueConstraint(
                fields=["business_unit", "kind", "subject_id"],
                condition=Q(cleared_at__isnull=True),
                name="alert_one_open",
            )
        ]
        indexes = [
            # The board: the latest ones of a business unit.
            models.Index(fields=["business_unit", "-id"], name="alert_recent")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"
