"""Tells failures apart, and describes them for logs and rows without what they were about."""

from __future__ import annotations

import traceback

from django.db import OperationalError
from psycopg.errors import DeadlockDetected

SHOWN = 300


def is_deadlock(error: BaseException) -> bool:
    """Whether two transactions waited for each other and PostgreSQL ended this one: it may be done again."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, DeadlockDetected)


def describe(error: BaseException) -> str:
    """Type and place of an error. Its message is left out: a database's may quote a number or a text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in frames[-3:]]
    return f"{type(error).__name__} at {' > '.join(places)}"[:SHOWN]
