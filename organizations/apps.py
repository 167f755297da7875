from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _ensure_roles(**_kwargs: Any) -> None:
    from organizations.roles import ensure_roles  # noqa: PLC0415 - the apps must be loaded first

    ensure_roles()


class OrganizationsConfig(AppConfig):
    name = "organizations"
    verbose_name = _("Organisations")

    def ready(self) -> None:
        # Permissions are made after the migrations of each app, in the order of INSTALLED_APPS: when it is
        # the turn of auth, which comes after all of ours, those that the roles consist of exist.
        post_migrate.connect(
            _ensure_roles, sender=apps.get_app_config("auth"), dispatch_uid="organizations.roles"
        )
