from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from acd import cells
from acd.base import ConfiguredAdmin, ConfiguredForm, ScopedAdmin, secret_field
from organizations.models import ApiToken, BusinessUnit, User
from organizations.selectors import may_grant, outranks
from organizations.services import (
    create_business_unit,
    create_user,
    delete_business_unit,
    delete_user,
    revoke_api_token,
    update_business_unit,
    update_user,
)


@admin.register(BusinessUnit)
class BusinessUnitAdmin(ConfiguredAdmin):
    create_service = staticmethod(create_business_unit)
    update_service = staticmethod(update_business_unit)
    delete_service = staticmethod(delete_business_unit)
    has_unit = False
    list_display = ("name", "time_zone", "refusal_timeout", "status")
    list_filter = ("is_active",)
    search_fields = ("name",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "is_active", "time_zone", "skill_name_pattern")}),
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
                    "refused_after_refusal",
                    "reoffer_delay_seconds",
                    "vanished_grace_seconds",
                )
            },
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("refusal timeout"), ordering="default_sms_refusal_timeout_seconds")
    def refusal_timeout(self, unit: BusinessUnit) -> str:
        return cells.number(unit.default_sms_refusal_timeout_seconds, unit="s")


class UserForm(ConfiguredForm):
    password = secret_field(_("Password"))

    class Meta:
        model = User
        fields = ("is_active",)  # the field sets of the admin add the others


@admin.register(User)
class UserAdmin(ConfiguredAdmin):
    form = UserForm
    create_service = staticmethod(create_user)
    update_service = staticmethod(update_user)
    delete_service = staticmethod(delete_user)
    keep_if_blank = ("password",)
    list_display = ("username", "first_name", "last_name", "email", "business_unit", "is_staff", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "is_staff", "groups", "business_unit")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "pk")
    filter_horizontal = ("groups",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active", "business_unit")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("What he may do"), {"fields": ("is_staff", "is_superuser", "groups")}),
        (_("History"), {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if self._reaches_all(request) else [*fields, "is_superuser"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nobody gives a role that may more than he does."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            groups = Group.objects.all()
            allowed = [one.pk for one in groups if may_grant(request.user, one.permissions.all())]
            field.queryset = Group.objects.filter(pk__in=allowed).order_by("name", "pk")
        return field

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or outranks(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or outranks(request.user, obj))

    def _switch(self, request: HttpRequest, rows: QuerySet[Any], *, is_active: bool) -> None:
        below = [one.pk for one in rows if outranks(request.user, one)]
        super()._switch(request, rows.filter(pk__in=below), is_active=is_active)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        below = [one.pk for one in queryset if outranks(request.user, one)]
        super().delete_queryset(request, queryset.filter(pk__in=below))


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

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Revoke the selected tokens"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset.select_related("user"):
            if outranks(request.user, token.user):
                revoke_api_token(token=token)
