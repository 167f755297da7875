from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin, ConfiguredForm, secret_field
from sms_registrations.models import SmsRegistration
from sms_registrations.services import (
    create_sms_registration,
    delete_sms_registration,
    update_sms_registration,
)


class SmsRegistrationForm(ConfiguredForm):
    # As people write numbers; the service brings it into one form and checks that.
    transport_code = forms.CharField(
        label=_("Transport code"), max_length=40, help_text=_("The number or code that customers text.")
    )
    api_secret = secret_field(_("API secret"))
    signature_secret = secret_field(_("Signature secret"))

    class Meta:
        model = SmsRegistration
        fields = ("is_active",)  # the field sets of the admin add the others


@admin.register(SmsRegistration)
class SmsRegistrationAdmin(ConfiguredAdmin):
    form = SmsRegistrationForm
    create_service = staticmethod(create_sms_registration)
    update_service = staticmethod(update_sms_registration)
    delete_service = staticmethod(delete_sms_registration)
    keep_if_blank = ("api_secret", "signature_secret")
    list_display = (
        "transport_code",
        "name",
        "provider",
        "number_type",
        "country",
        "business_unit",
        "is_active",
    )
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "provider", "number_type", "business_unit")
    search_fields = ("transport_code", "name", "notes")
    ordering = ("transport_code", "pk")
    readonly_fields = ("inbound_webhook_url", "status_webhook_url", "created_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_unit",
                    "provider",
                    "transport_code",
                    "name",
                    "is_active",
                    "number_type",
                    "country",
                    "messages_per_second",
                    "notes",
                )
            },
        ),
        (
            _("Account with the provider"),
            {"fields": ("api_key", "api_secret", "signature_method", "signature_secret")},
        ),
        (
            _("Addresses to enter at the provider"),
            {"fields": ("inbound_webhook_url", "status_webhook_url")},
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )
