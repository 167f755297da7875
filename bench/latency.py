"""From the webhook call to the offer's frame on the agent's socket, with the whole product running."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import websockets

from bench.load import text
from bench.report import Row, cpu_seconds

GOAL_P50_MS, GOAL_P99_MS = 25, 100
GOAL_CPU_MS, CPU_GOAL_FROM = 15, 100
SECONDS = 20
WARM_UP_TEXTS = 40
"""Each process and each connection to PostgreSQL meets its first texts before the clock runs."""
CONNECTIONS = 16
CUSTOMERS = itertools.count()
"""Nobody texts twice: his second text would join his open contact, and bring no offer."""


class Provider:
    """Calls the webhook over lasting connections, with nothing that would take the product's processors."""

    def __init__(self, webhook: str) -> None:
        target = urlsplit(webhook)
        self._host, self._port, self._path = target.hostname or "", target.port or 80, target.path
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def connect(self) -> None:
        for _number in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection(self._host, self._port))

    async def deliver(self, data: dict[str, str]) -> None:
        body = json.dumps(data)
        reader, writer = await self._free.get()
        writer.write(
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"the webhook answered {head.splitlines()[0]!r}")
        length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        self._free.put_nowait((reader, writer))

    async def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait()[1].close()


async def _listen(url: str, token: str, arrived: dict[str, float], ready: asyncio.Event) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(
        url, additional_headers=headers, max_size=None, compression=None, ping_interval=None
    ) as socket:
        async for raw in socket:
            now = time.perf_counter()
            ready.set()
            if '"offer.made"' in str(raw):
                arrived.setdefault(json.loads(raw)["data"]["text"], now)


async def _send(provider: Provider, data: dict[str, str], sent: dict[str, float]) -> None:
    sent[data["text"]] = time.perf_counter()
    await provider.deliver(data)


async def _text_all(
    provider: Provider, rate: int, count: int, label: str, arrived: dict[str, float]
) -> dict[str, float]:
    """When each was sent; returns when all have their offers, or 30 s after the last."""
    sent: dict[str, float] = {}
    data = [text(label, number, customer=next(CUSTOMERS)) for number in range(count)]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as calls:
        for number, one in enumerate(data):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            calls.create_task(_send(provider, one, sent))
    deadline = time.perf_counter() + 30
    while not sent.keys() <= arrived.keys() and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
    return sent


async def _run(
    webhook: str, socket: str, tokens: list[str], rate: int, label: str, processes: dict[str, int]
) -> tuple[list[float], dict[str, float]]:
    """Seconds until each text's offer, and CPU seconds by program meanwhile."""
    arrived: dict[str, float] = {}
    readies = [asyncio.Event() for _token in tokens]
    listeners = [
        asyncio.create_task(_listen(socket, token, arrived, ready))
        for token, ready in zip(tokens, readies, strict=True)
    ]
    await asyncio.gather(*(ready.wait() for ready in readies))
    provider = Provider(webhook)
    await provider.connect()
    await _text_all(provider, rate, WARM_UP_TEXTS, f"{label}-warm-up", arrived)
    used = cpu_by_program(processes)
    sent = await _text_all(provider, rate, rate * SECONDS, label, arrived)
    spent = {name: seconds - used[name] for name, seconds in cpu_by_program(processes).items()}
    await provider.close()
    for listener in listeners:
        listener.cancel()
    return [arrived.get(words, float("inf")) - at for words, at in sent.items()], spent


def cpu_by_program(processes: dict[str, int]) -> dict[str, float]:
    """CPU seconds that each has used so far, and these clients."""
    return {name: cpu_seconds(pid) for name, pid in processes.items()} | {"clients": time.process_time()}


def programs(data: Path) -> dict[str, int]:
    """The process ids of the running product's programs, by name; both sweepers count."""
    found: dict[str, int] = json.loads((data / "run.json").read_text())["processes"]
    return {name: pid for name, pid in found.items() if Path(f"/proc/{pid}").exists() and pid != os.getpid()}


def measure(
    *, webhook: str, socket: str, tokens: list[str], rate: int, processes: dict[str, int]
) -> list[Row]:
    """`rate` texts a second for 20 s, after a warm-up. `processes` are those whose CPU counts."""
    label = f"r{rate}-{int(time.time())}"
    delays, spent = asyncio.run(_run(webhook, socket, tokens, rate, label, processes))
    delays.sort()
    p50 = 1000 * statistics.median(delays)
    p99 = 1000 * delays[int(0.99 * len(delays))]
    lost = sum(delay == float("inf") for delay in delays)
    cpu = {name: 1000 * seconds / max(1, len(delays) - lost) for name, seconds in spent.items()}
    clients = cpu.pop("clients")
    shares = ", ".join(f"{name} {value:.1f}" for name, value in cpu.items() if value >= 0.05)
    name = f"webhook to offer frame at {rate}/s"
    # At a low rate what the processes do anyway is shared by few texts.
    goal: dict[str, Any] = {}
    if rate >= CPU_GOAL_FROM:
        goal = {"goal": f"<= {GOAL_CPU_MS}", "passed": sum(cpu.values()) <= GOAL_CPU_MS}
    return [
        Row(f"{name}, p50", p50, goal=f"<= {GOAL_P50_MS}", passed=p50 <= GOAL_P50_MS, unit=" ms",
            detail=f"{len(delays)} texts, {lost} without an offer"),
        Row(f"{name}, p99", p99, goal=f"<= {GOAL_P99_MS}", passed=p99 <= GOAL_P99_MS, unit=" ms"),
        Row(f"CPU per text at {rate}/s", sum(cpu.values()), unit=" ms", **goal,
            detail=f"{shares}; clients beside it {clients:.1f}"),
    ]  # fmt: skip
