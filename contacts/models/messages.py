"""Texts, and the parts that they came in."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models.contacts import Contact
from core.models import Numbered
from organizations.models import User
from sms_registrations.models import SmsRegistration


class Message(Numbered):
    """One text as people see it, joined from its parts. Personal data: text, addresses."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        UNKNOWN = "unknown", _("Not known whether it was sent")

    contact = models.ForeignKey(
        Contact, db_index=False, on_delete=models.PROTECT, related_name="messages", verbose_name=_("contact")
    )
    position = models.PositiveIntegerField(_("number"), help_text=_("1, 2, 3 … within the contact."))
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    transport_code = models.ForeignKey(
        SmsRegistration,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("transport code"),
    )
    from_address = models.CharField(_("from"), max_length=64)
    to_address = models.CharField(_("to"), max_length=64)
    text = models.TextField(_("text"), blank=True)
    is_incomplete = models.BooleanField(
        _("incomplete"), default=False, help_text=_("A part of a long text is missing.")
    )
    encoding = models.CharField(_("encoding"), max_length=4, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )

    status = models.CharField(_("status"), max_length=10, choices=Status)
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    provider_sent_at = models.DateTimeField(_("sent by the provider"), null=True, blank=True)

    client_ref = models.UUIDField(null=True, unique=True, default=None)
    priority = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(9)], help_text="0 replies, 5 automatic, 9 bulk."
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    send_after = models.DateTimeField(db_default=Now())
    sending_since = models.DateTimeField(null=True, blank=True)
    ignores_opt_out = models.BooleanField(
        default=False, help_text="The one confirmation that a customer has opted out."
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["contact", "position"], name="message_position_unique"),
            models.CheckConstraint(
                condition=Q(direction="inbound", status="received")
                | (Q(direction="outbound", client_ref__isnull=False) & ~Q(status="received")),
                name="message_status_of_direction",
            ),
        ]
        indexes = [
            # The outbox: replies first, then oldest, per number.
            models.Index(
                fields=["transport_code", "priority", "id"],
                condition=Q(status="queued"),
                name="message_outbox",
            ),
            # The sweeper: sends whose process died.
            models.Index(
                fields=["sending_since"], condition=Q(status="sending"), name="message_sending_since"
            ),
            # The order of sending within one contact.
            models.Index(
                fields=["contact", "id"],
                condition=Q(status__in=["queued", "sending"]),
                name="message_unsent_of_contact",
            ),
            # The last text of a number, each way.
            models.Index(fields=["transport_code", "direction", "-id"], name="message_last_of_number"),
        ]


class MessagePart(models.Model):
    """One part of a message at the provider: it has its own id and, outbound, its own receipt."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="parts")
    provider_message_id = models.CharField(max_length=100)
    number = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=20, blank=True, help_text="The provider's word.")

    class Meta:
        indexes = [
            # Receipts: which message does this provider id belong to.
            models.Index(fields=["provider_message_id"], name="message_part_provider_id")
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.message_id}"
