from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from organizations.models import User
from organizations.services import create_api_token


class Command(BaseCommand):
    help = "Print a new bearer token of a user, and nothing else. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_arguments: object, **options: str) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            names = ", ".join(
                User.objects.filter(is_active=True)
                .order_by("username")
                .values_list("username", flat=True)[:10]
            )
            raise CommandError(
                f"There is no active user {options['username']}. There are: {names or 'none'}."
            )
        self.stdout.write(create_api_token(user=user))
