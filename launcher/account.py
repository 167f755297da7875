"""The unprivileged account that PostgreSQL runs under when the launcher itself is root.

PostgreSQL refuses to run as root. No account is created on the machine: the number of `nobody` is enough.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group number."""

    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account to drop to, or None when the launcher is an ordinary user already."""
    return Account(NOBODY, NOBODY) if os.geteuid() == 0 else None


def others_may_enter(folder: Path) -> bool:
    """Whether an account without rights of its own can walk down to `folder` (which need not exist yet)."""
    path = folder.resolve()
    for step in (path, *path.parents):
        if step.exists() and not step.stat().st_mode & stat.S_IXOTH:
            return False
    return True


def make_private_folder(folder: Path, owner: Account | None) -> None:
    """Create `folder` (mode 0700) for `owner`, or accept an existing one only if it is exactly that.

    Refuses a folder that someone else put there: /tmp is open to everybody.
    """
    wanted = owner.uid if owner else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (wanted, os.geteuid()):
            raise PermissionError(f"{folder} belongs to somebody else; remove it and start again") from None
        folder.chmod(0o700)
    if owner:
        os.chown(folder, owner.uid, owner.gid)
