from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd import cells
from acd.base import ViewOnlyAdmin
from acd.choices import SearchedFilter
from contacts.models import Contact, Customer, Message
from core.phone import shown_address
from reporting.access import may_read_texts
from reporting.life import entries

STATE_LOOKS: dict[str, str] = {
    Contact.State.QUEUED: cells.WAITING,
    Contact.State.OFFERED: cells.WAITING,
    Contact.State.ACTIVE: cells.OK,
    Contact.State.AFTER_CONTACT_WORK: cells.OK,
}


@admin.register(Customer)
class CustomerAdmin(ViewOnlyAdmin):
    list_display = ("number", "name", "business_unit", "created_at")
    list_select_related = ("business_unit",)
    list_filter = ("business_unit",)
    search_fields = ("address", "e164", "name")

    @admin.display(description=_("phone number"), ordering="address")
    def number(self, customer: Customer) -> str:
        return shown_address(customer.address)


@admin.register(Contact)
class ContactAdmin(ViewOnlyAdmin):
    list_display = (
        "id",
        "state_now",
        "direction",
        "customer_address",
        "skill_link",
        "agent",
        "queued",
        "accepted",
        "closed",
    )
    list_select_related = ("customer", "skill", "agent__user", "business_unit")
    list_filter = (
        "state",
        "direction",
        ("skill", SearchedFilter),
        ("agent", SearchedFilter),
        ("transport_code", SearchedFilter),
        ("customer", SearchedFilter),
        "business_unit",
    )
    search_fields = ("=id", "customer__address", "customer__name")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_unit",
                    "customer",
                    "direction",
                    "transport_code",
                    "point_of_contact",
                    "skill",
                    "agent",
                    "state",
                    "message_count",
                )
            },
        ),
        (
            _("Times"),
            {
                "fields": (
                    "created_at",
                    "queued_at",
                    "accepted_at",
                    "last_inbound_at",
                    "last_outbound_at",
                    "ended_at",
                    "acw_until",
                    "closed_at",
                )
            },
        ),
        (_("Outcome"), {"fields": ("disposition", "tags", "notes")}),
    )

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        contact = self.get_object(request, object_id)
        if contact is not None:
            with_texts = may_read_texts(request.user)
            extra_context = {
                **(extra_context or {}),
                "entries": entries(contact, with_texts=with_texts),
                "with_texts": with_texts,
                "zone": contact.business_unit.time_zone,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("customer"), ordering="customer__address")
    def customer_address(self, contact: Contact) -> str:
        return contact.customer.name or shown_address(contact.customer.address)

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, contact: Contact) -> str:
        return cells.badge(STATE_LOOKS.get(contact.state, cells.OFF), contact.get_state_display())

    @admin.display(description=_("ACD skill"), ordering="skill__name")
    def skill_link(self, contact: Contact) -> str:
        return cells.link(contact.skill)

    @admin.display(description=_("queued"), ordering="queued_at")
    def queued(self, contact: Contact) -> str:
        return cells.ago(contact.queued_at)

    @admin.display(description=_("accepted"), ordering="accepted_at")
    def accepted(self, contact: Contact) -> str:
        return cells.ago(contact.accepted_at)

    @admin.display(description=_("closed"), ordering="closed_at")
    def closed(self, contact: Contact) -> str:
        return cells.ago(contact.closed_at)


@admin.register(Message)
class MessageAdmin(ViewOnlyAdmin):
    unit_path = "contact__business_unit"
    list_display = ("id", "contact", "direction", "text", "status", "status_reason", "segments", "created_at")
    list_select_related = ("contact",)
    list_filter = ("direction", "status")
    search_fields = ("=id", "=contact__id", "text")
    fields = (
        "contact",
        "position",
        "direction",
        "text",
        "status",
        "status_reason",
        "transport_code",
        "from_address",
        "to_address",
        "segments",
        "encoding",
        "is_incomplete",
        "author",
        "created_at",
        "provider_sent_at",
        "attempts",
    )
