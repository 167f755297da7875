from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from organizations.admin_base import ConfiguredAdmin, ConfiguredForm, LinkInline
from skills.models import Skill, SkillDisposition, SkillTag, validate_skill_name
from skills.names import NAME_SENTENCE, normalise_name
from skills.services import create_skill, delete_skill, update_skill


class SkillNameField(forms.CharField):
    """Composes accents before the rule looks at them."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalise_name(text) if text else text


class SkillForm(ConfiguredForm):
    name = SkillNameField(
        label=_("Skill name"), max_length=30, validators=[validate_skill_name], help_text=NAME_SENTENCE
    )

    class Meta:
        model = Skill
        fields = ("name",)  # the field sets of the admin add the others


class SkillDispositionInline(LinkInline):
    model = SkillDisposition
    related = ("skill", "disposition")
    fields = ("disposition", "position")
    ordering = ("position", "pk")
    verbose_name = _("disposition")
    verbose_name_plural = _("Dispositions that agents may choose")


class SkillTagInline(LinkInline):
    model = SkillTag
    related = ("skill", "tag")
    fields = ("tag", "position")
    ordering = ("position", "pk")
    verbose_name = _("tag")
    verbose_name_plural = _("Tags that agents may use")


@admin.register(Skill)
class SkillAdmin(ConfiguredAdmin):
    form = SkillForm
    create_service = staticmethod(create_skill)
    update_service = staticmethod(update_skill)
    delete_service = staticmethod(delete_skill)
    list_display = (
        "name",
        "direction",
        "campaign",
        "initial_priority",
        "acceleration",
        "max_priority",
        "business_unit",
        "is_active",
    )
    list_select_related = ("campaign", "business_unit")
    list_filter = ("is_active", "direction", "campaign", "business_unit")
    search_fields = ("name", "campaign__name", "notes")
    inlines: ClassVar[Any] = (SkillDispositionInline, SkillTagInline)
    readonly_fields = ("created_at", "updated_at")
    radio_fields = {"direction": admin.HORIZONTAL, "screen_pop_trigger": admin.HORIZONTAL}
    fieldsets = (
        (None, {"fields": ("business_unit", "media_type", "direction", "name", "campaign", "is_active")}),
        (_("Outbound"), {"fields": ("outbound_strategy", "transport_code")}),
        (
            _("Skill information"),
            {"fields": ("require_disposition", "after_contact_work_seconds", "notes")},
        ),
        (_("Screen pops"), {"fields": ("use_screen_pops", "screen_pop_url", "screen_pop_trigger")}),
        (
            _("Queue priority management"),
            {"fields": ("initial_priority", "acceleration", "max_priority")},
        ),
        (
            _("Service level"),
            {
                "fields": (
                    "service_level_threshold_seconds",
                    "service_level_goal_percent",
                    "short_abandon_enabled",
                    "short_abandon_threshold_seconds",
                )
            },
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def links_of(self, rows: Mapping[Any, list[dict[str, Any]]]) -> dict[str, Any]:
        links = {}
        for model, name, values in (
            (SkillDisposition, "disposition", "dispositions"),
            (SkillTag, "tag", "tags"),
        ):
            if model in rows:
                links[values] = [row[name] for row in sorted(rows[model], key=_position)]
        return links


def _position(row: dict[str, Any]) -> int:
    return row.get("position") or 0
