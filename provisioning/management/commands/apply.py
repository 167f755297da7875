"""Brings the configuration to what a JSON document says."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from provisioning.configuration import Plan, apply_document
from provisioning.planner import UNCHANGED, Step


class Command(BaseCommand):
    help = (
        "Brings the configuration to what a JSON document says: all or nothing, and nothing the second time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the document, as `export` prints it; - reads standard input")
        parser.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        document = _read(options["file"])
        try:
            plan = apply_document(document, by=None, dry_run=options["dry_run"])
        except DomainError as error:
            lines = [f"{path}: {' '.join(texts)}" for path, texts in error.fields.items()]
            raise CommandError(
                "\n".join(["Nothing was changed.", *(lines or [str(error.message)])])
            ) from error
        self.stdout.write("\n".join(_lines(plan)))


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name} is not a JSON document: {error}.") from error


def _lines(plan: Plan) -> list[str]:
    described = [line for step in plan.steps if step.action != UNCHANGED for line in _described(step)]
    counts = ", ".join(f"{number} to {action}" for action, number in plan.as_json()["summary"].items())
    counts = counts.replace(f"to {UNCHANGED}", UNCHANGED)
    return [*described, f"Dry run, nothing was changed: {counts}." if plan.dry_run else f"Applied: {counts}."]


def _described(step: Step) -> list[str]:
    changes = [
        f"    {name}: {json.dumps(change['from'], ensure_ascii=False)} -> "
        f"{json.dumps(change['to'], ensure_ascii=False)}"
        for name, change in step.changes.items()
    ]
    return [f"{step.action} {step.resource} {step.key} ({step.business_unit})", *changes]
