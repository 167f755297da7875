from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ViewOnlyAdmin
from acd.choices import SearchedFilter
from core.phone import shown_address
from messaging.models import Delivery, OptOut


@admin.register(Delivery)
class DeliveryAdmin(ViewOnlyAdmin):
    unit_path = "registration__business_unit"
    list_display = ("id", "registration", "kind", "received_at", "processed_at", "parked_at", "failure")
    list_select_related = ("registration",)
    list_filter = ("kind", "parked_at", ("registration", SearchedFilter))
    search_fields = ("=id", "dedup_key")
    fields = (
        "registration",
        "kind",
        "received_at",
        "processed_at",
        "tries",
        "parked_at",
        "failure",
        "as_it_came",
    )

    @admin.display(description=_("attempts"))
    def tries(self, delivery: Delivery) -> int:
        return delivery.attempts

    @admin.display(description=_("as it came"))
    def as_it_came(self, delivery: Delivery) -> str:
        """The fields of the call, one a line."""
        return "\n".join(f"{name}: {value}" for name, value in sorted(delivery.fields.items()))


@admin.register(OptOut)
class OptOutAdmin(ViewOnlyAdmin):
    unit_path = "registration__business_unit"
    list_display = ("id", "customer_address", "registration", "keyword", "opted_out_at", "opted_in_at")
    list_select_related = ("customer", "registration")
    list_filter = (("registration", SearchedFilter),)
    search_fields = ("customer__address",)

    @admin.display(description=_("customer"), ordering="customer__address")
    def customer_address(self, opt_out: OptOut) -> str:
        return shown_address(opt_out.customer.address)
