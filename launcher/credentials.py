"""The keys and passwords of one installation: made once, kept in DATA_DIR/secrets.json (mode 0600)."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.errors import LauncherError

DEMO_USERS = ("admin", "supervisor", "agent.one", "agent.two")


@dataclass(frozen=True, slots=True)
class Credentials:
    """`field_encryption_key` is a Fernet key: 32 random bytes in URL-safe base64.

    `vapid_private_key` is one of the curve P-256 in the same form: push services know us by it.
    """

    secret_key: str
    field_encryption_key: str
    postgres_password: str
    valkey_password: str
    vapid_private_key: str
    demo_passwords: dict[str, str]


def load_credentials(path: Path) -> Credentials:
    """Read the secrets, making those that are missing. Raises LauncherError for a broken file."""
    stored: dict[str, object] = {}
    if path.exists():
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LauncherError(f"{path} cannot be read ({error}): restore it from your backup.") from error
    complete = asdict(_new_credentials()) | stored
    credentials = Credentials(**complete)
    if complete != stored:
        write_private(path, json.dumps(complete, indent=2) + "\n")
    return credentials


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file that only its owner reads."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _new_private_key() -> bytes:
    """A number from 1 to the order of the curve, which the library of the product takes as a key."""
    return (secrets.randbelow(ORDER_OF_P256 - 1) + 1).to_bytes(32, "big")


def _new_credentials() -> Credentials:
    return Credentials(
        secret_key=secrets.token_urlsafe(50),
        field_encryption_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        postgres_password=secrets.token_hex(16),
        valkey_password=secrets.token_hex(16),
        vapid_private_key=base64.urlsafe_b64encode(_new_private_key()).rstrip(b"=").decode(),
        demo_passwords={user: secrets.token_urlsafe(9) for user in DEMO_USERS},
    )
