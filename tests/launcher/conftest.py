"""Launchers as real processes, on folders of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from launcher.account import unprivileged_account
from launcher.home import CHECKOUT, Home, throwaway_parent

T = TypeVar("T")
FROM_PYTEST = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ACD_EMBEDDED", "DATA_DIR")


def bare_environment(**added: str) -> dict[str, str]:
    """The environment as before the tests' own services were added to it."""
    kept = {name: value for name, value in os.environ.items() if name not in FROM_PYTEST}
    return kept | added


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def until(look: Callable[[], T], seconds: float = 60.0) -> T:
    """Look until something true is seen, and return it. Fails the test when that takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.01)
    pytest.fail(f"not seen within {seconds} s")


class Launcher:
    """A running launcher and what its run.json says."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data

    def facts(self) -> dict[str, object]:
        try:
            return json.loads((self.data / "run.json").read_text())
        except FileNotFoundError:
            return {}

    def pids(self) -> dict[str, int]:
        return dict(self.facts().get("processes", {}))  # type: ignore[call-overload]  # JSON is untyped

    def wait_ready(self) -> Launcher:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            return bool(self.facts().get("ready"))

        until(is_ready, 180)
        return self

    def grandchildren(self) -> list[int]:
        """The processes that the nappers started, as they printed them."""
        logs = [(self.data / "log" / f"napper-{number}.log") for number in (1, 2)]
        lines = [line.split() for log in logs if log.exists() for line in log.read_text().splitlines()]
        return [int(words[1]) for words in lines if words[0] == "grandchild"]


def kill_and_wait_for_successor(launcher: Launcher, name: str) -> int:
    """Kill a program of the launcher without mercy; the pid of the one started in its place."""
    killed = launcher.pids()[name]
    os.kill(killed, signal.SIGKILL)

    def successor() -> int:
        pid = launcher.pids().get(name, 0)
        return pid if pid != killed else 0

    return until(successor)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A new DATA_DIR that PostgreSQL's account can reach, removed with its sockets."""
    account = unprivileged_account()
    parent = Path(tempfile.mkdtemp(dir=throwaway_parent(account), prefix="acdconfig-launcher-"))
    parent.chmod(0o755)
    yield parent / "var"
    shutil.rmtree(Home((parent / "var").resolve(), account).sockets, ignore_errors=True)
    shutil.rmtree(parent)


@pytest.fixture
def start_launcher(data_folder: Path) -> Iterator[Callable[..., Launcher]]:
    """Starts `python -m MODULE …` on the data folder; what still runs at the end is stopped."""
    started: list[Launcher] = []

    def start(*arguments: str, **environment: str) -> Launcher:
        process = subprocess.Popen(
            [sys.executable, "-m", *(arguments or ("tests.launcher.toy",))],
            cwd=CHECKOUT,
            env=bare_environment(DATA_DIR=str(data_folder), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(Launcher(process, data_folder))
        return started[-1]

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.process.terminate()
        launcher.process.communicate(timeout=60)
