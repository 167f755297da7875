from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, AgentSkill, Team
from agents.selectors import Effective, Source, effective_limits
from agents.services import (
    create_agent,
    create_team,
    delete_agent,
    delete_team,
    set_skill_agents,
    update_agent,
    update_team,
)
from organizations.admin_base import ConfiguredAdmin, ConfiguredForm, LinkInline, secret_field
from organizations.models import User
from skills.admin import SkillAdmin
from skills.models import Skill

SOURCES = {
    Source.AGENT: _("his own"),
    Source.TEAM: _("from the team"),
    Source.BUSINESS_UNIT: _("from the business unit"),
}


@admin.register(Team)
class TeamAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_team)
    update_service = staticmethod(update_team)
    delete_service = staticmethod(delete_team)
    list_display = ("name", "max_concurrent_sms", "max_concurrent_chats", "business_unit", "is_active")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active")}),
        (_("Limits"), {"fields": ("max_concurrent_sms", "max_concurrent_chats")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )


class AgentForm(ConfiguredForm):
    """An agent together with his account."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("An account with this name is made if there is none."),
    )
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    password = secret_field(_("Password"))

    class Meta:
        model = Agent
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("username", "first_name", "last_name", "email"):
                if name in self.fields:
                    self.fields[name].initial = getattr(self.instance.user, name)


class AgentSkillInline(LinkInline):
    model = AgentSkill
    related = ("agent__user", "skill")
    fields = ("skill", "proficiency")
    ordering = ("proficiency", "skill__name", "pk")
    autocomplete_fields = ("skill",)
    verbose_name = _("skill")
    verbose_name_plural = _("Skills, each with the proficiency (1 best to 20)")


@admin.register(Agent)
class AgentAdmin(ConfiguredAdmin):
    form = AgentForm
    create_service = staticmethod(create_agent)
    update_service = staticmethod(update_agent)
    delete_service = staticmethod(delete_agent)
    keep_if_blank = ("password",)
    inlines = (AgentSkillInline,)
    list_display = ("username", "full_name", "team", "limit", "refusal_timeout", "business_unit", "is_active")
    list_select_related = ("user", "team", "business_unit")
    list_filter = ("is_active", "team", "skills", "business_unit")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    ordering = ("user__username", "pk")
    readonly_fields = ("limits", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "username", "password", "is_active", "team")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("Contact settings"),
            {
                "fields": (
                    "max_concurrent_sms",
                    "max_concurrent_chats",
                    "sms_refusal_timeout_seconds",
                    "limits",
                )
            },
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("user name"), ordering="user__username")
    def username(self, agent: Agent) -> str:
        return agent.user.username

    @admin.display(description=_("name"), ordering="user__last_name")
    def full_name(self, agent: Agent) -> str:
        return agent.user.get_full_name()

    @admin.display(description=_("SMS sessions"))
    def limit(self, agent: Agent) -> int:
        return effective_limits(agent).max_concurrent_sms.value

    @admin.display(description=_("refusal timeout"))
    def refusal_timeout(self, agent: Agent) -> str:
        return f"{effective_limits(agent).sms_refusal_timeout_seconds.value} s"

    @admin.display(description=_("what holds"))
    def limits(self, agent: Agent) -> str:
        holds = effective_limits(agent)
        return "; ".join(
            (
                f"{_('SMS sessions')}: {_shown(holds.max_concurrent_sms)}",
                f"{_('chat sessions')}: {_shown(holds.max_concurrent_chats)}",
                f"{_('refusal timeout')}: {_shown(holds.sms_refusal_timeout_seconds, ' s')}",
            )
        )

    def links_of(self, rows: Mapping[Any, list[dict[str, Any]]]) -> dict[str, Any]:
        if AgentSkill not in rows:
            return {}
        return {"skills": [(row["skill"], row["proficiency"]) for row in rows[AgentSkill]]}


def _shown(effective: Effective, unit: str = "") -> str:
    return f"{effective.value}{unit} ({SOURCES[effective.source]})"


class SkillAgentInline(LinkInline):
    model = AgentSkill
    related = ("agent__user", "skill")
    fields = ("agent", "proficiency")
    ordering = ("proficiency", "agent__user__username", "pk")
    autocomplete_fields = ("agent",)
    verbose_name = _("agent")
    verbose_name_plural = _("Agents, each with the proficiency (1 best to 20)")


admin.site.unregister(Skill)


@admin.register(Skill)
class StaffedSkillAdmin(SkillAdmin):
    """The skill's page with its agents, of whom the room of skills knows nothing."""

    inlines: ClassVar[Any] = (SkillAgentInline, *SkillAdmin.inlines)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if formset.model is AgentSkill and formset.has_changed():
                rows = [one.cleaned_data for one in formset.forms if one.cleaned_data]
                agents = [(row["agent"], row["proficiency"]) for row in rows if not row.get("DELETE")]
                set_skill_agents(by=_user(request), skill=form.instance, agents=agents)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
