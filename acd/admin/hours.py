from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from acd import cells
from acd.base import ConfiguredAdmin, ConfiguredForm
from acd.special_days import SpecialDaysField
from hours.models import WEEKDAYS, HoursOfOperation
from hours.schedule import FIRST_YEAR, LAST_YEAR, State, answer_at, day_of
from hours.selectors import schedule_of
from hours.services import create_hours, delete_hours, update_hours

STATES = {
    State.OPEN: pgettext_lazy("hours", "Open"),
    State.CLOSED: pgettext_lazy("hours", "Closed"),
    State.HOLIDAY: _("Closed: holiday"),
    State.MEETING: HoursOfOperation.Override.MEETING.label,
    State.WEATHER: HoursOfOperation.Override.WEATHER.label,
    State.EMERGENCY: HoursOfOperation.Override.EMERGENCY.label,
    State.OTHER: HoursOfOperation.Override.OTHER.label,
}


class HoursForm(ConfiguredForm):
    special_days = SpecialDaysField(label=_("Special days"))

    class Meta:
        model = HoursOfOperation
        fields = ("is_active",)  # the field sets of the admin add the others


@admin.register(HoursOfOperation)
class HoursAdmin(ConfiguredAdmin):
    form = HoursForm
    create_service = staticmethod(create_hours)
    update_service = staticmethod(update_hours)
    delete_service = staticmethod(delete_hours)
    list_display = ("name", "at_present", "zone", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "override", "business_unit")
    search_fields = ("name", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "time_zone", "override", "notes")}),
        (
            _("Hours by weekday"),
            {
                "fields": WEEKDAYS,
                "description": _("Such as 09:00-12:00, 13:00-17:00 or 22:00-02:00; blank is closed."),
            },
        ),
        (_("Special days"), {"fields": ("special_days",)}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("at the moment"))
    def at_present(self, hours: HoursOfOperation) -> str:
        # To be read, not acted on: this machine's clock will do, and costs no query per row.
        state = answer_at(schedule_of(hours), now()).state
        return cells.badge(cells.OK if state is State.OPEN else cells.OFF, STATES[state])

    @admin.display(description=_("time zone"), ordering="time_zone")
    def zone(self, hours: HoursOfOperation) -> str:
        return hours.time_zone or hours.business_unit.time_zone

    def get_queryset(self, request: HttpRequest) -> Any:
        """The list asks the business unit for its time zone."""
        return super().get_queryset(request).select_related("business_unit")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what happens on a date, by the hours as they are stored."""
        hours = kwargs.get("obj")
        if hours is not None:
            schedule = schedule_of(hours)
            asked = self._asked(request) or now().astimezone(schedule.zone).date()
            context |= {
                "asked_date": asked,
                "stretches": [
                    {
                        "stretch": stretch,
                        "is_open": stretch.state is State.OPEN,
                        "words": STATES[stretch.state],
                    }
                    for stretch in day_of(schedule, asked)
                ],
                "first_date": date(FIRST_YEAR, 1, 1),
                "last_date": date(LAST_YEAR, 12, 31),
                "zone": schedule.zone.key,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _asked(request: HttpRequest) -> date | None:
        """The date in the address; None if there is none that can be read."""
        try:
            asked = forms.DateField(input_formats=["%Y-%m-%d"]).clean(request.GET.get("on", ""))
        except forms.ValidationError:
            return None
        return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else None
