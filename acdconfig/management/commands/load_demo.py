from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from acdconfig.demo import USERNAMES, load_demo


class Command(BaseCommand):
    help = "Make the demo organisation, or leave it as it is. Only for the embedded default."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="also outside the embedded default")

    def handle(self, *_arguments: object, **options: bool) -> None:
        if not settings.EMBEDDED and not options["force"]:
            raise CommandError(
                "The demo has published users and is only for the embedded default (`make run`). "
                "Use --force for a database that nobody else reaches."
            )
        given = os.environ.get("ACD_DEMO_PASSWORDS")
        passwords = json.loads(given) if given else {name: secrets.token_urlsafe(12) for name in USERNAMES}
        if load_demo(passwords=passwords) and not given:
            for username in USERNAMES:
                self.stdout.write(f"{username}: {passwords[username]}")
