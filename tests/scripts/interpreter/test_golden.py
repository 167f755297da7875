"""Scripts with what happens to them, and exactly what comes of it.

`ACD_UPDATE_GOLDEN=1` writes what comes of it now; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from scripts.interpreter.catalogue import HoursAnswer, QueueFigures
from scripts.interpreter.engine import advance
from scripts.interpreter.events import (
    ApiAnswered,
    DeadlineReached,
    Event,
    Fired,
    MessageReceived,
    QueueTimedOut,
    Resolved,
    Started,
)
from scripts.interpreter.failures import explain
from scripts.interpreter.inspection import inspect
from scripts.interpreter.registry import REGISTRY
from scripts.interpreter.run import Run, Step
from tests.scripts.interpreter.helpers import Names, read

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.json"))

EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "fired": Fired,
    "resolved": Resolved,
    "queue_timed_out": QueueTimedOut,
    "api_answered": ApiAnswered,
    "deadline_reached": DeadlineReached,
    "message_received": MessageReceived,
}


def play(case: dict) -> dict:
    """What comes of a case: the findings, and every step with the state as the database would keep it."""
    graph = read(case["definition"])
    known = case["catalogue"]
    catalogue = Names(
        frozenset(known.get("skills", ())),
        frozenset(known.get("agents", ())),
        hours={name: _hours(given) for name, given in known.get("hours", {}).items()},
        states=known.get("states", {}),
        queues={name: QueueFigures(**given) for name, given in known.get("queues", {}).items()},
        scripts=known.get("scripts", {}),
    )
    state: object = {}
    steps = []
    for given in case["inputs"]:
        event = EVENTS[given["event"]](**given.get("with", {}))
        now = datetime.fromisoformat(given["at"])
        step = advance(Run.from_json(state), graph, event=event, now=now, catalogue=catalogue)
        state = json.loads(json.dumps(step.run.to_json()))
        steps.append(outcome(step))
    return {
        "findings": [f"{finding.severity} {finding.code}" for finding in inspect(graph, catalogue)],
        "steps": steps,
        "run": state,
    }


def _hours(given: dict) -> HoursAnswer:
    given = dict(given)
    opens_at = given.pop("opens_at", None)
    return HoursAnswer(**given, opens_at=None if opens_at is None else datetime.fromisoformat(opens_at))


def outcome(step: Step) -> dict:
    return {
        "handled": step.handled,
        "status": step.status.value,
        "failure": None if step.failure is None else str(explain(step.failure)),
        "effects": [effect.as_json() for effect in step.effects],
        "trace": [row.as_json() for row in step.trace],
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_script_does_what_is_written(path):
    case = json.loads(path.read_text())
    result = play(case)
    if os.environ.get("ACD_UPDATE_GOLDEN") == "1":
        text = json.dumps({**case, "expected": result}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n")
    else:
        assert result == case["expected"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_actions_say_which_variables_they_set(path):
    """An editor offers these names: a variable that no action tells of came from outside."""
    case = json.loads(path.read_text())
    known = {name for given in case["inputs"] for name in given.get("with", {}).get("variables", {})}
    for definition in (case["definition"], *case["catalogue"].get("scripts", {}).values()):
        for node in read(definition).nodes.values():
            if node.action is not None:
                known |= node.action.variables_set(node.values)
    assert set(case["expected"]["run"].get("variables", {})) <= known


@pytest.mark.parametrize("type_", REGISTRY.types())
def test_each_action_has_a_golden_case_that_passes_it(type_):
    folder = GOLDEN / type_.lower()
    passed = {
        row["type"]
        for path in folder.glob("*.json")
        for step in json.loads(path.read_text())["expected"]["steps"]
        for row in step["trace"]
    }

    assert type_ in passed, f"write a case in {folder.relative_to(GOLDEN.parents[3])}"


def test_no_golden_folder_is_left_over():
    assert {path.parent.name for path in CASES} <= {type_.lower() for type_ in REGISTRY.types()}
