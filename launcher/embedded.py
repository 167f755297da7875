"""The embedded PostgreSQL and Valkey together: started for a command, attached to, or thrown away."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from launcher.account import unprivileged_account
from launcher.credentials import load_credentials
from launcher.errors import LauncherError
from launcher.home import Home, open_home, throwaway_parent
from launcher.locks import DataFolderInUse, exclusive_lock, shared_lock, wait_for_users
from launcher.postgres import Postgres
from launcher.processes import Program, start, stop, wait_ready
from launcher.valkey import Valkey

READY_SECONDS = 60.0


class Embedded:
    """The services of one installation that the environment does not name."""

    def __init__(self, home: Home, environment: Mapping[str, str], *, durable: bool = True) -> None:
        self.home = home
        self.credentials = load_credentials(home.secrets)
        self.postgres = (
            None
            if environment.get("DATABASE_URL")
            else Postgres(home, self.credentials.postgres_password, durable=durable)
        )
        self.valkey = None if environment.get("REDIS_URL") else Valkey(home, self.credentials.valkey_password)

    def programs(self) -> list[Program]:
        """The services to start, in order. Creates their data when there is none."""
        return [service.program() for service in (self.postgres, self.valkey) if service]

    def variables(self) -> dict[str, str]:
        """What the product must find in its environment, beyond what is set there already."""
        found = {
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self.credentials.secret_key,
            "FIELD_ENCRYPTION_KEY": os.environ.get("FIELD_ENCRYPTION_KEY")
            or self.credentials.field_encryption_key,
            "VAPID_PRIVATE_KEY": os.environ.get("VAPID_PRIVATE_KEY") or self.credentials.vapid_private_key,
            "DATA_DIR": str(self.home.data),
        }
        if self.postgres:
            found |= {"DATABASE_URL": self.postgres.url, "ACD_EMBEDDED": "1"}
        if self.valkey:
            found["REDIS_URL"] = self.valkey.url
        return found

    def are_ready(self) -> bool:
        """Whether every embedded service serves now."""
        return all(service.is_ready() for service in (self.postgres, self.valkey) if service)


@contextmanager
def running(embedded: Embedded) -> Iterator[None]:
    """Start the services, and stop them at the end. The data folder's lock must be held."""
    with ExitStack() as stack:
        stack.callback(embedded.home.leave)
        for program in embedded.programs():
            stack.enter_context(_running_program(program, embedded.home.log / f"{program.name}.log"))
        yield


@contextmanager
def _running_program(program: Program, log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        process: subprocess.Popen[bytes] = start(program, output=output)
    try:
        wait_ready(program, process, seconds=READY_SECONDS, log=log)
        yield
    finally:
        stop(program, process)


@contextmanager
def available(*, purpose: str) -> Iterator[dict[str, str]]:
    """The services of DATA_DIR for one command: those of a running launcher, else started for the duration.

    Yields the variables the command needs. `purpose` tells a second launcher who holds the data folder.
    """
    home = open_home()
    with ExitStack() as stack:
        embedded = Embedded(home, os.environ)
        try:
            stack.enter_context(exclusive_lock(home.lock, purpose=purpose))
        except DataFolderInUse as busy:
            stack.enter_context(shared_lock(home.users_lock))
            _wait_for_launcher(embedded, busy)
        else:
            stack.enter_context(running(embedded))
            stack.callback(wait_for_users, home.users_lock)
        yield embedded.variables()


def _wait_for_launcher(embedded: Embedded, busy: DataFolderInUse) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not embedded.are_ready():
        if time.monotonic() > deadline:
            raise LauncherError(
                f"Process {busy.holder} holds {embedded.home.data}, but its database does not answer."
            )
        time.sleep(0.05)


@contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """Services on empty data for tests and figures: fast, not durable, gone at the end."""
    account = unprivileged_account()
    parent = throwaway_parent(account)
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="acdconfig-test-"))
    if account:
        folder.chmod(0o711)
    home = open_home(folder)
    try:
        with exclusive_lock(home.lock, purpose="throw-away services"):
            embedded = Embedded(home, os.environ, durable=False)
            with running(embedded):
                yield embedded.variables()
    finally:
        shutil.rmtree(home.sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> None:
    """Remove what killed test runs left: their locks went with them."""
    for folder in parent.glob("acdconfig-test-*"):
        lock = folder / "launcher.lock"
        try:
            # A folder this young may be between its creation and its lock.
            if time.time() - folder.stat().st_mtime < 60 or folder.stat().st_uid != os.geteuid():
                continue
            with exclusive_lock(lock, purpose="removal"):
                shutil.rmtree(Home(folder.resolve(), None).sockets, ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, DataFolderInUse):
            continue


def random_keys() -> dict[str, str]:
    """Keys for a process that needs settings but no stored data."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
