"""Starts a throw-away PostgreSQL and Valkey before the settings are read; removes them after the last test.

Nothing is started when DATABASE_URL is set. Workers of pytest-xdist inherit the controller's environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from launcher.chromium import HOW_TO_GET_ONE, find_chromium
from launcher.embedded import throwaway
from tests import prepared


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper runs before pytest-django's own hook, which imports the settings."""
    # However fast the tests make offers, the record of each decision is there to be looked at.
    os.environ.setdefault("DECISIONS_PER_SECOND", "0")
    options = early_config.known_args_namespace
    if not (os.environ.get("DATABASE_URL") or options.help or options.version):
        services = ExitStack()
        os.environ.update(services.enter_context(throwaway()))
        own = str(Path(os.environ["DATA_DIR"]) / "prepared")
        os.environ[prepared.FOLDER] = os.environ.get(prepared.KEPT_AT, own)
        early_config.add_cleanup(services.close)
    yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a Chromium the browser tests are skipped, saying how to get one; under CI the run fails."""
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if not browser_tests or find_chromium():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(browser_tests)} browser tests cannot run: {HOW_TO_GET_ONE}")
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_ONE))


def pytest_configure(config: pytest.Config) -> None:
    """Registered here, after pytest-playwright, whose fixture it overrides."""
    config.pluginmanager.import_plugin("tests.chromium")
