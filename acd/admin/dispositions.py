from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
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
from skills.models import SkillDisposition, SkillTag


@admin.register(Disposition)
class DispositionAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_disposition)
    update_service = staticmethod(update_disposition)
    delete_service = staticmethod(delete_disposition)
    list_display = ("name", "classification", "skill_number", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "classification", "business_unit")
    search_fields = ("name", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "classification", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.counted(rows, SkillDisposition, "disposition")

    @admin.display(description=_("skills"), ordering="use_count")
    def skill_number(self, disposition: Any) -> str:
        return cells.count(disposition.use_count, page="skills_skill", dispositions__id__exact=disposition.pk)


@admin.register(Tag)
class TagAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_tag)
    update_service = staticmethod(update_tag)
    delete_service = staticmethod(delete_tag)
    list_display = ("name", "skill_number", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.counted(rows, SkillTag, "tag")

    @admin.display(description=_("skills"), ordering="use_count")
    def skill_number(self, tag: Any) -> str:
        return cells.count(tag.use_count, page="skills_skill", tags__id__exact=tag.pk)
