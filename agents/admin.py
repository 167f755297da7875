from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agents import services
from agents.models import BEST_PROFICIENCY, WORST_PROFICIENCY, Agent, Team
from core.admin import ServiceAdmin, ServiceForm
from skills.models import Skill

SKILL = "proficiency_"


@admin.register(Team)
class TeamAdmin(ServiceAdmin):
    create = services.create_team
    update = services.update_team
    remove = services.delete_team
    list_display = ("name", "max_concurrent_sms", "max_concurrent_chats", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")


class AgentForm(ServiceForm):
    """An account by its name, and a proficiency for each skill he has."""

    username = forms.CharField(max_length=150, label=_("user name"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk:
            self.initial["username"] = self.instance.user.username
            self.fields["username"].disabled = True
        self._add_skills()

    def _add_skills(self) -> None:
        unit = self.instance.business_unit_id or getattr(self.request.user, "business_unit_id", None)
        held = (
            dict(self.instance.agent_skills.values_list("skill_id", "proficiency"))
            if self.instance.pk
            else {}
        )
        self.skills = list(Skill.objects.filter(business_unit_id=unit, is_active=True).order_by("name", "pk"))
        for skill in self.skills:
            self.fields[f"{SKILL}{skill.pk}"] = forms.IntegerField(
                label=skill.name,
                required=False,
                min_value=BEST_PROFICIENCY,
                max_value=WORST_PROFICIENCY,
                initial=held.get(skill.pk),
                help_text=_("1 (best) to 20; blank: does not serve the skill."),
            )


@admin.register(Agent)
class AgentAdmin(ServiceAdmin):
    create = services.create_agent
    update = services.update_agent
    remove = services.delete_agent
    form = AgentForm
    list_display = ("user", "team", "max_concurrent_sms", "sms_refusal_timeout_seconds", "is_active")
    list_filter = ("is_active", "team")
    list_select_related = ("user", "team")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username", "pk")
    exclude = ("user", "skills")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["username", "team", "is_active"]
        if obj is None and request.user.is_superuser:
            fields.insert(0, "business_unit")
        limits = ["max_concurrent_sms", "max_concurrent_chats", "sms_refusal_timeout_seconds"]
        return [(None, {"fields": fields}), (_("Limits"), {"fields": limits})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002 - the framework's signature
        options["fields"] = [
            name
            for _title, part in self.get_fieldsets(request, obj)
            for name in part["fields"]
            if name != "username"
        ]
        return super().get_form(request, obj, change, **options)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> Any:
        form = context["adminform"].form
        names = [name for name in form.fields if name.startswith(SKILL)]
        if names:
            context["adminform"].fieldsets = [
                *context["adminform"].fieldsets,
                (_("Proficiency"), {"fields": names}),
            ]
        return super().render_change_form(request, context, *arguments, **options)

    def values_of(self, form: forms.ModelForm) -> dict[str, Any]:
        values = {
            name: value for name, value in super().values_of(form).items() if not name.startswith(SKILL)
        }
        chosen = [
            (skill, form.cleaned_data[f"{SKILL}{skill.pk}"])
            for skill in form.skills
            if form.cleaned_data.get(f"{SKILL}{skill.pk}")
        ]
        return values | {"skills": chosen}

    def write(self, request: HttpRequest, instance: Any, values: Mapping[str, Any]) -> Any:
        given = dict(values)
        if instance is not None:
            given.pop("username", None)
        return super().write(request, instance, given)
