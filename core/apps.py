from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import audit  # noqa: PLC0415 - the apps must be loaded first

        audit.install()
