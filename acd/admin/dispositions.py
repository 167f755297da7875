from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin
from dispositions.models import Disposition, Tag
from dispositions.services import (
    create_disposition,
    create_tag,
    delete_disposition,
    delete_tag,
    update_disposition,
    update_tag,
)


@admin.register(Disposition)
class DispositionAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_disposition)
    update_service = staticmethod(update_disposition)
    delete_service = staticmethod(delete_disposition)
    list_display = ("name", "classification", "business_unit", "is_active")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "classification", "business_unit")
    search_fields = ("name", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "classification", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )


@admin.register(Tag)
class TagAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_tag)
    update_service = staticmethod(update_tag)
    delete_service = staticmethod(delete_tag)
    list_display = ("name", "business_unit", "is_active")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )
