"""Hours of operation: when a business unit, or a part of it, is there for its customers."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import Configurable
from core.permissions import CONFIGURED
from hours.spans import CANONICAL
from organizations.models import BusinessUnit
from organizations.validators import validate_time_zone

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPECIAL_DAY_IS_WRONG: Final = (
    '$[*] ? (!(@.date like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")'
    ' || !(@.name.type() == "string") || !(@.hours.type() == "string")'
    ' || !(@.is_holiday.type() == "boolean") || !(@.every_year.type() == "boolean"))'
)
_SENTENCE: Final = _("Write hours as 09:00-12:00, 13:00-17:00; nothing for closed.")


def _hours(label: Any) -> models.CharField:
    return models.CharField(
        label,
        max_length=130,
        blank=True,
        default="",
        validators=[RegexValidator(CANONICAL, message=_SENTENCE)],
    )


class _JsonPathExists(Func):
    function = "jsonb_path_exists"
    output_field = models.BooleanField()


class HoursOfOperation(Configurable):
    """Hours by the day of the week, with holidays and other special days, in one time zone.

    A script's HOURS action asks them. The hours of a day are text as `spans.write_spans` writes it; special
    days are objects of date, name, hours, is_holiday and every_year.
    """

    class Override(models.TextChoices):
        NONE = "none", _("As written below")
        MEETING = "meeting", _("Closed: meeting")
        WEATHER = "weather", _("Closed: weather")
        EMERGENCY = "emergency", _("Closed: emergency")
        OTHER = "other", _("Closed: other reason")

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="hours_of_operation"
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        validators=[validate_time_zone],
        help_text=_("Such as Europe/Paris. Blank: that of the business unit."),
    )
    override = models.CharField(_("at the moment"), max_length=10, choices=Override, default=Override.NONE)
    monday = _hours(_("Monday"))
    tuesday = _hours(_("Tuesday"))
    wednesday = _hours(_("Wednesday"))
    thursday = _hours(_("Thursday"))
    friday = _hours(_("Friday"))
    saturday = _hours(_("Saturday"))
    sunday = _hours(_("Sunday"))
    special_days = models.JSONField(_("special days"), default=list, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    constraint_fields: ClassVar = {
        **{f"hours_{day}_written": (day,) for day in WEEKDAYS},
        "hours_special_days_written": ("special_days",),
    }

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("hours of operation")
        verbose_name_plural = _("hours of operation")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="hours_name_unique",
                violation_error_message=_("Hours of operation with this name exist."),
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{day}__regex": CANONICAL}),
                    name=f"hours_{day}_written",
                    violation_error_message=_SENTENCE,
                )
                for day in WEEKDAYS
            ),
            models.CheckConstraint(
                condition=Q(_JsonPathExists(F("special_days"), Value('strict $ ? (@.type() == "array")')))
                & ~Q(_JsonPathExists(F("special_days"), Value(_SPECIAL_DAY_IS_WRONG))),
                name="hours_special_days_written",
                violation_error_message=_("Special days have a date, a name and hours."),
            ),
        ]
