from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ViewOnlyAdmin
from reporting.asking import TITLES
from reporting.models import Report


@admin.register(Report)
class ReportAdmin(ViewOnlyAdmin):
    list_display = ("name", "owner", "report", "is_shared", "frequency", "next_at", "sent_at")
    list_select_related = ("owner",)
    list_filter = ("is_shared", "frequency")
    search_fields = ("name", "owner__username")

    @admin.display(description=_("report"), ordering="kind")
    def report(self, saved: Report) -> Any:
        return TITLES.get(saved.kind, saved.kind)
