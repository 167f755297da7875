from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin
from campaigns.models import Campaign
from campaigns.services import create_campaign, delete_campaign, update_campaign


@admin.register(Campaign)
class CampaignAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_campaign)
    update_service = staticmethod(update_campaign)
    delete_service = staticmethod(delete_campaign)
    list_display = ("name", "description", "business_unit", "is_active")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "description", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "description", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )
