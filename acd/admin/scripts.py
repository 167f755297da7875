from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin, ConfiguredForm, secret_field
from scripts.models import Script, ScriptSecret
from scripts.secrets import create_secret, delete_secret, update_secret
from scripts.selectors import published_version
from scripts.services import create_script, delete_script, update_script


class ScriptForm(ConfiguredForm):
    definition = forms.JSONField(
        label=_("Definition"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 30, "cols": 100, "spellcheck": "false"}),
        help_text=_("Saving a change inspects the script and publishes it as the next version."),
    )

    class Meta:
        model = Script
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "definition" in self.fields:
            version = published_version(self.instance)
            self.fields["definition"].initial = None if version is None else version.definition


@admin.register(Script)
class ScriptAdmin(ConfiguredAdmin):
    form = ScriptForm
    create_service = staticmethod(create_script)
    update_service = staticmethod(update_script)
    delete_service = staticmethod(delete_script)
    list_display = ("name", "media_type", "published", "used_by", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name",)
    readonly_fields = ("version", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "media_type", "name", "is_active", "version", "definition")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.of_scripts(rows)

    @admin.display(description=_("published version"), ordering="version")
    def published(self, script: Any) -> str:
        if script.version is None:
            return cells.badge(cells.BAD, _("not published"))
        return cells.number(script.version)

    @admin.display(description=_("points of contact"), ordering="use_count")
    def used_by(self, script: Any) -> str:
        page = "points_of_contact_pointofcontact"
        return cells.count(script.use_count, page=page, script__id__exact=script.pk)

    @admin.display(description=_("published version"))
    def version(self, script: Script) -> int | None:
        version = published_version(script)
        return None if version is None else version.number


class ScriptSecretForm(ConfiguredForm):
    secret_value = secret_field(_("Value"))

    class Meta:
        model = ScriptSecret
        fields = ("is_active",)  # the field sets of the admin add the others


@admin.register(ScriptSecret)
class ScriptSecretAdmin(ConfiguredAdmin):
    form = ScriptSecretForm
    create_service = staticmethod(create_secret)
    update_service = staticmethod(update_secret)
    delete_service = staticmethod(delete_secret)
    keep_if_blank = ("secret_value",)
    list_display = ("name", "hosts", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "hosts", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "secret_value", "hosts", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )
