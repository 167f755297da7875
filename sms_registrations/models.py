"""SMS registrations: a number or code, its provider and the credentials."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.models import BusinessUnit


def new_webhook_token() -> str:
    """The unguessable part of a webhook address: 192 random bits."""
    return secrets.token_urlsafe(24)


class SmsRegistration(Configurable):
    """One transport code (number or short code) with which texts are received and sent."""

    class Provider(models.TextChoices):
        NEXMO = "nexmo", _("Nexmo")
        SIMULATOR = "simulator", _("Simulator")

    class NumberType(models.TextChoices):
        LONG_CODE = "long", _("Long code")
        SHORT_CODE = "short", _("Short code")
        TOLL_FREE = "toll_free", _("Toll-free")

    class SignatureMethod(models.TextChoices):
        NONE = "none", _("Not signed")
        MD5HASH = "md5hash", _("MD5 hash")
        MD5 = "md5", _("HMAC MD5")
        SHA1 = "sha1", _("HMAC SHA-1")
        SHA256 = "sha256", _("HMAC SHA-256")
        SHA512 = "sha512", _("HMAC SHA-512")

    business_unit = models.ForeignKey(
        BusinessUnit,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="sms_registrations",
        verbose_name=_("business unit"),
    )
    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    transport_code = models.CharField(
        _("transport code"),
        max_length=16,
        validators=[
            RegexValidator(
                r"^\+?[0-9]{3,15}$|^(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}$",
                _(
                    "Enter a number of 3 to 15 digits with its country code, a short code, "
                    "or a sender name of 3 to 11 letters and digits."
                ),
            )
        ],
        help_text=_("The number or code that customers text."),
    )
    number_type = models.CharField(
        _("number type"), max_length=10, choices=NumberType, default=NumberType.LONG_CODE
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[
            RegexValidator(r"^[A-Z]{2}$", _("Enter the country as two capital letters, such as FR."))
        ],
    )
    api_key = models.CharField(_("API key"), max_length=100, blank=True)
    api_secret = EncryptedTextField(_("API secret"), blank=True)
    signature_method = models.CharField(
        _("signature method"), max_length=10, choices=SignatureMethod, default=SignatureMethod.NONE
    )
    signature_secret = EncryptedTextField(_("signature secret"), blank=True)
    messages_per_second = models.DecimalField(
        _("messages per second"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(10),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(1000))],
    )
    price_per_segment = models.DecimalField(
        _("price per segment"),
        max_digits=9,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1000))],
        help_text=_("What the provider charges for one segment, for the estimate that agents see."),
    )
    price_currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[
            RegexValidator(r"^[A-Z]{3}$", _("Enter the currency as three capital letters, such as EUR."))
        ],
    )
    notes = models.TextField(_("notes"), blank=True)
    webhook_token = models.CharField(max_length=64, unique=True, default=new_webhook_token, editable=False)

    constraint_fields: ClassVar = {
        "sms_registration_signature_secret": ("signature_secret",),
        "sms_registration_nexmo_credentials": ("api_key", "api_secret"),
        "sms_registration_rate_positive": ("messages_per_second",),
        "sms_registration_price_currency": ("price_currency",),
        "sms_registration_price_not_negative": ("price_per_segment",),
    }

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("SMS registration")
        verbose_name_plural = _("SMS registrations")
        constraints = [
            models.UniqueConstraint(
                fields=["business_unit", "transport_code"],
                name="sms_registration_transport_code_unique",
                violation_error_message=_("This transport code is registered already."),
            ),
            models.CheckConstraint(
                condition=Q(signature_method="none") | ~Q(signature_secret=""),
                name="sms_registration_signature_secret",
                violation_error_message=_("Enter the signature secret, or choose the method “Not signed”."),
            ),
            models.CheckConstraint(
                condition=~Q(provider="nexmo")
                | (~Q(api_key="") & (~Q(api_secret="") | ~Q(signature_secret=""))),
                name="sms_registration_nexmo_credentials",
                violation_error_message=_("Nexmo needs the API key and the API secret of the account."),
            ),
            models.CheckConstraint(
                condition=Q(messages_per_second__gt=0), name="sms_registration_rate_positive"
            ),
            models.CheckConstraint(
                condition=Q(price_per_segment__isnull=True) | ~Q(price_currency=""),
                name="sms_registration_price_currency",
                violation_error_message=_("Say in which currency the price is."),
            ),
            models.CheckConstraint(
                condition=Q(price_per_segment__isnull=True) | Q(price_per_segment__gte=0),
                name="sms_registration_price_not_negative",
                violation_error_message=_("Enter a price of 0 or more."),
            ),
        ]

    def __str__(self) -> str:
        return self.transport_code

    @property
    def inbound_webhook_url(self) -> str:
        """The address to enter at the provider for incoming texts."""
        return f"{settings.PUBLIC_URL}/webhooks/{self.provider}/{self.webhook_token}/inbound"

    @property
    def status_webhook_url(self) -> str:
        """The address to enter at the provider for delivery receipts."""
        return f"{settings.PUBLIC_URL}/webhooks/{self.provider}/{self.webhook_token}/status"
