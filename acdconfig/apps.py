from __future__ import annotations

from django.apps import AppConfig


class AcdconfigConfig(AppConfig):
    name = "acdconfig"

    def ready(self) -> None:
        from acdconfig import audit, wiring  # noqa: PLC0415 - the apps must be loaded first

        audit.install()
        wiring.install()
