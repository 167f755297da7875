from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuickRepliesConfig(AppConfig):
    name = "quick_replies"
    verbose_name = _("Quick replies")
