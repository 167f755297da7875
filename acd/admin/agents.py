from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin, ConfiguredForm, secret_field
from acd.fields import ProficienciesField
from agents.models import Agent, Team
from agents.selectors import Effective, Source, effective_limits
from agents.services import (
    create_agent,
    create_team,
    delete_agent,
    delete_team,
    update_agent,
    update_team,
)
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
    skills = ProficienciesField(Skill.objects.all(), label=_("Skills"), search_address="/api/v1/skills")

    class Meta:
        model = Agent
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("username", "first_name", "last_name", "email"):
                if name in self.fields:
                    self.fields[name].initial = getattr(self.instance.user, name)
            if "skills" in self.fields:
                links = self.instance.agent_skills.order_by("proficiency", "skill__name")
                self.fields["skills"].initial = list(links.values_list("skill_id", "proficiency"))


@admin.register(Agent)
class AgentAdmin(ConfiguredAdmin):
    form = AgentForm
    create_service = staticmethod(create_agent)
    update_service = staticmethod(update_agent)
    delete_service = staticmethod(delete_agent)
    keep_if_blank = ("password",)
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
        (_("Skills"), {"fields": ("skills",)}),
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
                f"{_('SMS sessions')}: {shown_limit(holds.max_concurrent_sms)}",
                f"{_('chat sessions')}: {shown_limit(holds.max_concurrent_chats)}",
                f"{_('refusal timeout')}: {shown_limit(holds.sms_refusal_timeout_seconds, ' s')}",
            )
        )


def shown_limit(effective: Effective, unit: str = "") -> str:
    """A value with where it comes from."""
    return f"{effective.value}{unit} ({SOURCES[effective.source]})"
