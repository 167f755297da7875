from __future__ import annotations

import functools

import pytest

from routing.services import presence
from tests.routing.floor import Floor


@pytest.fixture
def floor(db, django_capture_on_commit_callbacks) -> Floor:
    """Rolled back after the test; what follows a commit is run by `floor.do`."""
    return Floor(functools.partial(django_capture_on_commit_callbacks, execute=True))


@pytest.fixture
def nobody_is_told(monkeypatch) -> None:
    """Whoever becomes available is offered nothing: the picks are made here."""
    monkeypatch.setattr(presence, "AgentFreed", type("Untold", (), {"__init__": lambda self, **_about: None}))
