"""Prints the whole configuration as one JSON document, without secrets."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from provisioning.configuration import export_document


class Command(BaseCommand):
    help = "Prints the whole configuration as one JSON document, without secrets. `apply` reads it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        document = export_document(by=None)
        self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))
