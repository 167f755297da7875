from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SmsRegistrationsConfig(AppConfig):
    name = "sms_registrations"
    verbose_name = _("SMS registrations")
