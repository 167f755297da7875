"""Describes failures for logs and rows without what they were about."""

from __future__ import annotations

import traceback

SHOWN = 300


def describe(error: BaseException) -> str:
    """Type and place of an error. Its message is left out: a database's may quote a number or a text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in frames[-3:]]
    return f"{type(error).__name__} at {' > '.join(places)}"[:SHOWN]
