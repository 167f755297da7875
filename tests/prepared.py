"""What is dear to prepare, made once in a run of the tests and copied by each of its processes.

A migrated database, and the data folder that a first start of the product leaves. The first start itself is
proven by tests/launcher/test_product.py.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from launcher.home import CHECKOUT, Home
from launcher.valkey import choose_port

FOLDER = "PREPARED_PRODUCT"
"""The variable that names the folder (tests/services.py); without it each start prepares its own."""
KEPT_AT = "PREPARED_PRODUCT_KEPT_AT"
"""The variable that names it for several runs (tests/everything.py); without it each run has its own."""
MIGRATED = "test_migrated"
MAY_TAKE_SECONDS = 240.0


@contextmanager
def _one_at_a_time(what: str) -> Iterator[None]:
    with Path(f"{os.environ[FOLDER]}.{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_database() -> None:
    """Have this process's test database, not there yet, as a copy of one that all migrations made."""
    own, configured = connection.creation._get_test_db_name(), connection.settings_dict["NAME"]
    quoted = connection.ops.quote_name
    with _one_at_a_time("database"):
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MIGRATED])
            is_there = cursor.fetchone() is not None
        if not is_there:
            connection.settings_dict["TEST"]["NAME"] = MIGRATED
            connection.creation.create_test_db(verbosity=0, serialize=False)
            connection.close()
            connection.settings_dict["TEST"]["NAME"] = own
            settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = configured
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted(own)} TEMPLATE {quoted(MIGRATED)}")


def copy_prepared(home: Home, environment: Mapping[str, str]) -> None:
    """Have the installation at `home`, not there yet, start as one that was prepared and stopped before.

    `environment` is what its launcher will get.
    """
    named = os.environ.get(FOLDER)
    if not named:
        return
    made = Path(named)
    with _one_at_a_time("folder"):
        if not made.exists():
            begun = made.with_name(f"{made.name}.new")
            # Of somebody who did not come to the end.
            shutil.rmtree(begun, ignore_errors=True)
            _make(made, Home(begun, home.account), environment)
    home.create()
    for part in (made / "secrets.json", made / "postgres"):
        subprocess.run(["cp", "-a", str(part), str(home.data)], check=True)


def _make(made: Path, home: Home, environment: Mapping[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "launcher", "run", "--stop-with-parent"],
        cwd=CHECKOUT,
        env={**environment, "DATA_DIR": str(home.data), "PORT": str(choose_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + MAY_TAKE_SECONDS
    while not (home.postgres / "prepared").exists() and process.poll() is None:
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    home.data.rename(made)
