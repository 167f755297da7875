"""`hours-of-operation/{id}/day`: what happens on a date."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from core.api import StrictSerializer
from hours.models import HoursOfOperation
from hours.schedule import FIRST_YEAR, LAST_YEAR, State, day_of
from hours.selectors import schedule_of

ON = OpenApiParameter("date", datetime.date, required=True, description="Such as 2026-12-25.")


class DayQuery(StrictSerializer):
    """Which date."""

    date = serializers.DateField(error_messages={"invalid": _("Write the date as 2026-12-25.")})

    def validate_date(self, day: datetime.date) -> datetime.date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            sentence = _("Choose a year from %(first)d to %(last)d.")
            raise serializers.ValidationError(sentence % {"first": FIRST_YEAR, "last": LAST_YEAR})
        return day


class StretchOutput(serializers.Serializer[Any]):
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    name = serializers.CharField(help_text="Of the special day.")


class DayOutput(serializers.Serializer[Any]):
    """A date in stretches without gaps, in the time zone of the hours."""

    date = serializers.DateField()
    time_zone = serializers.CharField()
    stretches = StretchOutput(many=True)


def day_as_json(hours: HoursOfOperation, day: datetime.date) -> dict[str, Any]:
    """As it is answered."""
    schedule = schedule_of(hours)
    return {
        "date": day.isoformat(),
        "time_zone": schedule.zone.key,
        "stretches": [
            {
                "begins": stretch.begins.isoformat(),
                "ends": stretch.ends.isoformat(),
                "state": stretch.state.value,
                "name": stretch.name,
            }
            for stretch in day_of(schedule, day)
        ],
    }
