"""Every test, as `make test` runs them: side by side what may be, then alone what has real deadlines.

Both parts start products from one prepared data folder (tests/prepared.py), which is removed at the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from launcher.account import unprivileged_account
from launcher.home import throwaway_parent
from tests.prepared import KEPT_AT

PARTS = (("-n", "2", "-m", "not alone"), ("-m", "alone", "tests/product"))


def main() -> int:
    """The first exit code of pytest that is not 0. Whoever interrupts one part interrupts both."""
    # Ctrl-C reaches pytest too, which stops what it started: that is waited for.
    signal.signal(signal.SIGINT, lambda *_: None)
    codes = []
    with tempfile.TemporaryDirectory(
        dir=throwaway_parent(unprivileged_account()), prefix="acdconfig-prepared-"
    ) as folder:
        # PostgreSQL's account passes through.
        Path(folder).chmod(0o711)
        environment = os.environ | {KEPT_AT: f"{folder}/product"}
        for words in PARTS:
            command = [sys.executable, "-m", "pytest", *words]
            codes.append(subprocess.run(command, env=environment, check=False).returncode)
            if codes[-1] == pytest.ExitCode.INTERRUPTED or codes[-1] < 0:
                break
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
