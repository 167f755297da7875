from __future__ import annotations

from django.contrib import admin

from core.admin import ServiceAdmin
from organizations import services
from organizations.models import BusinessUnit, User


@admin.register(BusinessUnit)
class BusinessUnitAdmin(ServiceAdmin):
    create = services.create_business_unit
    update = services.update_business_unit
    remove = services.delete_business_unit
    has_business_unit = False
    list_display = ("name", "time_zone", "default_sms_refusal_timeout_seconds", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People and what they may do; passwords are set by `manage.py changepassword` or by the person."""

    list_display = ("username", "first_name", "last_name", "business_unit", "is_staff", "is_active")
    list_filter = ("is_active", "is_staff", "groups")
    list_select_related = ("business_unit",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "pk")
    fields = (
        "username", "first_name", "last_name", "email", "language", "business_unit", "is_active", "is_staff",
        "groups",
    )  # fmt: skip
    filter_horizontal = ("groups",)
