"""How many actions of a script are executed per second of one core."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from statistics import quantiles
from typing import Any

from bench.report import Row
from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.graph import Graph
from scripts.interpreter.reading import parse
from scripts.interpreter.run import Run

GOAL = 20_000
ACTIONS = 400
ROUNDS = 15
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VARIABLES: Mapping[str, Any] = {"text": "please help me", "tries": 0}

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "IF": ("true", {"expression": 'text contains "help" or tries < 3'}),
    "ASSIGN": (
        "default",
        {"variable": "tries", "value": "{{ tries | plus: 1 }}", "value_type": "number"},
    ),
    "CASE": ("3", {"cases": "1\n2\n3", "value": "3"}),
}


def _chain(type_: str) -> Graph:
    """BEGIN and many actions of one kind, one after the other."""
    branch, properties = KINDS[type_]
    names = ["b", *(f"a{number}" for number in range(ACTIONS))]
    actions = [{"id": "b", "type": "BEGIN"}] + [
        {"id": name, "type": type_, "properties": dict(properties)} for name in names[1:]
    ]
    branches = [
        {"from": source, "branch": "default" if source == "b" else branch, "to": target}
        for source, target in pairwise(names)
    ]
    graph = parse({"actions": actions, "branches": branches}).graph
    if graph is None:
        raise ValueError(f"the script of {type_} cannot be read")
    return graph


def _rate(graph: Graph) -> float:
    started = time.process_time()
    passed = 0
    for _number in range(10):
        step = advance(Run(), graph, event=Started(variables=VARIABLES), now=NOW)
        passed += len(step.trace)
    if passed != 10 * (ACTIONS + 1):
        raise ValueError("the script did not run to its end")
    return passed / (time.process_time() - started)


def measure() -> list[Row]:
    rows = []
    for type_ in KINDS:
        graph = _chain(type_)
        low, middle, high = quantiles((_rate(graph) for _number in range(ROUNDS)), n=4)
        rows.append(
            Row(
                name=f"interpreter: {type_}",
                value=middle,
                quartiles=(low, high),
                goal=f">= {GOAL}",
                passed=middle >= GOAL,
                unit="/s",
            )
        )
    return rows
