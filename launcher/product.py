"""`python -m launcher run`: the whole product on this machine, from the database to the agent's desk."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from launcher.credentials import write_private
from launcher.embedded import READY_SECONDS, Embedded
from launcher.errors import LauncherError
from launcher.home import CHECKOUT, Home, open_home
from launcher.locks import exclusive_lock
from launcher.logs import say
from launcher.processes import Program
from launcher.supervisor import Stopped, Supervisor
from launcher.valkey import HOST, is_free

SERVICES = ("valkey", "postgres")
FACES = ("web", "socket")
ENGINES = ("worker", "worker-bulk", "sweeper-1", "sweeper-2")
LATE = ("worker-bulk", "sweeper-2")
"""What may come a moment after the rest: it does not take its share of the processors from a start."""
DEFAULT_PORT = 8000
SOCKET_PORT_CHOICES = 100
MOST_WEB_PROCESSES = 4


def run_product() -> int:
    """Start everything, keep it alive until a signal, stop everything. Returns the exit code."""
    began = time.monotonic()
    home = open_home()
    with exclusive_lock(home.lock, purpose="make run"):
        port = chosen_port()
        socket_port = chosen_socket_port(port)
        embedded = Embedded(home, os.environ)
        names = [*SERVICES, *FACES, *ENGINES, "migrate", "load_demo"]
        supervisor = Supervisor(names, log_folder=home.log, run_file=home.run)
        try:
            _start_all(supervisor, embedded, port, socket_port)
            _announce(embedded, port, time.monotonic() - began)
            supervisor.watch()
        except Stopped:
            pass
        finally:
            say("Stopping…")
            ended = time.monotonic()
            supervisor.stop(FACES + ENGINES, SERVICES)
            home.leave()
            say(f"Everything has stopped ({time.monotonic() - ended:.1f} s).")
    return 0


def _start_all(supervisor: Supervisor, embedded: Embedded, port: int, socket_port: int) -> None:
    services = embedded.programs()
    for program in services:
        supervisor.start(program)
    supervisor.wait_ready([program.name for program in services], seconds=READY_SECONDS)
    environment = product_environment(embedded, port, socket_port)
    prepare(supervisor, embedded, environment)
    programs = product_programs(environment, port, socket_port)
    for program in programs:
        if program.name not in LATE:
            supervisor.start(program)
    supervisor.publish(url=f"http://{HOST}:{port}", port=port, socket_port=socket_port)
    supervisor.wait_ready(FACES, seconds=READY_SECONDS)
    for program in programs:
        if program.name in LATE:
            supervisor.start(program)
    supervisor.publish(ready=True)


def product_environment(embedded: Embedded, port: int, socket_port: int) -> dict[str, str]:
    """What every process of the product gets."""
    return (
        # gunicorn's own name for the number of its processes.
        {"WEB_CONCURRENCY": str(min(max(2, os.cpu_count() or 1), MOST_WEB_PROCESSES))}
        | os.environ
        | embedded.variables()
        | {
            "PORT": str(port),
            "SOCKET_PORT": str(socket_port),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "acdconfig.settings",
            # Celery advises against root because of pickled messages; ours are JSON only.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
    )


def product_programs(environment: dict[str, str], port: int, socket_port: int) -> list[Program]:
    """The product's own processes, in the order of their start."""
    python = sys.executable
    # Loaded once and then divided: the processes share the memory of what is loaded.
    gunicorn = [python, "-m", "gunicorn", "acdconfig.wsgi:application", "--preload", "-k", "gthread"]
    gunicorn += ["--threads", "8", "-b", f"{HOST}:{port}", "--no-control-socket", "--log-level", "warning"]
    # The default of 2 s closes connections that clients still believe in: their next request fails.
    gunicorn += ["--graceful-timeout", "5", "--keep-alive", "75"]
    uvicorn = [
        python,
        "-m",
        "uvicorn",
        "acdconfig.asgi:application",
        # WEB_CONCURRENCY is for the pages only.
        "--workers",
        "1",
        "--host",
        HOST,
        "--port",
        str(socket_port),
    ]
    uvicorn += [
        "--ws-ping-interval",
        "5",
        "--ws-ping-timeout",
        "10",
        # Each socket would compress by itself what is sent to all, and keep the memory for it.
        "--ws-per-message-deflate",
        "false",
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    uvicorn += ["--timeout-graceful-shutdown", "2"]
    celery = [python, "-m", "celery", "--quiet", "-A", "acdconfig", "worker"]
    celery += ["-O", "fair", "--without-gossip", "--without-mingle", "-l", "INFO"]
    # One may be on watch for texts that come in; two send.
    texts = [*celery, "-n", "texts@%h", "-Q", "inbound,routing,outbound", "-c", "3"]
    # Apart, and behind them: a plan that takes a minute, or a system that does not answer, holds up no reply.
    bulk = ["nice", "-n", "10", *celery, "-n", "bulk@%h", "-Q", "bulk", "-c", "2"]
    sweeper = [python, "manage.py", "sweep"]

    metrics = Path(environment.get("DATA_DIR", ".")) / "metrics" / str(port)
    counted = environment | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}

    def program(name: str, command: list[str], is_ready: Callable[[], bool] | None = None) -> Program:
        return Program(name, command, environment, CHECKOUT, is_ready=is_ready)

    return [
        Program(
            "web",
            gunicorn,
            counted,
            CHECKOUT,
            prepare=lambda: _empty(metrics),
            is_ready=lambda: serves_http(port),
        ),
        program("socket", uvicorn, lambda: answers(socket_port)),
        program("worker", texts),
        program("worker-bulk", bulk),
        program("sweeper-1", sweeper),
        program("sweeper-2", sweeper),
    ]


def _empty(folder: Path) -> None:
    """A folder in which the processes of `web` count: what they counted before their start is over."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def prepare(supervisor: Supervisor, embedded: Embedded, environment: dict[str, str]) -> None:
    """Migrate the database, and load the demo into the embedded one.

    An embedded database that the same code prepared before is left as it is: a second start takes no time for
    it.
    """
    stamp = embedded.home.postgres / "prepared"
    fingerprint = code_fingerprint(CHECKOUT) if embedded.postgres else ""
    if fingerprint and stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("Preparing the database…")
    python = sys.executable
    migrate = [python, "manage.py", "migrate", "--noinput"]
    supervisor.run_once(Program("migrate", migrate, environment, CHECKOUT, quiet=True))
    if embedded.postgres:
        passwords = json.dumps(embedded.credentials.demo_passwords)
        demo = environment | {"ACD_DEMO_PASSWORDS": passwords}
        load_demo = [python, "manage.py", "load_demo"]
        supervisor.run_once(Program("load_demo", load_demo, demo, CHECKOUT, quiet=True))
        write_private(stamp, fingerprint)


def code_fingerprint(checkout: Path) -> str:
    """A digest of the product's Python code and locked dependencies: what decides the schema and the demo."""
    digest = hashlib.sha256()
    for path in _code_files(checkout):
        digest.update(str(path.relative_to(checkout)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _code_files(checkout: Path) -> Iterator[Path]:
    for package in sorted(path.parent for path in checkout.glob("*/__init__.py")):
        if package.name not in ("tests", "launcher", "bench"):
            yield from sorted(package.rglob("*.py"))
            yield from sorted(package.rglob("*.json"))
    yield checkout / "requirements" / "base.txt"


def chosen_port() -> int:
    """PORT, or 8000. Raises LauncherError when something listens there already."""
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LauncherError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    if not _may_listen(port):
        other = 8080 if port != 8080 else 8090
        raise LauncherError(
            f"Port {port} on {HOST} is in use by another program. Stop it, or choose another port: "
            f"PORT={other} make run"
        )
    return port


def chosen_socket_port(port: int) -> int:
    """SOCKET_PORT, or the first free port after `port`."""
    text = os.environ.get("SOCKET_PORT", "")
    if text.isdigit() and int(text):
        if not _may_listen(int(text)):
            raise LauncherError(f"Port {text} on {HOST} (SOCKET_PORT) is in use by another program.")
        return int(text)
    for candidate in range(port + 1, min(port + SOCKET_PORT_CHOICES, 65536)):
        if _may_listen(candidate):
            return candidate
    raise LauncherError(f"No free port after {port} for the agents' sockets: set SOCKET_PORT.")


def _may_listen(port: int) -> bool:
    # A bind with SO_REUSEADDR succeeds beside a listener on 0.0.0.0 on some systems: ask by connecting too.
    return is_free(port) and not answers(port)


def answers(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=0.5):
        return True
    return False


def serves_http(port: int) -> bool:
    """Whether the server answers a request: gunicorn opens its port before the code is loaded."""
    link = http.client.HTTPConnection(HOST, port, timeout=0.5)
    try:
        link.request("GET", "/health/live")
        link.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
    return True


def _announce(embedded: Embedded, port: int, seconds: float) -> None:
    url = f"http://{HOST}:{port}"
    lines = ["", f"acdconfig is ready ({seconds:.1f} s): {url}/", ""]
    if embedded.postgres:
        lines += ["Demo users and their passwords:"]
        lines += [f"  {user:<12} {word}" for user, word in embedded.credentials.demo_passwords.items()]
        lines += [
            "",
            "Try first:",
            f"  1. {url}/agent/ in one window: sign in as agent.one and become available",
            f"  2. {url}/simulator/ in another (private) window: sign in as admin and text the number shown",
            "  3. answer the pop-up, reply, end the contact with a disposition",
            "",
        ]
    lines += [f"Data and logs: {_shown(embedded.home)}. Ctrl-C stops everything.", ""]
    say("\n".join(lines))


def _shown(home: Home) -> str:
    return str(home.data.relative_to(CHECKOUT)) if home.data.is_relative_to(CHECKOUT) else str(home.data)
