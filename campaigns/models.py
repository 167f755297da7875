"""Campaigns: groupings of skills, used to run reports."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.models import BusinessUnit


class Campaign(Configurable):
    """A grouping of skills used to run reports. It is not tied to a channel."""

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("business unit")
    )
    description = models.CharField(_("description"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="campaign_name_unique",
                violation_error_message=_("A campaign with this name exists."),
            )
        ]
