from __future__ import annotations

from django.apps import AppConfig
from django.core.signals import request_started

from core.reconnection import drop_dead_connection


class AcdconfigConfig(AppConfig):
    name = "acdconfig"

    def ready(self) -> None:
        from acdconfig import audit, uses, wiring  # noqa: PLC0415 - the apps must be loaded first

        audit.install()
        uses.install()
        wiring.install()
        request_started.connect(drop_dead_connection)
