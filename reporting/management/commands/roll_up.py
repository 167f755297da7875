from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from reporting.services import checking, roll_up

HOUR = 3600.0


class Command(BaseCommand):
    help = "Bring the figures of the reports up to date; --rebuild works all of them out again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="throw the figures away first")
        parser.add_argument(
            "--check", action="store_true", help="compare the figures with the log afterwards"
        )

    def handle(self, *_arguments: object, **options: bool) -> None:
        if options["rebuild"]:
            roll_up.forget()
        contacts = roll_up.catch_up(seconds=HOUR)
        self.stdout.write(f"{contacts} contacts worked out")
        if options["check"]:
            wrong = checking.differences()
            for name, rows in wrong.items():
                self.stdout.write(f"{name}: {rows} rows differ")
            if any(wrong.values()):
                raise CommandError("The figures are not those of the log: run roll_up --rebuild.")
            self.stdout.write("the figures are those of the log")
