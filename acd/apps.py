from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as framework
from django.utils.translation import gettext_lazy as _


class AcdConfig(AppConfig):
    name = "acd"
    verbose_name = _("ACD")
    default = True


class AdminConfig(framework.AdminConfig):
    """Django's admin with the product's own site: the ACD configuration."""

    default_site = "acd.site.AcdSite"
    default = False
