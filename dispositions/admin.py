from __future__ import annotations

from django.contrib import admin

from core.admin import ServiceAdmin
from dispositions import services
from dispositions.models import Disposition, Tag


@admin.register(Disposition)
class DispositionAdmin(ServiceAdmin):
    create = services.create_disposition
    update = services.update_disposition
    remove = services.delete_disposition
    list_display = ("name", "classification", "is_active")
    list_filter = ("is_active", "classification")
    search_fields = ("name",)
    ordering = ("name", "pk")


@admin.register(Tag)
class TagAdmin(ServiceAdmin):
    create = services.create_tag
    update = services.update_tag
    remove = services.delete_tag
    list_display = ("name", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")
