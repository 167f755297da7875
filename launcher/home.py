"""Where one installation keeps its data, and how its folders are reached.

Everything lives in DATA_DIR (default ./var). Permissions of folders that are not ours are never changed:
where an unprivileged PostgreSQL cannot reach DATA_DIR, its data goes to /var/lib/acdconfig and a link is left
in DATA_DIR.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher.account import Account, make_private_folder, others_may_enter, unprivileged_account
from launcher.errors import LauncherError

CHECKOUT = Path(__file__).resolve().parent.parent
SYSTEM_STATE = Path("/var/lib/acdconfig")

# The path of a Unix socket must fit in 107 bytes on Linux and 103 on macOS, file name included.
LONGEST_SOCKET_FOLDER = 80


def data_folder() -> Path:
    """DATA_DIR, or ./var beside the code."""
    return Path(os.environ.get("DATA_DIR") or CHECKOUT / "var").resolve()


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one installation. `account` is who PostgreSQL runs as, None for the launcher's user."""

    data: Path
    account: Account | None

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets.json"

    @property
    def lock(self) -> Path:
        return self.data / "launcher.lock"

    @property
    def users_lock(self) -> Path:
        return self.data / "users.lock"

    @property
    def run(self) -> Path:
        return self.data / "run.json"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own folder, behind the link where there is one."""
        return (self.data / "postgres").resolve()

    @property
    def sockets(self) -> Path:
        """A short private folder for PostgreSQL's socket, the same at every start."""
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return _socket_parent(self.account) / f"acdconfig-{os.geteuid()}-{name}"

    def create(self) -> None:
        """Make what is missing. Raises LauncherError when a folder cannot be made."""
        try:
            if not self.data.exists():
                self.data.mkdir(parents=True, mode=0o711 if self.account else 0o700)
            for folder in (self.log, self.valkey):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._create_postgres()
            make_private_folder(self.sockets, self.account)
        except OSError as error:
            raise LauncherError(f"The data folder {self.data} cannot be used: {error}") from error

    def leave(self) -> None:
        """Remove the folder of the socket after the server has stopped: it lies outside the data folder."""
        with suppress(OSError):
            self.sockets.rmdir()

    def _create_postgres(self) -> None:
        link = self.data / "postgres"
        if self.account and not link.exists() and not others_may_enter(self.data):
            name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
            target = SYSTEM_STATE / name
            system_state().mkdir(exist_ok=True)
            make_private_folder(target, self.account)
            link.symlink_to(target)
            print(f"Others cannot enter {self.data}: PostgreSQL keeps its data in {target}.")
        make_private_folder(self.postgres, self.account)


def open_home(data: Path | None = None) -> Home:
    """The installation at `data` (default DATA_DIR), with its folders made."""
    home = Home(data=(data or data_folder()).resolve(), account=unprivileged_account())
    home.create()
    return home


def system_state() -> Path:
    """Root's own folder for what an unprivileged account must reach."""
    SYSTEM_STATE.mkdir(parents=True, exist_ok=True, mode=0o755)
    return SYSTEM_STATE


def throwaway_parent(account: Account | None) -> Path:
    """Where temporary installations go: somewhere PostgreSQL's account can reach."""
    preferred = Path(tempfile.gettempdir())
    if account is None or others_may_enter(preferred):
        return preferred
    return system_state()


def _socket_parent(account: Account | None) -> Path:
    if account and Path("/run").is_dir() and others_may_enter(Path("/run")):
        return Path("/run")
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if not account and own and len(own) < LONGEST_SOCKET_FOLDER and os.access(own, os.W_OK | os.X_OK):
        return Path(own)
    return Path("/tmp")
