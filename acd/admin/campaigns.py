from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin
from campaigns.models import Campaign
from campaigns.services import create_campaign, delete_campaign, update_campaign
from skills.models import Skill


@admin.register(Campaign)
class CampaignAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_campaign)
    update_service = staticmethod(update_campaign)
    delete_service = staticmethod(delete_campaign)
    labels: ClassVar[Any] = {"name": _("Campaign name")}
    list_display = ("name", "skill_number", "description", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "description", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "description", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.counted(rows, Skill, "campaign")

    @admin.display(description=_("skills"), ordering="use_count")
    def skill_number(self, campaign: Any) -> str:
        return cells.count(campaign.use_count, page="skills_skill", campaign__id__exact=campaign.pk)
