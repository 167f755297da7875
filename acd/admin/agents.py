from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin, ConfiguredForm, secret_field
from acd.choices import SearchedFilter
from acd.fields import ProficienciesField
from agents.models import Agent, AgentState, Team
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
    list_display = ("name", "members", "sms", "chats", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active")}),
        (_("Limits"), {"fields": ("max_concurrent_sms", "max_concurrent_chats")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.counted(rows, Agent, "team", is_active=True)

    @admin.display(description=_("agents"), ordering="use_count")
    def members(self, team: Any) -> str:
        return cells.count(team.use_count, page="agents_agent", team__id__exact=team.pk, is_active__exact=1)

    @admin.display(description=_("SMS sessions"), ordering="max_concurrent_sms")
    def sms(self, team: Team) -> str:
        return cells.number(team.max_concurrent_sms)

    @admin.display(description=_("chat sessions"), ordering="max_concurrent_chats")
    def chats(self, team: Team) -> str:
        return cells.number(team.max_concurrent_chats)


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
    list_display = (
        "username",
        "full_name",
        "team_link",
        "state_now",
        "sessions",
        "skill_number",
        "refusal_timeout",
        "business_unit",
        "status",
    )
    list_select_related = ("user", "team", "business_unit", "state")
    list_filter = (
        "is_active",
        "state__status",
        ("team", SearchedFilter),
        ("skills", SearchedFilter),
        "business_unit",
    )
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

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.of_agents(rows)

    @admin.display(description=_("team"), ordering="team__name")
    def team_link(self, agent: Agent) -> str:
        return cells.link(agent.team)

    @admin.display(description=_("now"), ordering="state__status")
    def state_now(self, agent: Agent) -> str:
        """His status, or that his browser has gone silent while he was available."""
        state = getattr(agent, "state", None)
        if state is None or state.status == AgentState.Status.UNAVAILABLE:
            return cells.badge(cells.OFF, _("Unavailable"), detail=state.reason if state else "")
        if state.vanished_at is not None:
            return cells.badge(cells.BAD, _("Connection lost"))
        if state.load >= state.limit:
            return cells.badge(cells.WAITING, _("Available, full"))
        return cells.badge(cells.OK, _("Available"))

    @admin.display(description=_("SMS sessions"), ordering="state__load")
    def sessions(self, agent: Agent) -> str:
        """In use, of how many that hold for him."""
        state = getattr(agent, "state", None)
        return cells.share(state.load if state else 0, effective_limits(agent).max_concurrent_sms.value)

    @admin.display(description=_("skills"), ordering="skill_count")
    def skill_number(self, agent: Any) -> str:
        if not agent.skill_count:
            return cells.badge(cells.BAD, _("none"))
        return cells.count(agent.skill_count, page="skills_skill", agents__id__exact=agent.pk)

    @admin.display(description=_("refusal timeout"))
    def refusal_timeout(self, agent: Agent) -> str:
        return cells.number(effective_limits(agent).sms_refusal_timeout_seconds.value, unit="s")

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
