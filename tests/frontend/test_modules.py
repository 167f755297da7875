"""Runs the tests of the browser's pure modules by Node's own test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def node() -> str:
    """Node from the PATH, or from the wheel that set-up put beside our Python."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = shutil.which("node", path=places)
    assert found, "no Node: run `make setup`"
    return found


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
