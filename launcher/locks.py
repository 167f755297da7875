"""One launcher per data folder. The lock is the kernel's: it goes with the process, so it is never stale."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LauncherError


class DataFolderInUse(LauncherError):
    """Another launcher holds the folder. `holder` is its pid and what it runs, as it wrote them."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"{folder} is in use by process {holder}. Stop that one first, or choose another folder: "
            "DATA_DIR=./var2 PORT=8080 make run"
        )
        self.holder = holder


@contextmanager
def exclusive_lock(path: Path, *, purpose: str) -> Iterator[None]:
    """Hold the data folder. Raises DataFolderInUse at once when another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            raise DataFolderInUse(path.parent, holder or "(just starting)") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} ({purpose})\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def shared_lock(path: Path) -> Iterator[None]:
    """Say that this process uses services somebody else started."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def wait_for_users(path: Path) -> None:
    """Wait until nobody holds `path` shared: a command that started the services is the last to leave."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)
