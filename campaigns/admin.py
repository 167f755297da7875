from __future__ import annotations

from django.contrib import admin

from campaigns import services
from campaigns.models import Campaign
from core.admin import ServiceAdmin


@admin.register(Campaign)
class CampaignAdmin(ServiceAdmin):
    create = services.create_campaign
    update = services.update_campaign
    remove = services.delete_campaign
    list_display = ("name", "description", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "description")
    ordering = ("name", "pk")
