from __future__ import annotations

import functools

import pytest

from tests.routing.floor import Floor


@pytest.fixture
def floor(db, django_capture_on_commit_callbacks) -> Floor:
    """Rolled back after the test; what follows a commit is run by `floor.do`."""
    return Floor(functools.partial(django_capture_on_commit_callbacks, execute=True))
