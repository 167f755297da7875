from __future__ import annotations

from django.core.management.base import BaseCommand

from acdconfig.memory import settle
from acdconfig.sweeper import Sweeper


class Command(BaseCommand):
    help = "Act on deadlines and pass hints on. Several may run; one leads."

    def handle(self, *_arguments: object, **_options: object) -> None:
        settle()
        Sweeper().run()
