from __future__ import annotations

import functools

import pytest

pytest.register_assert_rewrite("tests.workspace.page")

from tests.routing.floor import Floor  # noqa: E402 - what is imported here must be rewritten first


@pytest.fixture
def floor(db, django_capture_on_commit_callbacks) -> Floor:
    """Rolled back after the test; what follows a commit is run by `floor.do`."""
    return Floor(functools.partial(django_capture_on_commit_callbacks, execute=True))
