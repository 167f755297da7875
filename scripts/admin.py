from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ServiceAdmin, ServiceForm
from scripts import services
from scripts.models import Script, ScriptVersion


class ScriptForm(ServiceForm):
    definition = forms.JSONField(
        label=_("definition"),
        widget=forms.Textarea(attrs={"rows": 24, "class": "vLargeTextField"}),
        help_text=_("Saving publishes it, if inspection finds no errors."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk:
            version = self.instance.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
            self.initial["definition"] = version.definition if version else None


@admin.register(Script)
class ScriptAdmin(ServiceAdmin):
    create = services.create_script
    update = services.update_script
    remove = services.delete_script
    form = ScriptForm
    list_display = ("name", "media_type", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")
