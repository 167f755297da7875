from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ServiceAdmin, ServiceForm
from dispositions.models import Disposition, Tag
from skills import services
from skills.models import Skill


class SkillForm(ServiceForm):
    screen_pop_url = forms.URLField(
        assume_scheme="https", required=False, max_length=500, label=_("screen pop URL")
    )
    dispositions = forms.ModelMultipleChoiceField(
        Disposition.objects.none(), required=False, label=_("dispositions")
    )
    tags = forms.ModelMultipleChoiceField(Tag.objects.none(), required=False, label=_("tags"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        user = self.request.user
        for name, model in (("dispositions", Disposition), ("tags", Tag)):
            choices = model.objects.filter(is_active=True).order_by("name", "pk")
            unit = self.instance.business_unit_id or getattr(user, "business_unit_id", None)
            self.fields[name].queryset = choices.filter(business_unit_id=unit)
            if self.instance.pk:
                self.initial[name] = list(getattr(self.instance, name).all())


@admin.register(Skill)
class SkillAdmin(ServiceAdmin):
    create = services.create_skill
    update = services.update_skill
    remove = services.delete_skill
    form = SkillForm
    list_display = (
        "name",
        "direction",
        "campaign",
        "max_priority",
        "service_level_goal_percent",
        "is_active",
    )
    list_filter = ("is_active", "direction", "campaign")
    list_select_related = ("campaign",)
    search_fields = ("name",)
    ordering = ("name", "pk")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        head = [
            "name",
            "media_type",
            "direction",
            "outbound_strategy",
            "campaign",
            "transport_code",
            "is_active",
        ]
        if obj is None and request.user.is_superuser:
            head.insert(0, "business_unit")
        after = ["require_disposition", "after_contact_work_seconds", "dispositions", "tags"]
        return [
            (_("Skill information"), {"fields": [*head, "notes"]}),
            (_("Screen pops"), {"fields": ["use_screen_pops", "screen_pop_url", "screen_pop_trigger"]}),
            (
                _("Queue priority management"),
                {"fields": ["initial_priority", "acceleration", "max_priority"]},
            ),
            (
                _("Service level"),
                {
                    "fields": [
                        "service_level_threshold_seconds",
                        "service_level_goal_percent",
                        "short_abandon_enabled",
                        "short_abandon_threshold_seconds",
                    ]
                },
            ),
            (_("After the contact"), {"fields": after}),
        ]

    def values_of(self, form: forms.ModelForm) -> dict[str, Any]:
        values = super().values_of(form)
        return values | {name: list(values[name]) for name in ("dispositions", "tags")}
