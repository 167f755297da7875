"""When the board of a business unit calls for attention, and when it did."""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import Configurable, Numbered
from core.permissions import CONFIGURED
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

    business_unit = models.ForeignKey(
        BusinessUnit, db_index=False, on_delete=models.CASCADE, related_name="alerts"
    )
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


def new_signing_secret() -> str:
    """192 random bits."""
    return secrets.token_urlsafe(24)


def every_kind() -> list[str]:
    return list(Alert.Kind.values)


class AlertWebhook(Configurable):
    """Another system that is told of the alerts of a business unit, as soon as they are raised."""

    business_unit = models.ForeignKey(
        BusinessUnit,
        on_delete=models.PROTECT,
        related_name="alert_webhooks",
        verbose_name=_("business unit"),
    )
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("Where alerts are posted, by https: https://chat.example.com/hooks/…"),
    )
    signing_secret = EncryptedTextField(_("signing secret"), default=new_signing_secret)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Alert.Kind),
        verbose_name=_("alerts"),
        default=every_kind,
        help_text=_("Which alerts it is told of."),
    )
    tells_end = models.BooleanField(
        _("also when it is over"), default=True, help_text=_("It is told again when the alert has ended.")
    )
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("alert webhook")
        verbose_name_plural = _("alert webhooks")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="alert_webhook_name_unique",
                violation_error_message=_("An alert webhook with this name exists."),
            )
        ]


class AlertDelivery(Numbered):
    """One thing to tell one webhook: tried until it is taken, or given up after hours of trying."""

    class Event(models.TextChoices):
        RAISED = "alert.raised", _("Alert raised")
        CLEARED = "alert.cleared", _("Alert over")
        TEST = "test", _("Test")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        GIVEN_UP = "given_up", _("Given up")

    webhook = models.ForeignKey(
        AlertWebhook,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("alert webhook"),
    )
    alert = models.ForeignKey(
        Alert, on_delete=models.SET_NULL, null=True, related_name="deliveries", verbose_name=_("alert")
    )
    key = models.UUIDField(
        _("delivery"), default=uuid.uuid4, unique=True, help_text="The same in each attempt: twice is once."
    )
    event = models.CharField(_("event"), max_length=15, choices=Event)
    payload = models.JSONField(_("content"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), db_default=Now())
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    failure = models.CharField(_("failure"), max_length=30, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("alert delivery")
        verbose_name_plural = _("alert deliveries")
        indexes = [
            # The worker: what is to be tried next.
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="alert_delivery_due"),
            # The log of one webhook, and housekeeping.
            models.Index(fields=["webhook", "-id"], name="alert_delivery_recent"),
        ]
