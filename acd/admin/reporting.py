from __future__ import annotations

from django.contrib import admin

from acd.base import ViewOnlyAdmin
from reporting.models import Report


@admin.register(Report)
class ReportAdmin(ViewOnlyAdmin):
    list_display = ("name", "owner", "kind", "is_shared", "frequency", "next_at", "sent_at")
    list_select_related = ("owner",)
    list_filter = ("is_shared", "frequency")
    search_fields = ("name", "owner__username")
