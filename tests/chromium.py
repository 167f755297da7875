"""Makes pytest-playwright drive the Chromium that the machine has."""

from __future__ import annotations

import pytest

from tests.browser import launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return browser_type_launch_args | launch_options()
