"""Starts a throw-away PostgreSQL and Valkey before the settings are read; removes them after the last test.

Nothing is started when DATABASE_URL is set. Workers of pytest-xdist inherit the controller's environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from launcher.embedded import throwaway


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper runs before pytest-django's own hook, which imports the settings."""
    options = early_config.known_args_namespace
    if not (os.environ.get("DATABASE_URL") or options.help or options.version):
        services = throwaway()
        os.environ.update(services.__enter__())
        early_config.add_cleanup(lambda: services.__exit__(None, None, None))
    yield
