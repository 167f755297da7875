"""`make check`: every check that needs no running product. Runs all of them, then says which failed."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from launcher.embedded import random_keys

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Without a database there is no history of migrations to compare with, at which Django warns.
MANAGE = [sys.executable, "-W", "ignore:Got an error checking a consistent", "manage.py"]

CHECKS: list[tuple[str, list[str]]] = [
    ("lint", [str(BIN / "ruff"), "check", "."]),
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("types", [str(BIN / "mypy"), "."]),
    ("import contracts", [str(BIN / "lint-imports")]),
    ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    ("translations", [sys.executable, "-m", "launcher.translations"]),
    ("catalogues", [*MANAGE, "makemessages", "--check"]),
    ("deploy", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]),
]


def production_environment() -> dict[str, str]:
    """Settings as on a server behind HTTPS. Nothing connects to the addresses."""
    return (
        os.environ
        | random_keys()
        | {
            "SECRET_KEY": secrets.token_urlsafe(60),
            "DATABASE_URL": "postgresql://acdconfig@db.example.com/acdconfig",
            "REDIS_URL": "redis://redis.example.com:6379/0",
            "ALLOWED_HOSTS": "acd.example.com",
            "PUBLIC_URL": "https://acd.example.com",
            "DEBUG": "false",
            "ACD_EMBEDDED": "",
        }
    )


def main() -> int:
    """Returns 1 when any check fails."""
    failed = []
    for name, command in CHECKS:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        done = subprocess.run(command, cwd=CHECKOUT, env=production_environment(), check=False)
        print(
            f"   {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True
        )
        if done.returncode != 0:
            failed.append(name)
    print("All checks passed." if not failed else f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
