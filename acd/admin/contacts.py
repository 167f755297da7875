from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ViewOnlyAdmin
from contacts.models import Contact, ContactEvent, Customer, Message


class _ViewOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: object, _obj: object = None) -> bool:
        return False

    def has_change_permission(self, _request: object, _obj: object = None) -> bool:
        return False


class MessageInline(_ViewOnlyInline):
    model = Message
    fields = ("position", "direction", "text", "status", "status_reason", "created_at")
    readonly_fields = fields
    ordering = ("position", "pk")


class ContactEventInline(_ViewOnlyInline):
    model = ContactEvent
    fields = ("at", "kind", "agent", "by", "data")
    readonly_fields = fields
    ordering = ("pk",)

    def has_view_permission(self, request: object, _obj: object = None) -> bool:
        """Who may see the contact may see what happened to it."""
        return bool(request.user.has_perm("contacts.view_contact"))  # type: ignore[attr-defined]  # a request of the admin


@admin.register(Customer)
class CustomerAdmin(ViewOnlyAdmin):
    list_display = ("address", "name", "business_unit", "created_at")
    list_select_related = ("business_unit",)
    list_filter = ("business_unit",)
    search_fields = ("address", "e164", "name")


@admin.register(Contact)
class ContactAdmin(ViewOnlyAdmin):
    list_display = (
        "id",
        "state",
        "direction",
        "customer_address",
        "skill",
        "agent",
        "queued_at",
        "accepted_at",
        "closed_at",
    )
    list_select_related = ("customer", "skill", "agent__user", "business_unit")
    list_filter = ("state", "direction", "skill", "business_unit")
    search_fields = ("=id", "customer__address", "customer__name")
    date_hierarchy = "created_at"
    inlines = (MessageInline, ContactEventInline)

    @admin.display(description=_("customer"), ordering="customer__address")
    def customer_address(self, contact: Contact) -> str:
        return contact.customer.name or contact.customer.address


@admin.register(Message)
class MessageAdmin(ViewOnlyAdmin):
    unit_path = "contact__business_unit"
    list_display = ("id", "contact", "direction", "text", "status", "status_reason", "segments", "created_at")
    list_select_related = ("contact",)
    list_filter = ("direction", "status")
    search_fields = ("=id", "=contact__id", "text")
