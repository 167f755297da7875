"""Points of contact: the number customers write to, and what happens then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.models import BusinessUnit
from scripts.models import Script
from skills.models import Skill
from sms_registrations.models import SmsRegistration


class PointOfContact(Configurable):
    """Binds a transport code to exactly one skill and one script."""

    class MediaType(models.TextChoices):
        SMS = "sms", _("SMS")

    business_unit = models.ForeignKey(
        BusinessUnit,
        on_delete=models.PROTECT,
        related_name="points_of_contact",
        verbose_name=_("business unit"),
    )
    media_type = models.CharField(_("media type"), max_length=10, choices=MediaType, default=MediaType.SMS)
    transport_code = models.ForeignKey(
        SmsRegistration,
        on_delete=models.PROTECT,
        related_name="points_of_contact",
        verbose_name=_("transport code"),
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, related_name="points_of_contact", verbose_name=_("ACD skill")
    )
    script = models.ForeignKey(
        Script, on_delete=models.PROTECT, related_name="points_of_contact", verbose_name=_("script")
    )
    ivr_reporting_enabled = models.BooleanField(_("IVR reporting enabled"), default=False)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("point of contact")
        verbose_name_plural = _("points of contact")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="point_of_contact_name_unique",
                violation_error_message=_("A point of contact with this name exists."),
            ),
            models.UniqueConstraint(
                fields=["transport_code"],
                condition=Q(is_active=True),
                name="point_of_contact_one_active_per_transport_code",
                violation_error_message=_(
                    "Another active point of contact listens on this transport code: deactivate it first."
                ),
            ),
        ]
