"""Dispositions (the outcome of a contact) and tags (any number of marks on it)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.models import BusinessUnit


class Disposition(Configurable):
    """The outcome an agent gives a contact when it ends."""

    class Classification(models.TextChoices):
        NONE = "none", _("None")
        POSITIVE = "positive", _("Positive")
        NEGATIVE = "negative", _("Negative")

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="dispositions", verbose_name=_("business unit")
    )
    classification = models.CharField(
        _("classification"), max_length=10, choices=Classification, default=Classification.NONE
    )
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="disposition_name_unique",
                violation_error_message=_("A disposition with this name exists."),
            )
        ]


class Tag(Configurable):
    """A mark that agents put on contacts, independent of the disposition."""

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="tags", verbose_name=_("business unit")
    )
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="tag_name_unique",
                violation_error_message=_("A tag with this name exists."),
            )
        ]
