"""How many texts a second the webhook accepts, against a bare Django view with one ORM INSERT."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.load import Burst, burst
from bench.report import Row, cpu_seconds
from launcher.valkey import choose_port

GOAL = 0.8
ROUNDS = 15
SECONDS = 2.0


@contextmanager
def server(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The product's web process with the bare view beside its own."""
    port = choose_port()
    variables = os.environ | environment | {"DJANGO_SETTINGS_MODULE": "bench.settings", "PORT": str(port)}
    command = [str(Path(sys.executable).parent / "gunicorn"), "acdconfig.wsgi:application"]
    command += [
        "-k",
        "gthread",
        "-w",
        "1",
        "--threads",
        "8",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(command, env=variables)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/health/live")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    for _attempt in range(150):
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def measure(environment: dict[str, str], webhook_path: str) -> list[Row]:
    """Interleaved bursts of both views; the figure is the median of the ratios of neighbours."""
    ratios: list[float] = []
    found: dict[str, list[Burst]] = {"webhook": [], "bare": []}
    cpu: dict[str, list[float]] = {"webhook": [], "bare": []}
    with server(environment) as (url, pid):
        targets = {"webhook": url + webhook_path, "bare": url + "/bare"}
        for target in targets.values():
            burst(target, label=f"warm-{uuid.uuid4().hex[:6]}", seconds=1.0)
        for turn in range(ROUNDS):
            names = ["webhook", "bare"] if turn % 2 else ["bare", "webhook"]
            for name in names:
                before = cpu_seconds(pid)
                done = burst(targets[name], label=f"{name}-{turn}", seconds=SECONDS)
                cpu[name].append((cpu_seconds(pid) - before) / max(done.accepted, 1))
                found[name].append(done)
            ratios.append(found["webhook"][-1].per_second / found["bare"][-1].per_second)
    return [_row(name, found[name], cpu[name]) for name in found] + [_ratio(ratios)]


def _row(name: str, bursts: list[Burst], cpu: list[float]) -> Row:
    rates = [done.per_second for done in bursts]
    return Row(
        name=f"{name} view, accepted per second",
        value=statistics.median(rates),
        quartiles=_quartiles(rates),
        detail=f"p50 {_median(bursts, 0.5):.1f} ms, p99 {_median(bursts, 0.99):.1f} ms, "
        f"{1e6 * statistics.median(cpu):.0f} us CPU of the web process per call, "
        f"refused {sum(done.refused for done in bursts)}",
    )


def _median(bursts: list[Burst], share: float) -> float:
    return 1000 * statistics.median(done.percentile(share) for done in bursts)


def _quartiles(values: list[float]) -> tuple[float, float]:
    first, _middle, third = statistics.quantiles(values, n=4)
    return first, third


def _ratio(ratios: list[float]) -> Row:
    median = statistics.median(ratios)
    return Row(
        name="webhook / bare",
        value=median,
        quartiles=_quartiles(ratios),
        goal=f">= {GOAL}",
        passed=median >= GOAL,
    )
