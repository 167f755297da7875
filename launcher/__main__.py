"""`python -m launcher`: run the product, or one command with the embedded services up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from launcher.embedded import available, throwaway
from launcher.errors import LauncherError
from launcher.processes import stop_with_parent
from launcher.product import run_product


def main(arguments: list[str]) -> int:
    """Dispatch; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m launcher", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    env = commands.add_parser("env", help="run COMMAND with the embedded PostgreSQL and Valkey up")
    env.add_argument("--throwaway", action="store_true", help="on empty data that is removed afterwards")
    env.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    run = commands.add_parser("run", help="run the product until Ctrl-C")
    run.add_argument("--stop-with-parent", action="store_true", help="end when the calling process dies")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "run":
            if chosen.stop_with_parent:
                stop_with_parent()
            return run_product()
        return run_command(chosen.argv, on_throwaway=chosen.throwaway)
    except LauncherError as error:
        print(error, file=sys.stderr)
        return 1


def run_command(argv: list[str], *, on_throwaway: bool) -> int:
    """Run one command with the services its environment lacks. Returns its exit code."""
    command = argv[1:] if argv[:1] == ["--"] else argv
    if not command:
        raise LauncherError("Which command? python -m launcher env -- COMMAND")
    services = throwaway() if on_throwaway else available(purpose=" ".join(command[:3]))
    with services as variables:
        process = subprocess.Popen(command, env=os.environ | variables)
        # Ctrl-C reaches the command too: it decides when to end, the services stop after it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _frame: process.send_signal(number))
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
