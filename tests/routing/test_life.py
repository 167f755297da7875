"""The whole of routing, in threads on a real PostgreSQL, against what must hold at all times.

ROUTING_STEPS says how many steps; `make prove` takes 200,000 (docs/routing.md).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

import pytest

from routing.services import dispatch
from tests.routing.floor import Floor
from tests.routing.life import ACTS, Life, watched

STEPS = int(os.environ.get("ROUTING_STEPS", "1500"))
SEED = int(os.environ.get("ROUTING_SEED", "1"))


@pytest.fixture
def life(transactional_db, monkeypatch) -> Life:
    made = Life(Floor(contextlib.nullcontext), SEED)

    def unless_lost(act: Callable[..., Any]) -> Callable[..., Any]:
        return lambda **values: None if made.is_lost() else act(**values)

    for name in ("dispatch_contact", "dispatch_agent", "dispatch_agents"):
        monkeypatch.setattr(dispatch, name, unless_lost(getattr(dispatch, name)))
    return made


def test_whatever_happens_at_once_nothing_is_lost_doubled_or_left_waiting(life, pytestconfig, capsys):
    terminal = pytestconfig.get_terminal_writer()

    def tell(text: str) -> None:
        with capsys.disabled():
            terminal.line(f"\n{text}")

    with watched():
        life.run(STEPS, tell=tell)
    assert not life.faults, f"seed {SEED}, after {life.done.total()} steps: {life.faults[:5]}"
    assert life.done.total() >= STEPS
    assert {act.__name__ for act in ACTS} - set(life.done) == set(), "acts that never succeeded"
    assert life.compared["picks with a result"] > STEPS / 1000
    assert life.compared["turns with a result"] > STEPS / 1000
    tell(f"{life.done.total()} steps: {dict(sorted(life.done.items()))}, {dict(life.compared)}")
