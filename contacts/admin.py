from __future__ import annotations

from django.contrib import admin

from contacts.models import Contact, Message
from core.admin import RecordAdmin


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    list_display = ("id", "state", "direction", "skill", "agent", "queued_at", "closed_at")
    list_filter = ("state", "direction", "skill")
    list_select_related = ("skill", "agent__user")
    search_fields = ("customer__address",)
    ordering = ("-pk",)


@admin.register(Message)
class MessageAdmin(RecordAdmin):
    unit_path = "contact__business_unit_id"
    list_display = ("id", "contact", "direction", "status", "segments", "created_at")
    list_filter = ("direction", "status")
    list_select_related = ("contact",)
    search_fields = ("text",)
    ordering = ("-pk",)
