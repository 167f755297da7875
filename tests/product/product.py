"""The whole product as `make run` starts it, on data and ports of its own, and looks inside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from launcher.account import unprivileged_account
from launcher.embedded import Embedded
from launcher.home import CHECKOUT, Home, throwaway_parent
from launcher.valkey import choose_port
from tests.prepared import copy_prepared

T = TypeVar("T")
NOT_INHERITED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEY",
    "ACD_EMBEDDED",
    "DATA_DIR",
)
START_SECONDS = 240.0
STOP_SECONDS = 60.0
PATIENCE = 4 if "PYTEST_XDIST_WORKER" in os.environ else 1
"""Beside other tests the machine may be slow; what has real deadlines runs alone."""


def until(look: Callable[[], T], seconds: float, what: str) -> T:
    """Look until something true is seen, and return it. Fails the test when that takes too long."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() >= deadline:
            pytest.fail(f"{what}: not seen within {seconds} s (last seen: {seen!r})")
        time.sleep(0.02)


class Product:
    """A launcher and everything it started. `rows` reads its database beside its own connections."""

    def __init__(self, **environment: str) -> None:
        account = unprivileged_account()
        self._parent = Path(tempfile.mkdtemp(dir=throwaway_parent(account), prefix="acdconfig-product-"))
        self._parent.chmod(0o755)
        self.data = self._parent / "var"
        self.home = Home(self.data.resolve(), account)
        self.port = choose_port()
        kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        self.environment = (
            kept | {"DATA_DIR": str(self.data), "PORT": str(self.port), "LOG_FORMAT": "json"} | environment
        )
        copy_prepared(self.home, self.environment)
        self._output = (self._parent / "launcher.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launcher", "run", "--stop-with-parent"],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._database: psycopg.Connection | None = None
        self._seen: set[tuple[int, str]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> psycopg.Connection:
        if self._database is None:
            embedded = Embedded(self.home, {})
            assert embedded.postgres is not None
            self._database = psycopg.connect(embedded.postgres.url, autocommit=True)
        return self._database

    @property
    def passwords(self) -> dict[str, str]:
        """Of the demo users."""
        return dict(json.loads(self.home.secrets.read_text())["demo_passwords"])

    def rows(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        return self.database.execute(query, parameters).fetchall()  # type: ignore[call-overload]  # fixed SQL

    def has_database(self) -> bool:
        """Whether PostgreSQL takes questions; it does not for a while after it was killed."""
        try:
            return bool(self.rows("SELECT 1"))
        except psycopg.OperationalError:
            self._database = None
            return False

    def facts(self) -> dict[str, Any]:
        """run.json; empty while there is none."""
        try:
            return dict(json.loads(self.home.run.read_text()))
        except FileNotFoundError:
            return {}

    def pids(self) -> dict[str, int]:
        return dict(self.facts().get("processes", {}))

    def _note_processes(self) -> None:
        family = [self.process.pid, *children_of(self.process.pid)]
        self._seen |= {(pid, started) for pid in family if (started := start_of(pid))}

    def cpu_seconds(self) -> dict[str, float]:
        """What each program of the table has used so far, with the processes it started."""
        tick = os.sysconf("SC_CLK_TCK")
        return {
            name: round(sum(_ticks(one) for one in (pid, *children_of(pid))) / tick, 1)
            for name, pid in self.pids().items()
        }

    def wait_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.output()
            return bool(self.facts().get("ready"))

        until(is_ready, START_SECONDS, "the product is ready")
        until(self._has_leader, START_SECONDS, "a sweeper leads")
        until(lambda: children_of(self.pids()["worker"]), START_SECONDS, "the worker has its processes")

    def _has_leader(self) -> bool:
        return bool(self.rows("SELECT 1 FROM acdconfig_heartbeat WHERE doing = 'leading'"))

    def output(self) -> str:
        """What the launcher printed."""
        return (self._parent / "launcher.log").read_text()

    def run_python(self, code: str) -> str:
        """Run code with Django set up, as an administrator would at the shell; what it printed."""
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self, name: str) -> list[int]:
        """`kill -9` of a process of the product and of those that it started; their numbers."""
        pid = self.pids()[name]
        self._note_processes()
        if name == "postgres" and self._database is not None:
            self._database.close()
            self._database = None
        family = [pid, *children_of(pid)]
        for one in family:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        return family

    def leading_sweeper(self) -> str:
        """The name, in the table of processes, of the sweeper that leads."""
        rows = self.rows(
            "SELECT split_part(name, ':', 3)::int FROM acdconfig_heartbeat WHERE doing = 'leading' "
            "ORDER BY at DESC LIMIT 1"
        )
        [(leader,)] = rows
        return next(name for name, pid in self.pids().items() if pid == leader)

    def stop(self) -> list[int]:
        """Stop as Ctrl-C does; returns the processes that are left, which must be none."""
        self._note_processes()
        if self._database is not None:
            self._database.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        print(self.output()[-8000:])  # noqa: T201 - what pytest shows of a test that failed
        left = [pid for pid, started in self._seen if start_of(pid) == started]
        self._output.close()
        shutil.rmtree(self.home.sockets, ignore_errors=True)
        shutil.rmtree(self._parent, ignore_errors=bool(left))
        return left


@contextmanager
def running(**environment: str) -> Iterator[Product]:
    """Started as `make run` starts it; afterwards nothing of it may be left."""
    product = Product(**environment)
    try:
        product.wait_ready()
        yield product
    finally:
        left = product.stop()
    assert (left, product.process.returncode) == ([], 0)


def children_of(pid: int) -> list[int]:
    """Processes started by this one, and by those."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    found = [int(child) for child in listed]
    return found + [grandchild for child in found for grandchild in children_of(child)]


def start_of(pid: int) -> str:
    """When the process started, in the kernel's ticks: tells it from a later one with its number.

    Empty when it does not run; a zombie does not.
    """
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else ""


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _stat(pid: int) -> list[str]:
    # proc(5): what follows the name in parentheses begins with the third field, the state.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
