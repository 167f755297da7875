from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin, ConfiguredForm, limit_to_reach
from acd.choices import SearchedFilter
from acd.fields import OrderedChoiceField, ProficienciesField
from agents.models import Agent
from agents.services import create_staffed_skill, update_staffed_skill
from dispositions.models import Disposition, Tag
from skills.models import Skill, validate_skill_name
from skills.names import NAME_SENTENCE, normalise_name
from skills.services import delete_skill


class SkillNameField(forms.CharField):
    """Composes accents before the rule looks at them."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalise_name(text) if text else text


class SkillForm(ConfiguredForm):
    name = SkillNameField(
        label=_("Skill name"), max_length=30, validators=[validate_skill_name], help_text=NAME_SENTENCE
    )
    agents = ProficienciesField(
        Agent.objects.select_related("user"), label=_("Agents"), search_address="/api/v1/agents"
    )
    dispositions = OrderedChoiceField(Disposition.objects.filter(is_active=True), label=_("Dispositions"))
    tags = OrderedChoiceField(Tag.objects.filter(is_active=True), label=_("Tags"))

    class Meta:
        model = Skill
        fields = ("name",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        skill = self.instance
        if not skill.pk or "name" not in self.fields:
            return
        self.fields["agents"].initial = list(
            skill.agent_skills.order_by("proficiency", "agent__user__username").values_list(
                "agent_id", "proficiency"
            )
        )
        for name, link, model in (("dispositions", "disposition", Disposition), ("tags", "tag", Tag)):
            rows = getattr(skill, f"skill_{name}").order_by("position", "pk")
            field = cast("OrderedChoiceField", self.fields[name])
            field.initial = self.initial[name] = list(rows.values_list(f"{link}_id", flat=True))
            # What the skill has stays to be seen, also when it was deactivated since.
            field.queryset = model._default_manager.filter(Q(is_active=True) | Q(pk__in=field.initial))
            limit_to_reach(field, self.request)


@admin.register(Skill)
class SkillAdmin(ConfiguredAdmin):
    form = SkillForm
    create_service = staticmethod(create_staffed_skill)
    update_service = staticmethod(update_staffed_skill)
    delete_service = staticmethod(delete_skill)
    list_display = (
        "name",
        "direction",
        "campaign_link",
        "agent_number",
        "waiting_now",
        "service_level_today",
        "business_unit",
        "status",
    )
    list_select_related = ("campaign", "business_unit")
    list_filter = (
        "is_active",
        "direction",
        ("campaign", SearchedFilter),
        ("agents", SearchedFilter),
        ("dispositions", SearchedFilter),
        ("tags", SearchedFilter),
        "business_unit",
    )
    search_fields = ("name", "campaign__name", "notes")
    readonly_fields = ("created_at", "updated_at")
    radio_fields: ClassVar[Any] = {
        "direction": admin.HORIZONTAL,
        "screen_pop_trigger": admin.HORIZONTAL,
        "queue_order": admin.VERTICAL,
    }
    fieldsets = (
        (None, {"fields": ("business_unit", "media_type", "direction", "name", "campaign", "is_active")}),
        (
            _("Outbound"),
            {
                "classes": ("only-if--direction--outbound",),
                "description": _("Needed when the direction is Outbound, and only then."),
                "fields": ("outbound_strategy", "transport_code"),
            },
        ),
        (
            _("Skill information"),
            {
                "fields": (
                    "require_disposition",
                    "after_contact_work_seconds",
                    "after_contact_work_extension_seconds",
                    "default_disposition",
                    "notes",
                )
            },
        ),
        (_("Screen pops"), {"fields": ("use_screen_pops", "screen_pop_url", "screen_pop_trigger")}),
        (
            _("Queue priority management"),
            {"fields": ("initial_priority", "acceleration", "max_priority")},
        ),
        (
            _("Service level"),
            {
                # Where the vendor's form has its priority comparison.
                "classes": ("comparison-follows",),
                "fields": (
                    "service_level_threshold_seconds",
                    "service_level_goal_percent",
                    "short_abandon_enabled",
                    "short_abandon_threshold_seconds",
                ),
            },
        ),
        (
            _("Routing policies"),
            {
                "fields": (
                    "queue_order",
                    "returning_agent_seconds",
                    "overflow_skill",
                    "overflow_after_seconds",
                )
            },
        ),
        (_("Agents"), {"fields": ("agents",)}),
        (_("Dispositions and tags"), {"fields": ("dispositions", "tags")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may look only: the framework cannot show a relation that another model declares."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [
            (name, {**options, "fields": ["staff" if one == "agents" else one for one in options["fields"]]})
            for name, options in shown
        ]

    @admin.display(description=_("agents"))
    def staff(self, skill: Skill) -> str:
        rows = skill.agent_skills.select_related("agent__user").order_by(
            "proficiency", "agent__user__username"
        )
        return ", ".join(f"{row.agent} ({row.proficiency})" for row in rows)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A skill serves one channel: its media type is said once."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "media_type"]

    def with_figures(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return figures.of_skills(rows, figures.start_of_day(request.user))

    @admin.display(description=_("campaign"), ordering="campaign__name")
    def campaign_link(self, skill: Any) -> str:
        return cells.link(skill.campaign)

    @admin.display(description=_("agents"), ordering="agent_count")
    def agent_number(self, skill: Any) -> str:
        if not skill.agent_count:
            return cells.badge(cells.BAD, _("none"))
        return cells.count(skill.agent_count, page="agents_agent", skills__id__exact=skill.pk)

    @admin.display(description=_("waiting now"), ordering="waiting")
    def waiting_now(self, skill: Any) -> str:
        page = "contacts_contact"
        return cells.count(skill.waiting, page=page, skill__id__exact=skill.pk, state__exact="queued")

    @admin.display(description=_("service level today"), ordering="service_level")
    def service_level_today(self, skill: Any) -> str:
        return cells.service_level(skill.service_level, goal=skill.service_level_goal_percent)
