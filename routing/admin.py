from __future__ import annotations

from django.contrib import admin

from core.admin import RecordAdmin
from routing.models import Offer


@admin.register(Offer)
class OfferAdmin(RecordAdmin):
    unit_path = "contact__business_unit_id"
    list_display = ("id", "contact", "agent", "skill", "state", "reason", "offered_at", "settled_at")
    list_filter = ("state", "skill")
    list_select_related = ("contact", "agent__user", "skill")
    ordering = ("-pk",)
