from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin, ConfiguredForm, password_field
from acd.choices import SearchedFilter
from acd.fields import ProficienciesField
from acd.limits import (
    COOL_DOWNS_TITLE,
    LimitsForm,
    WatchesLoad,
    held,
    said_shortly,
    show_inherited,
    warn_of_load,
    watch_team,
)
from agents.models import Agent, AgentState, Team
from agents.selectors import effective_limits, inherited_limits
from agents.services import (
    create_agent,
    create_team,
    delete_agent,
    delete_team,
    set_limits,
    update_agent,
    update_team,
)
from core.errors import DomainError, NotAllowed
from organizations.models import COOL_DOWNS, BusinessUnit, User
from organizations.selectors import outranks
from routing.services.offers import REFUSED
from routing.services.presence import VANISHED
from skills.models import Skill

ACCOUNT = ("username", "first_name", "last_name", "email", "password")


class TeamForm(ConfiguredForm):
    class Meta:
        model = Team
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_inherited(self, team=None, unit=_unit_of(self))


@admin.register(Team)
class TeamAdmin(WatchesLoad, ConfiguredAdmin):
    form = TeamForm
    load_path = "team"
    create_service = staticmethod(create_team)
    update_service = staticmethod(update_team)
    delete_service = staticmethod(delete_team)
    list_display = ("name", "members", "sms_sessions", "chat_sessions", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active")}),
        (_("Limits"), {"fields": ("max_concurrent_sms", "max_concurrent_chats")}),
        (COOL_DOWNS_TITLE, {"fields": COOL_DOWNS}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.counted(rows, Agent, "team", is_active=True)

    @admin.display(description=_("agents"), ordering="use_count")
    def members(self, team: Any) -> str:
        return cells.count(team.use_count, page="agents_agent", team__id__exact=team.pk, is_active__exact=1)

    @admin.display(description=_("SMS sessions"), ordering="max_concurrent_sms")
    def sms_sessions(self, team: Team) -> str:
        return said_shortly(inherited_limits(team.business_unit, team).max_concurrent_sms, in_team=True)

    @admin.display(description=_("chat sessions"), ordering="max_concurrent_chats")
    def chat_sessions(self, team: Team) -> str:
        return said_shortly(inherited_limits(team.business_unit, team).max_concurrent_chats, in_team=True)


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
    password = password_field()
    skills = ProficienciesField(Skill.objects.all(), label=_("Skills"), search_address="/api/v1/skills")

    class Meta:
        model = Agent
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = _unit_of(self)
        team = self.instance.team if self.instance.pk else None
        show_inherited(self, team=team, unit=unit)
        watch_team(self, team=team, unit=unit)
        if self.instance.pk:
            for name in ("username", "first_name", "last_name", "email"):
                if name in self.fields:
                    self.fields[name].initial = getattr(self.instance.user, name)
            if "skills" in self.fields:
                links = self.instance.agent_skills.order_by("proficiency", "skill__name")
                self.initial["skills"] = list(links.values_list("skill_id", "proficiency"))


def _unit_of(form: ConfiguredForm) -> BusinessUnit | None:
    """The business unit of the object, or that in which it will be made; None while it is to be chosen."""
    if form.instance.pk:
        return cast("BusinessUnit", form.instance.business_unit)
    return None if "business_unit" in form.fields else getattr(form.request.user, "business_unit", None)


@admin.register(Agent)
class AgentAdmin(WatchesLoad, ConfiguredAdmin):
    form = AgentForm
    create_service = staticmethod(create_agent)
    update_service = staticmethod(update_agent)
    delete_service = staticmethod(delete_agent)
    keep_if_blank = ("password",)
    actions = (*ConfiguredAdmin.actions, "set_limits")
    list_display = (
        "username",
        "full_name",
        "team_link",
        "state_now",
        "sessions",
        "chat_sessions",
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
        (COOL_DOWNS_TITLE, {"fields": COOL_DOWNS}),
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
            reason = state.reason if state else ""
            detail = gettext(reason) if reason in (REFUSED, VANISHED) else reason
            return cells.badge(cells.OFF, _("Unavailable"), detail=detail)
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

    @admin.display(description=_("first name"))
    def first_name(self, agent: Agent) -> str:
        return agent.user.first_name

    @admin.display(description=_("last name"))
    def last_name(self, agent: Agent) -> str:
        return agent.user.last_name

    @admin.display(description=_("e-mail address"))
    def email(self, agent: Agent) -> str:
        return agent.user.email

    @admin.display(description=_("chat sessions"))
    def chat_sessions(self, agent: Agent) -> str:
        return said_shortly(effective_limits(agent).max_concurrent_chats)

    @admin.display(description=_("refusal timeout"))
    def refusal_timeout(self, agent: Agent) -> str:
        return said_shortly(effective_limits(agent).sms_refusal_timeout_seconds, unit="s")

    @admin.display(description=_("what holds at the moment"))
    def limits(self, agent: Agent) -> Any:
        return held(agent)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may do more than the reader keeps his account to himself."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None or outranks(request.user, obj.user) else [*fields, *ACCOUNT]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """There is nothing to show of a password that cannot be changed."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or outranks(request.user, obj.user):
            return shown
        return [
            (name, {**options, "fields": [one for one in options["fields"] if one != "password"]})
            for name, options in shown
        ]

    @admin.action(description=_("Set limits…"), permissions=["change"])
    def set_limits(self, request: HttpRequest, queryset: QuerySet[Agent]) -> Any:
        """A form in between, for what to set."""
        agents = list(queryset.select_related("user", "team", "business_unit").order_by("user__username"))
        form = LimitsForm(request.POST if "_apply" in request.POST else None)
        if form.is_valid():
            try:
                set_limits(by=cast("User", request.user), agents=agents, **form.limits())
            except NotAllowed:
                raise
            except DomainError as refusal:
                form.add_error(None, str(refusal.message))
            else:
                done = ngettext("%(count)d was changed.", "%(count)d were changed.", len(agents))
                self.message_user(request, done % {"count": len(agents)})
                warn_of_load(request, pk__in=[agent.pk for agent in agents])
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set limits"),
            "opts": self.opts,
            "agents": agents,
            "form": form,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "acd/set_limits.html", context)
