"""Keeps a table of processes alive: starts, restarts and stops them, and passes on what they print.

One thread. Children are started here and nowhere else, so that the kernel ties their life to this process.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from launcher.credentials import write_private
from launcher.errors import LauncherError
from launcher.logs import ChildLog, say
from launcher.processes import Program, kill_group, start, tail

# A process that lives this long is not in a crash loop.
SETTLED_SECONDS = 10.0
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 30.0
DEATHS_WORTH_A_WORD = 4


class Stopped(Exception):
    """A signal asked the launcher to end."""


@dataclass(slots=True)
class Child:
    """One program of the table and its present process."""

    program: Program
    log: ChildLog
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    quick_deaths: int = 0
    pipes: list[IO[bytes]] = field(default_factory=list)


def restart_delay(quick_deaths: int) -> float:
    """Seconds before the next start: none after one death, doubling while it keeps dying at once."""
    if quick_deaths <= 1:
        return 0.0
    return float(min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (quick_deaths - 2)))


class Supervisor:
    """Runs programs in the order given to `start`; `run.json` always names the processes there are."""

    def __init__(self, names: Sequence[str], *, log_folder: Path, run_file: Path) -> None:
        self._width = max(map(len, names))
        self._log_folder = log_folder
        self._run_file = run_file
        # A launcher that was killed left its own behind.
        run_file.unlink(missing_ok=True)
        self._children: dict[str, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._stopping = False
        self._forced = False
        self._facts: dict[str, object] = {"pid": os.getpid(), "ready": False}
        self._listen_to_signals()

    def publish(self, **facts: object) -> None:
        """Add facts to run.json."""
        self._facts |= facts
        processes = {name: child.process.pid for name, child in self._children.items() if child.process}
        write_private(self._run_file, json.dumps(self._facts | {"processes": processes}, indent=2) + "\n")

    def start(self, program: Program) -> None:
        """Start a program and keep it alive from now on."""
        child = Child(program, self._new_log(program))
        self._children[program.name] = child
        self._start(child)

    def wait_ready(self, names: Sequence[str], *, seconds: float) -> None:
        """Look after the children until all of `names` serve.

        Raises LauncherError, with the end of its log, for one that ends or is not ready in time; Stopped at a
        signal.
        """
        deadline = time.monotonic() + seconds
        for name in names:
            child = self._children[name]
            while child.program.is_ready and not child.program.is_ready():
                self._turn(0.02)
                self._raise_if_stopped()
                if child.quick_deaths >= DEATHS_WORTH_A_WORD:
                    raise LauncherError(f"{name} keeps ending at once.\n{tail(child.log.path)}")
                if time.monotonic() > deadline:
                    raise LauncherError(f"{name} was not ready in {seconds:.0f} s.\n{tail(child.log.path)}")

    def run_once(self, program: Program) -> None:
        """Run a program to its end, looking after the others. Raises LauncherError when it fails."""
        log = self._new_log(program)
        child = Child(program, log)
        child.process = self._spawn(child)
        try:
            while child.process.poll() is None:
                self._turn(0.05)
                self._raise_if_stopped()
            self._drain(child)
        finally:
            kill_group(child.process.pid)
            log.close()
        if child.process.returncode != 0:
            raise LauncherError(f"{program.name} failed.\n{tail(log.path, 30)}")

    def watch(self) -> None:
        """Look after the children until a signal asks to end."""
        while not self._stop_requests:
            self._turn(1.0)

    def stop(self, *groups: Sequence[str]) -> None:
        """Stop the named programs, group after group; inside a group all at once."""
        self._stopping = True
        for names in groups:
            self._stop_group([self._children[name] for name in names if name in self._children])
        self._run_file.unlink(missing_ok=True)

    def _new_log(self, program: Program) -> ChildLog:
        return ChildLog(program.name, self._log_folder, self._width, quiet=program.quiet)

    # -- one turn of the loop
    # -------------------------------------------------------------------------------------

    def _turn(self, seconds: float) -> None:
        now = time.monotonic()
        due = [child.restart_at for child in self._children.values() if not (child.process or self._stopping)]
        timeout = min([seconds, *(max(0.0, at - now) for at in due)])
        for key, _ in self._selector.select(timeout):
            on_input: Callable[[], None] = key.data
            on_input()
        for child in self._children.values():
            self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            self._bury(child, now)
        if child.process is None and now >= child.restart_at and not self._stopping:
            self._start(child)

    def _bury(self, child: Child, now: float) -> None:
        """Note a death and when to start again; what it left of its group goes with it."""
        process = child.process
        assert process is not None
        self._drain(child)
        kill_group(process.pid)
        child.process = None
        child.quick_deaths = 1 if now - child.started_at > SETTLED_SECONDS else child.quick_deaths + 1
        delay = restart_delay(child.quick_deaths)
        child.restart_at = now + delay
        if self._stopping:
            return
        name = child.program.name
        say(f"{name} ended ({_ending(process.returncode)}); starting it again{_in_seconds(delay)}.")
        if child.quick_deaths == DEATHS_WORTH_A_WORD:
            say(f"{name} keeps ending at once. What it said last is in {child.log.path}")

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.process = self._spawn(child)
        self.publish()

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        reader, writer = os.pipe()
        try:
            process = start(child.program, output=writer)
        except LauncherError:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        os.set_blocking(reader, False)
        pipe = os.fdopen(reader, "rb", buffering=0)
        child.pipes.append(pipe)
        self._selector.register(pipe, selectors.EVENT_READ, lambda: self._read(child, pipe))
        return process

    def _read(self, child: Child, pipe: IO[bytes]) -> bool:
        """Pass on what is there; whether there may be more."""
        received = pipe.read(65536)
        if received is None:
            return False
        if received:
            child.log.write(received)
            return True
        child.log.finish()
        self._selector.unregister(pipe)
        child.pipes.remove(pipe)
        pipe.close()
        return False

    def _drain(self, child: Child) -> None:
        for pipe in list(child.pipes):
            while self._read(child, pipe):
                pass

    # -- the end
    # --------------------------------------------------------------------------------------------------

    def _stop_group(self, children: Sequence[Child]) -> None:
        living = [child for child in children if child.process is not None]
        for attempt in range(max((len(child.program.stop_signals) for child in living), default=0)):
            for child in living:
                signals = child.program.stop_signals
                self._signal(child, signals[min(attempt, len(signals) - 1)])
            patience = max((child.program.stop_seconds for child in living), default=0.0)
            living = self._wait_for_end(living, patience)
            if not living:
                return

    def _signal(self, child: Child, chosen: signal.Signals) -> None:
        if child.process is not None:
            child.process.send_signal(signal.SIGKILL if self._forced else chosen)

    def _wait_for_end(self, living: list[Child], seconds: float) -> list[Child]:
        deadline = time.monotonic() + seconds
        requests = self._stop_requests
        while living and time.monotonic() < deadline:
            self._turn(0.02)
            living = [child for child in living if child.process is not None]
            if self._stop_requests > requests:
                # Asked again: the person does not want to wait.
                self._forced = True
                break
        return living

    # -- signals
    # --------------------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.settimeout(0)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._wakeup = (ours, theirs)
        self._selector.register(ours, selectors.EVENT_READ, self._empty_wakeup)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop_signal)

    def _on_stop_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _empty_wakeup(self) -> None:
        try:
            while self._wakeup[0].recv(4096):
                pass
        except BlockingIOError:
            return

    def _raise_if_stopped(self) -> None:
        if self._stop_requests:
            raise Stopped


def _ending(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _in_seconds(delay: float) -> str:
    return f" in {delay:.1f} s" if delay else ""
