from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin
from acd.choices import SearchedFilter
from core.phone import shown_address
from points_of_contact.models import PointOfContact
from points_of_contact.services import (
    create_point_of_contact,
    delete_point_of_contact,
    update_point_of_contact,
)


@admin.register(PointOfContact)
class PointOfContactAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_point_of_contact)
    update_service = staticmethod(update_point_of_contact)
    delete_service = staticmethod(delete_point_of_contact)
    list_display = ("name", "number", "skill_link", "running", "ivr_reporting", "business_unit", "status")
    list_select_related = ("transport_code", "skill", "script", "business_unit")
    list_filter = (
        "is_active",
        "ivr_reporting_enabled",
        ("skill", SearchedFilter),
        ("script", SearchedFilter),
        ("transport_code", SearchedFilter),
        "business_unit",
    )
    search_fields = ("name", "transport_code__transport_code", "skill__name", "script__name")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_unit",
                    "media_type",
                    "name",
                    "transport_code",
                    "skill",
                    "script",
                    "is_active",
                )
            },
        ),
        (_("Reports"), {"fields": ("ivr_reporting_enabled",)}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.of_points_of_contact(rows)

    @admin.display(description=_("number"), ordering="transport_code__transport_code")
    def number(self, point: Any) -> str:
        return shown_address(point.transport_code.transport_code)

    @admin.display(description=_("ACD skill"), ordering="skill__name")
    def skill_link(self, point: Any) -> str:
        return cells.link(point.skill)

    @admin.display(description=_("script"), ordering="script__name")
    def running(self, point: Any) -> str:
        """The script and the version that new contacts run."""
        return cells.script(point.script, point.script_version)

    @admin.display(description=_("IVR reporting"), ordering="ivr_reporting_enabled")
    def ivr_reporting(self, point: Any) -> str:
        return (
            cells.badge(cells.OK, _("On"))
            if point.ivr_reporting_enabled
            else cells.badge(cells.OFF, _("Off"))
        )
