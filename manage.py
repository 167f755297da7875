#!/usr/bin/env python3
"""Django's commands, on the environment's database or the embedded one of DATA_DIR."""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from launcher.embedded import available, random_keys
from launcher.errors import LauncherError

CHECKOUT = Path(__file__).resolve().parent

# These need no database; a URL that leads nowhere is enough for the settings.
WITHOUT_SERVICES = frozenset(
    {"help", "version", "--help", "-h", "--version", "check", "collectstatic", "findstatic", "makemessages"}
    | {"compilemessages", "diffsettings", "spectacular", "startapp", "simulate"}
)
NO_SERVICES = {
    "DATABASE_URL": "postgresql:///acdconfig?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def main(arguments: list[str]) -> None:
    """Run one management command."""
    if importlib.util.find_spec("django") is None:
        _run_again_in_environment(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")
    with ExitStack() as stack:
        try:
            _prepare(stack, arguments)
        except LauncherError as error:
            sys.exit(str(error))
        # Django comes after its environment: the interpreter that starts this file may not have it.
        importlib.import_module("django.core.management").execute_from_command_line(arguments)


def _prepare(stack: ExitStack, arguments: list[str]) -> None:
    """Complete the environment: with what settings need, and services where the command needs them."""
    command = arguments[1] if len(arguments) > 1 else "help"
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if _needs_no_services(command, arguments):
        for name, value in (NO_SERVICES | random_keys()).items():
            os.environ.setdefault(name, value)
    elif missing or not os.environ.get("SECRET_KEY") or not os.environ.get("FIELD_ENCRYPTION_KEY"):
        os.environ.update(stack.enter_context(available(purpose=f"manage.py {command}")))


def _needs_no_services(command: str, arguments: list[str]) -> bool:
    return command in WITHOUT_SERVICES or "--help" in arguments or "-h" in arguments


def _run_again_in_environment(arguments: list[str]) -> None:
    python = CHECKOUT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == CHECKOUT / ".venv":
        sys.exit("Django is not installed here yet: run `make setup` first.")
    os.execv(python, [str(python), str(CHECKOUT / "manage.py"), *arguments[1:]])


if __name__ == "__main__":
    main(sys.argv)
