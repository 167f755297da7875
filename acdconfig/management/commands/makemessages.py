from __future__ import annotations

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from acdconfig.translations import catalogues, refreshed


class Command(BaseCommand):
    help = "Bring the catalogues in locale/ in step with the strings in the code. Needs no GNU gettext."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when out of date")

    def handle(self, *_arguments: object, **options: bool) -> None:
        for path in catalogues(settings.BASE_DIR):
            wanted = refreshed(path, settings.BASE_DIR)
            shown = path.relative_to(settings.BASE_DIR)
            if path.read_text(encoding="utf-8") == wanted:
                self.stdout.write(f"{shown} is up to date.")
            elif options["check"]:
                raise CommandError(f"{shown} is out of date: run `python manage.py makemessages`.")
            else:
                path.write_text(wanted, encoding="utf-8")
                self.stdout.write(f"{shown} has been brought up to date.")
