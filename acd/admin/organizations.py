from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from acd import cells
from acd.base import ConfiguredAdmin, ConfiguredForm, ScopedAdmin, password_field
from acd.limits import COOL_DOWNS_TITLE, LIMITS, WatchesLoad, held, limit_field, show_inherited
from acd.permissions import GrantsField, RolesField, shown_matrix
from agents.models import Agent
from agents.services import update_agent
from core.permissions import Verb, allows
from organizations.models import COOL_DOWNS, ApiToken, BusinessUnit, Role, User
from organizations.roles import ROLES, grantable
from organizations.selectors import (
    business_units_within_reach,
    granted_by,
    outranks,
    permissions_held,
    roles_to_give,
)
from organizations.services import (
    create_business_unit,
    create_role,
    create_user,
    delete_business_unit,
    delete_role,
    delete_user,
    revoke_api_token,
    update_business_unit,
    update_role,
    update_user,
)


@admin.register(BusinessUnit)
class BusinessUnitAdmin(WatchesLoad, ConfiguredAdmin):
    load_path = "business_unit"
    create_service = staticmethod(create_business_unit)
    update_service = staticmethod(update_business_unit)
    delete_service = staticmethod(delete_business_unit)
    has_unit = False
    list_display = ("name", "time_zone", "sms_sessions", "chat_sessions", "refusal_timeout", "status")
    list_filter = ("is_active",)
    search_fields = ("name",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "is_active",
                    "time_zone",
                    "skill_name_pattern",
                    "screen_pop_hosts",
                    "push_shows_texts",
                )
            },
        ),
        (
            _("What teams and agents inherit"),
            {
                "fields": (
                    "default_max_concurrent_sms",
                    "default_max_concurrent_chats",
                    "default_sms_refusal_timeout_seconds",
                )
            },
        ),
        (
            _("After a refusal, and when an agent vanishes"),
            {
                "fields": (
                    "refused_after_miss",
                    "misses_before_refused",
                    "refused_after_refusal",
                    "reoffer_delay_seconds",
                    "vanished_grace_seconds",
                )
            },
        ),
        (
            COOL_DOWNS_TITLE,
            {"fields": COOL_DOWNS},
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("SMS sessions"), ordering="default_max_concurrent_sms")
    def sms_sessions(self, unit: BusinessUnit) -> str:
        return cells.number(unit.default_max_concurrent_sms)

    @admin.display(description=_("chat sessions"), ordering="default_max_concurrent_chats")
    def chat_sessions(self, unit: BusinessUnit) -> str:
        return cells.number(unit.default_max_concurrent_chats)

    @admin.display(description=_("refusal timeout"), ordering="default_sms_refusal_timeout_seconds")
    def refusal_timeout(self, unit: BusinessUnit) -> str:
        return cells.number(unit.default_sms_refusal_timeout_seconds, unit="s")


class UserForm(ConfiguredForm):
    """An account; of an agent also his limits, which the procedure sets on the user's page."""

    password = password_field()
    max_concurrent_sms = limit_field("max_concurrent_sms")
    max_concurrent_chats = limit_field("max_concurrent_chats")
    sms_refusal_timeout_seconds = limit_field("sms_refusal_timeout_seconds")
    cool_down_after_accept_seconds = limit_field("cool_down_after_accept_seconds")
    cool_down_after_refusal_seconds = limit_field("cool_down_after_refusal_seconds")
    cool_down_after_miss_seconds = limit_field("cool_down_after_miss_seconds")
    cool_down_after_contact_seconds = limit_field("cool_down_after_contact_seconds")
    groups = RolesField(Group.objects.order_by("name", "pk"), label=_("Roles"))

    class Meta:
        model = User
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            field = cast("RolesField", self.fields["groups"])
            field.queryset = roles_to_give(self.request.user)
        agent = _agent_of(self.instance)
        if agent is None or not allows(self.request.user, Agent, Verb.EDIT):
            for name in LIMITS:
                del self.fields[name]
            return
        self.initial.update({name: getattr(agent, name) for name in LIMITS})
        show_inherited(self, team=agent.team, unit=agent.business_unit)


def _agent_of(user: User | None) -> Agent | None:
    if user is None or not user.pk:
        return None
    return Agent.objects.select_related("team", "business_unit").filter(user=user).first()


@admin.register(User)
class UserAdmin(WatchesLoad, ConfiguredAdmin):
    form = UserForm
    load_path = "user"
    create_service = staticmethod(create_user)
    update_service = staticmethod(update_user)
    delete_service = staticmethod(delete_user)
    keep_if_blank = ("password",)
    list_display = ("username", "first_name", "last_name", "email", "roles", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "groups", "business_unit")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "pk")
    readonly_fields = ("may", "agent_page", "limits", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active", "business_unit")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Contact settings"), {"fields": (*LIMITS, "limits", "agent_page")}),
        (_("What he may do"), {"fields": ("is_superuser", "groups", "may")}),
        (_("History"), {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if self._reaches_all(request) else [*fields, "is_superuser"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only agents have limits, and only who may edit agents changes them here."""
        agent = _agent_of(obj)
        hidden: set[str] = set()
        if agent is None or not allows(request.user, Agent, Verb.EDIT):
            hidden |= set(LIMITS)
        if agent is None or not allows(request.user, Agent, Verb.VIEW):
            hidden.add("limits")
        return [
            (name, {**options, "fields": [one for one in options["fields"] if one not in hidden]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def values_of(self, form: Any, *, change: bool) -> dict[str, Any]:
        values = super().values_of(form, change=change)
        return {name: value for name, value in values.items() if name not in LIMITS}

    def write(self, request: HttpRequest, form: Any, *, change: bool, **given: Any) -> Any:
        """The account, and what was changed of the agent's limits."""
        user = super().write(request, form, change=change, **given)
        limits = {name: form.cleaned_data[name] for name in LIMITS if name in form.changed_data}
        agent = _agent_of(user)
        if limits and agent is not None:
            update_agent(by=cast("User", request.user), instance=agent, **limits)
        return user

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or outranks(request.user, obj))

    def has_deactivate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_deactivate_permission(request, obj)
        return may and (obj is None or outranks(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or outranks(request.user, obj))

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join(([gettext("superuser")] if user.is_superuser else []) + sorted(names))

    @admin.display(description=_("what holds at the moment"))
    def may(self, user: User) -> Any:
        if user.is_superuser:
            return _("A superuser may do everything, in every business unit.")
        return shown_matrix(permissions_held(user))

    @admin.display(description=_("what holds at the moment"))
    def limits(self, user: User) -> Any:
        agent = _agent_of(user)
        return "" if agent is None else held(agent)

    @admin.display(description=_("agent"))
    def agent_page(self, user: User) -> Any:
        """Where his skills and his team are."""
        agent = _agent_of(user)
        if agent is None:
            return _("This person is no agent.")
        address = reverse("admin:agents_agent_change", args=[agent.pk])
        return format_html('<a href="{}">{}</a>', address, _("Team, skills and proficiency"))


class RoleForm(ConfiguredForm):
    grants = GrantsField(label=_("Permissions"))

    class Meta:
        model = Role
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "grants" not in self.fields:
            return
        field = cast("GrantsField", self.fields["grants"])
        field.initial = sorted(granted_by(self.instance)) if self.instance.pk else []
        user = cast("User", self.request.user)
        field.set_own(None if user.is_superuser else user.get_all_permissions())


@admin.register(Role)
class RoleAdmin(ConfiguredAdmin):
    form = RoleForm
    create_service = staticmethod(create_role)
    update_service = staticmethod(update_role)
    delete_service = staticmethod(delete_role)
    unit_path = None
    has_unit = False
    has_switch = False
    actions = ()
    list_display = ("name", "people", "may")
    search_fields = ("name",)
    fieldsets = ((None, {"fields": ("name", "grants")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        within = business_units_within_reach(request.user)
        people = Count("user", filter=Q(user__is_active=True, user__business_unit__in=within), distinct=True)
        rows = super().get_queryset(request).prefetch_related("permissions__content_type")
        return rows.annotate(people=people)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "name"] if obj is not None and obj.name in ROLES else fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in ROLES)

    @admin.display(description=_("people"), ordering="people")
    def people(self, role: Any) -> int:
        return int(role.people)

    @admin.display(description=_("permissions"))
    def may(self, role: Role) -> str:
        given = role.permissions.all()
        number = len([one for one in given if f"{one.content_type.app_label}.{one.codename}" in grantable()])
        return ngettext("%(number)d permission", "%(number)d permissions", number) % {"number": number}

    @admin.display(description=_("permissions"))
    def grants(self, role: Role) -> Any:
        """For those who may look only."""
        return shown_matrix(granted_by(role))


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedAdmin):
    """Tokens are made by `manage.py create_api_token`, which can show them without storing them."""

    unit_path = "user__business_unit"
    list_display = ("user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = ("revoked_at",)
    search_fields = ("user__username",)
    ordering = ("-created_at", "-pk")
    fields = readonly_fields = ("user", "created_at", "last_used_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected tokens"), permissions=["deactivate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset.select_related("user"):
            if outranks(request.user, token.user):
                revoke_api_token(by=cast("User", request.user), token=token)
