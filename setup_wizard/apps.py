from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SetupWizardConfig(AppConfig):
    name = "setup_wizard"
    verbose_name = _("Setup wizard")
