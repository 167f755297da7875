from __future__ import annotations

import functools

import pytest

from tests.messaging.line import Line


@pytest.fixture
def line(db, django_capture_on_commit_callbacks) -> Line:
    return Line(functools.partial(django_capture_on_commit_callbacks, execute=True))
