"""Makes pytest-playwright drive the Chromium that the machine has."""

from __future__ import annotations

import os

import pytest

from launcher.chromium import find_chromium


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Its sandbox cannot be set up by root."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": str(find_chromium()), "args": arguments}
