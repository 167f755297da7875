"""What comes from and goes to the SMS providers, before it is a message and after."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models import Customer, Message
from core.models import Numbered
from sms_registrations.models import SmsRegistration


class Delivery(Numbered):
    """A raw webhook call, stored before the provider gets its 200. Personal data: fields."""

    class Kind(models.TextChoices):
        INBOUND = "inbound", _("Inbound text")
        RECEIPT = "receipt", _("Delivery receipt")

    registration = models.ForeignKey(
        SmsRegistration,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("SMS registration"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    dedup_key = models.CharField(max_length=200)
    serial_key = models.BigIntegerField(
        help_text="Deliveries with the same key are processed one after the other, in order of arrival."
    )
    fields = models.JSONField()
    received_at = models.DateTimeField(_("received"), db_default=Now())
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(db_default=Now())
    parked_at = models.DateTimeField(_("parked"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            # The provider repeats a call until it sees a 200: the same call is stored once.
            models.UniqueConstraint(fields=["registration", "kind", "dedup_key"], name="delivery_unique")
        ]
        indexes = [
            # Workers and the sweeper: what is not processed yet, oldest first.
            models.Index(
                fields=["id"],
                condition=Q(processed_at__isnull=True, parked_at__isnull=True),
                name="delivery_pending",
            ),
            # The next of one customer.
            models.Index(
                fields=["serial_key", "id"],
                condition=Q(processed_at__isnull=True, parked_at__isnull=True),
                name="delivery_pending_serial",
            ),
        ]


class Assembly(models.Model):
    """The parts of one long text that have come so far."""

    registration = models.ForeignKey(SmsRegistration, on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=64)
    reference = models.CharField(max_length=64)
    total = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    deliver_at = models.DateTimeField(help_text="When the rest is delivered without what is missing.")
    serial_key = models.BigIntegerField()
    message = models.OneToOneField(Message, on_delete=models.CASCADE, null=True, related_name="assembly")
    is_complete = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # A part looks for its siblings.
            models.Index(
                fields=["registration", "sender", "reference", "total"],
                condition=Q(is_complete=False),
                name="assembly_open",
            ),
            # The sweeper: incomplete texts whose time is up.
            models.Index(
                fields=["deliver_at"],
                condition=Q(is_complete=False, message__isnull=True),
                name="assembly_due",
            ),
        ]

    def __str__(self) -> str:
        return f"assembly {self.pk}"


class AssemblyPart(models.Model):
    """One part of a long text. Spaces at its ends are part of the text."""

    assembly = models.ForeignKey(Assembly, db_index=False, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    provider_message_id = models.CharField(max_length=100)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assembly", "number"], name="assembly_part_unique")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.assembly_id}"


class OptOut(Numbered):
    """A customer told one of our numbers to stop. The row stays when he starts again: it is the ledger."""

    registration = models.ForeignKey(
        SmsRegistration, on_delete=models.PROTECT, related_name="opt_outs", verbose_name=_("SMS registration")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="opt_outs", verbose_name=_("customer")
    )
    keyword = models.CharField(_("keyword"), max_length=40)
    opted_out_at = models.DateTimeField(_("opted out"))
    opted_in_at = models.DateTimeField(_("opted in again"), null=True, blank=True)

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "customer"],
                condition=Q(opted_in_at__isnull=True),
                name="opt_out_one_in_force",
            )
        ]


class SendWindow(models.Model):
    """The token bucket of one registration, shared by all workers, and its circuit breaker."""

    registration = models.OneToOneField(
        SmsRegistration, on_delete=models.CASCADE, primary_key=True, related_name="send_window"
    )
    next_at = models.DateTimeField(db_default=Now(), help_text="The earliest moment of the next send.")
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"send window of {self.registration_id}"
