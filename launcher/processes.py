"""Child processes that cannot outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from launcher.account import Account
from launcher.errors import LauncherError

PR_SET_PDEATHSIG = 1  # linux/prctl.h
POLL_SECONDS = 0.01

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Program:
    """How to start, judge and stop one process.

    `prepare` runs before every start and clears what a killed predecessor left. `is_ready` says whether the
    process serves yet. `stop_signals` are sent in turn, each after `stop_seconds` without effect.
    `orphan_signal` is what the kernel sends when the launcher dies without stopping it. What a `quiet`
    program prints goes to its log only.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    account: Account | None = None
    prepare: Callable[[], None] | None = None
    is_ready: Callable[[], bool] | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL
    quiet: bool = False


def start(program: Program, *, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start `program` in a process group of its own. Raises LauncherError when it cannot be executed."""
    if program.prepare:
        program.prepare()
    account = program.account
    try:
        return subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=die_with_parent(program.orphan_signal),
        )
    except OSError as error:
        raise LauncherError(f"{program.name} cannot be started: {error}") from error


def die_with_parent(chosen: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before exec so that the kernel signals it when its parent dies (Linux only).

    Runs after the change of user, which would clear the setting.
    """
    if _prctl is None:
        return None
    parent = os.getpid()

    def bind() -> None:
        _prctl(PR_SET_PDEATHSIG, int(chosen), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def stop_with_parent() -> None:
    """Be told (SIGTERM) when the process that started this one dies (Linux only)."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def wait_ready(program: Program, process: subprocess.Popen[bytes], *, seconds: float, log: Path) -> None:
    """Wait until the process serves. Raises LauncherError with the end of its log when it does not."""
    deadline = time.monotonic() + seconds
    while program.is_ready and not program.is_ready():
        if process.poll() is not None:
            raise LauncherError(f"{program.name} ended at once (code {process.returncode}).\n{tail(log)}")
        if time.monotonic() > deadline:
            raise LauncherError(f"{program.name} was not ready after {seconds:.0f} s.\n{tail(log)}")
        time.sleep(POLL_SECONDS)


def stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Stop the process: politely, then by force. Afterwards none of its group is left."""
    for chosen in program.stop_signals:
        if process.poll() is not None:
            break
        process.send_signal(chosen)
        try:
            process.wait(program.stop_seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_group(process.pid)


def kill_group(leader: int) -> None:
    """Kill what is left of a group that one of our children led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def command_line(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    except OSError:
        return ""
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()


def processes_working_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder` (Linux; elsewhere none is seen)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            # Gone since the listing, or somebody else's.
            continue
    return found


def stop_stranger(pid: int, mark: str, *, signals: Sequence[signal.Signals], seconds: float) -> bool:
    """Stop a process a killed launcher left behind, if `pid` still is it: its command line holds `mark`.

    Returns whether it is gone.
    """
    for chosen in signals:
        if mark not in command_line(pid):
            return True
        try:
            os.kill(pid, chosen)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if mark not in command_line(pid):
                return True
            time.sleep(POLL_SECONDS)
    return False


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, for an error message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
