from __future__ import annotations

from django.contrib import admin

from core.admin import ServiceAdmin
from points_of_contact import services
from points_of_contact.models import PointOfContact


@admin.register(PointOfContact)
class PointOfContactAdmin(ServiceAdmin):
    create = services.create_point_of_contact
    update = services.update_point_of_contact
    remove = services.delete_point_of_contact
    list_display = ("name", "transport_code", "skill", "script", "ivr_reporting_enabled", "is_active")
    list_filter = ("is_active", "skill", "script")
    list_select_related = ("transport_code", "skill", "script")
    search_fields = ("name", "transport_code__transport_code")
    ordering = ("name", "pk")
