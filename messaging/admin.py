from __future__ import annotations

from django.contrib import admin

from core.admin import RecordAdmin
from messaging.models import Delivery, OptOut


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    unit_path = "registration__business_unit_id"
    list_display = ("id", "registration", "kind", "received_at", "processed_at", "parked_at", "failure")
    list_filter = ("kind", "parked_at", "registration")
    list_select_related = ("registration",)
    ordering = ("-pk",)


@admin.register(OptOut)
class OptOutAdmin(RecordAdmin):
    unit_path = "registration__business_unit_id"
    list_display = ("id", "registration", "customer", "keyword", "opted_out_at", "opted_in_at")
    list_select_related = ("registration", "customer")
    search_fields = ("customer__address",)
    ordering = ("-pk",)
