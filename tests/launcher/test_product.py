"""The whole product as `make run` starts it: what is killed comes back, and nothing outlives it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from launcher.account import unprivileged_account
from launcher.home import CHECKOUT, Home
from launcher.product import code_fingerprint
from tests.launcher.conftest import (
    Launcher,
    bare_environment,
    is_alive,
    kill_and_wait_for_successor,
    until,
)
from tests.prepared import copy_prepared

pytestmark = pytest.mark.product

PROCESSES = {"postgres", "valkey", "web", "socket", "worker", "worker-bulk", "sweeper-1", "sweeper-2"}


def free_port() -> int:
    """A port with a free successor, which the socket process takes."""
    for candidate in range(20000 + os.getpid() % 900, 21000):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", candidate))
                second.bind(("127.0.0.1", candidate + 1))
            except OSError:
                continue
            return candidate
    pytest.fail("no free port")


@pytest.fixture
def product(start_launcher, data_folder: Path) -> Launcher:
    copy_prepared(Home(data_folder.resolve(), unprivileged_account()), bare_environment())
    return start_launcher("launcher", "run", PORT=str(free_port())).wait_ready()


def descendants(pid: int) -> set[int]:
    """Every process below `pid`."""
    found = {pid}
    while True:
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
        more = found | {child for child, parent in pairs if parent in found}
        if more == found:
            return found - {pid}
        found = more


def page(launcher: Launcher, path: str) -> int:
    try:
        with urllib.request.urlopen(f"{launcher.facts()['url']}{path}", timeout=5) as answer:
            return answer.status
    except OSError:
        return 0


def doctor(launcher: Launcher) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(launcher.data)),
        capture_output=True,
        text=True,
        check=False,
    )


def report_of_health(launcher: Launcher) -> str:
    """What the doctor says, once nothing is to be mended, one sweeper leads and all queues are served."""
    said = doctor(launcher).stdout
    return said if all(words in said for words in ("0 to mend", "one leads", "all queues served")) else ""


def test_every_process_comes_back_and_none_outlives_the_supervisor(product: Launcher):
    assert set(product.pids()) == PROCESSES
    for name in sorted(PROCESSES):
        kill_and_wait_for_successor(product, name)
    until(lambda: page(product, "/health/ready") == 200)
    until(lambda: "all queues served" in doctor(product).stdout, 60)
    everything = descendants(product.process.pid)
    product.process.kill()
    until(lambda: not [pid for pid in everything if is_alive(pid)])


def test_the_start_tells_where_to_go_the_doctor_agrees_and_a_signal_stops_everything(start_launcher):
    port = str(free_port())
    first = start_launcher("launcher", "run", PORT=port).wait_ready()
    passwords = (first.data / "secrets.json").read_text()
    code = code_fingerprint(CHECKOUT)
    found = until(lambda: report_of_health(first), 60)
    assert re.search(r"^ok +Migrations: all applied", found, re.MULTILINE)
    assert re.search(r"^ok +Redis persistence: on", found, re.MULTILINE)
    said = stop_with_everything(first)
    assert f"http://127.0.0.1:{port}/" in said
    for user in ("admin", "supervisor", "agent.one", "agent.two"):
        assert re.search(rf"^  {re.escape(user)} +\S{{8,}}$", said, re.MULTILINE)
    assert "/simulator/" in said
    assert "/agent/" in said

    second = start_launcher("launcher", "run", PORT=port).wait_ready()
    assert (second.data / "secrets.json").read_text() == passwords
    said = stop_with_everything(second)
    # Whoever edits the code between two starts gets it prepared again.
    assert ("Preparing the database" in said) == (code_fingerprint(CHECKOUT) != code)


def stop_with_everything(launcher: Launcher) -> str:
    """Press Ctrl-C; what the launcher said all along, when nothing of it is left."""
    everything = descendants(launcher.process.pid)
    assert len(everything) > len(PROCESSES)
    launcher.process.send_signal(signal.SIGINT)
    said, _ = launcher.process.communicate(timeout=60)
    assert launcher.process.returncode == 0
    assert [pid for pid in everything if is_alive(pid)] == []
    assert "Everything has stopped" in said
    return said


def test_a_port_in_use_stops_the_start_before_anything_runs(start_launcher, data_folder: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        launcher = start_launcher("launcher", "run", PORT=str(port))
        said, _ = launcher.process.communicate(timeout=60)
    assert launcher.process.returncode == 1
    assert f"Port {port}" in said
    assert "PORT=8080 make run" in said
    assert not (data_folder / "postgres" / "data").exists()


def test_the_doctor_names_what_to_mend(data_folder: Path):
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(data_folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "manage.py migrate" in done.stdout
    assert "make run" in done.stdout
