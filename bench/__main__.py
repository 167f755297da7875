"""Runs the benchmarks and prints one table. `make bench ARGS=webhooks` runs one part."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench import assignment, boards, interpreter, latency, simulation, studio, timers, webhooks
from bench.report import Row, heading
from launcher.embedded import available
from launcher.valkey import choose_port

PARTS = (
    "webhooks",
    "latency",
    "assignment",
    "timers",
    "boards",
    "lists",
    "simulation",
    "interpreter",
    "reports",
    "studio",
)
LIST_GOAL_MS = 300.0
REPORT_GOAL_MS = 2000.0


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _prepared(environment: dict[str, str], *, agents: int = 100) -> dict[str, object]:
    code = f"from bench.prepare import main; main({agents})"
    return dict(json.loads(_manage(environment, "shell", "-v0", "-c", code)))


def bench_webhooks(folder: Path) -> list[Row]:
    """Only PostgreSQL and the web process run, so the ratio is of the two views alone."""
    os.environ["DATA_DIR"] = str(folder / "webhooks")
    with available(purpose="make bench") as services:
        environment = services | {"DJANGO_SETTINGS_MODULE": "bench.settings", "ACD_EMBEDDED": "1"}
        _manage(environment, "migrate", "-v0", "--run-syncdb")
        _manage(environment, "load_demo")
        token = _prepared(environment)["webhook_token"]
        return webhooks.measure(environment, f"/webhooks/nexmo/{token}/inbound")


@contextmanager
def product(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The whole product, as `make run` starts it."""
    port = choose_port()
    environment = {"DATA_DIR": str(folder / "product"), "PORT": str(port)}
    log = (folder / "product.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "launcher", "run"], env=os.environ | environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(300):
            try:
                if httpx.get(f"{url}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        yield url, environment
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        log.close()


def bench_latency(folder: Path) -> list[Row]:
    """The whole product runs on the same machine as the clients."""
    with product(folder) as (url, environment):
        made = _prepared(environment)
        tokens = [str(token) for token in made["tokens"]]  # type: ignore[attr-defined]  # a list of texts
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            httpx.put(f"{url}/api/v1/me/state", json={"state": "available"}, headers=headers)
        headers = {"Authorization": f"Bearer {tokens[0]}"}
        socket = httpx.get(f"{url}/api/v1/me/workspace", headers=headers).json()["socket_url"]
        webhook = f"{url}/webhooks/nexmo/{made['webhook_token']}/inbound"
        processes = latency.programs(Path(environment["DATA_DIR"]))
        rows: list[Row] = []
        for rate in (20, 100):
            rows += latency.measure(
                webhook=webhook, socket=socket, tokens=tokens, rate=rate, processes=processes
            )
        return rows


def bench_studio(folder: Path) -> list[Row]:
    """The whole product and a browser run on the same machine."""
    with product(folder) as (url, environment):
        kept = json.loads((Path(environment["DATA_DIR"]) / "secrets.json").read_text())
        return studio.measure(url, kept["demo_passwords"]["admin"])


def bench_boards(folder: Path) -> list[Row]:
    """The whole product runs on the same machine as the clients, which are this process."""
    with product(folder) as (url, environment):
        made = _prepared(environment, agents=boards.DESKS)
        tokens = [str(token) for token in made["tokens"]]  # type: ignore[attr-defined]  # a list of texts
        with httpx.Client(base_url=url, timeout=30) as client:
            for token in tokens:
                client.put("/api/v1/me/state", json={"state": "available"}, headers=_bearer(token))
            workspace = client.get("/api/v1/me/workspace", headers=_bearer(tokens[0])).json()
        desk = workspace["socket_url"]
        return boards.measure(
            webhook=f"{url}/webhooks/nexmo/{made['webhook_token']}/inbound",
            desk=desk,
            board=desk.replace("/ws/workspace", "/ws/supervisor"),
            tokens=tokens,
            supervisor=str(made["supervisor"]),
            processes=latency.programs(Path(environment["DATA_DIR"])),
        )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def bench_assignment(folder: Path) -> list[Row]:
    """Only PostgreSQL runs, with a database for each backlog; BENCH_SMOKE=1 makes them small."""
    os.environ["DATA_DIR"] = str(folder / "assignment")
    with available(purpose="make bench") as services:
        environment = services | {"ACD_EMBEDDED": "1"}
        _manage(environment, "migrate", "-v0")
        _manage(environment, "load_demo")
        return assignment.measure(environment)


def bench_timers(folder: Path) -> list[Row]:
    """PostgreSQL, Valkey and two sweepers; BENCH_OFFERS and BENCH_SPREAD (seconds) make it smaller."""
    os.environ["DATA_DIR"] = str(folder / "timers")
    with available(purpose="make bench") as services:
        environment = services | {"ACD_EMBEDDED": "1"}
        _manage(environment, "migrate", "-v0")
        _manage(environment, "load_demo")
        kind = {"backlog": 2 * timers.OFFERS, "agents": timers.OFFERS, "skills": 1}
        _manage(
            environment | {"BENCH_FILL": json.dumps(kind)},
            "shell",
            "-v0",
            "-c",
            "from bench.dispatcher import fill; fill()",
        )
        return timers.measure(environment)


def bench_simulation(_folder: Path) -> list[Row]:
    """Needs neither database nor product."""
    return simulation.measure()


def bench_interpreter(_folder: Path) -> list[Row]:
    """Needs neither database nor product."""
    return interpreter.measure()


def bench_lists(folder: Path) -> list[Row]:
    """10,000 skills and 1,000 agents; only PostgreSQL runs, the pages are asked for inside one process."""
    os.environ["DATA_DIR"] = str(folder / "lists")
    with available(purpose="make bench") as services:
        environment = services | {"ACD_EMBEDDED": "1"}
        _manage(environment, "migrate", "-v0")
        _manage(environment, "load_demo")
        printed = _manage(environment, "shell", "-v0", "-c", "from bench.lists import main; main()")
    return [
        Row(
            name=f"{page['name']}, server time",
            value=page["median"],
            quartiles=tuple(page["quartiles"]),
            detail=f"{page['queries']} queries, {page['kilobytes']:.0f} kB",
            goal=f"< {LIST_GOAL_MS:.0f} ms",
            passed=page["median"] < LIST_GOAL_MS,
            unit=" ms",
        )
        for page in json.loads(printed)
    ]


def bench_reports(folder: Path) -> list[Row]:
    """Five million texts of a year (BENCH_MESSAGES changes it); only PostgreSQL runs."""
    os.environ["DATA_DIR"] = str(folder / "reports")
    with available(purpose="make bench") as services:
        environment = services | {"ACD_EMBEDDED": "1"}
        _manage(environment, "migrate", "-v0")
        _manage(environment, "load_demo")
        found = json.loads(
            _manage(environment, "shell", "-v0", "-c", "from bench.reports import main; main()")
        )
    texts = f"{found['texts']:,} texts"
    rows = [
        Row("reports: making the texts", found["filled"], detail=texts, unit=" s"),
        Row("reports: rebuilding all figures", found["rebuilt"], detail=texts, unit=" s"),
        Row("reports: following 1,000 contacts", found["followed"], unit=" s"),
    ]
    for page in found["pages"]:
        row = Row(
            name=f"{page['name']}, server time",
            value=page["median"],
            quartiles=tuple(page["quartiles"]),
            detail=f"first {page['first']:.0f} ms",
            goal=f"< {REPORT_GOAL_MS:.0f} ms",
            passed=page["median"] < REPORT_GOAL_MS and page["first"] < REPORT_GOAL_MS,
            unit=" ms",
        )
        rows.append(row)
    return rows


def main(chosen: list[str]) -> int:
    """Returns 1 when a goal is missed."""
    parts = {
        "webhooks": bench_webhooks,
        "latency": bench_latency,
        "assignment": bench_assignment,
        "timers": bench_timers,
        "lists": bench_lists,
        "simulation": bench_simulation,
        "interpreter": bench_interpreter,
        "reports": bench_reports,
        "studio": bench_studio,
        "boards": bench_boards,
    }
    rows: list[Row] = []
    print(heading())
    with tempfile.TemporaryDirectory(prefix="acdconfig-bench-") as folder:
        for name in chosen or PARTS:
            for row in parts[name](Path(folder)):
                print(row.line(), flush=True)
                rows.append(row)
    return 1 if any(row.passed is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
