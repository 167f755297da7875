"""What the launcher cannot do, said to the person at the terminal."""

from __future__ import annotations


class LauncherError(Exception):
    """Nothing was started or changed; the message says what to do."""
