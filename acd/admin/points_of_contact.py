from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin
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
    list_display = ("name", "transport_code", "skill", "script", "business_unit", "is_active")
    list_select_related = ("transport_code", "skill", "script", "business_unit")
    list_filter = ("is_active", "skill", "script", "business_unit")
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
                    "ivr_reporting_enabled",
                    "is_active",
                )
            },
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )
