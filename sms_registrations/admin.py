from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import SecretField, ServiceAdmin, ServiceForm
from sms_registrations import services
from sms_registrations.models import SmsRegistration


class SmsRegistrationForm(ServiceForm):
    api_secret = SecretField(label=_("API secret"), help_text=_("Leave blank to keep it."))
    signature_secret = SecretField(label=_("signature secret"), help_text=_("Leave blank to keep it."))


@admin.register(SmsRegistration)
class SmsRegistrationAdmin(ServiceAdmin):
    create = services.create_sms_registration
    update = services.update_sms_registration
    remove = services.delete_sms_registration
    form = SmsRegistrationForm
    secrets = ("api_secret", "signature_secret")
    list_display = ("transport_code", "name", "provider", "number_type", "country", "is_active")
    list_filter = ("is_active", "provider", "number_type")
    search_fields = ("transport_code", "name")
    ordering = ("transport_code", "pk")
    readonly_fields = ("inbound_webhook_url", "status_webhook_url")
