from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PointsOfContactConfig(AppConfig):
    name = "points_of_contact"
    verbose_name = _("Points of contact")
