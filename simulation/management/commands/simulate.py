"""Runs a scenario on a virtual clock and prints what came of it as JSON."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from simulation.run import Result, run
from simulation.scenario import ScenarioError, read_scenario, warnings


class Command(BaseCommand):
    help = "Runs a scenario of customers and agents on a virtual clock and prints waits and service levels."
    # It needs no database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenario", help="the scenario, a JSON document; - reads standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            scenario = read_scenario(_read(options["scenario"]))
        except ScenarioError as error:
            lines = [f"{path}: {sentence}." for path, sentence in error.fields.items()]
            raise CommandError("\n".join(["The scenario cannot be run.", *lines])) from error
        self._warn(warnings(scenario))
        result = run(scenario)
        self._warn(_unfinished(result))
        self.stdout.write(json.dumps(result.as_json(), indent=2, ensure_ascii=False))

    def _warn(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self.stderr.write(f"Warning: {sentence}")


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name} is not a JSON document: {error}.") from error


def _unfinished(result: Result) -> list[str]:
    left = result.measures.outstanding
    sentence = f"{left} contacts still waited when the simulation stopped; they are not in the figures."
    return [sentence] if left else []
