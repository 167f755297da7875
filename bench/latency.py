"""From the webhook call to the offer's frame on the agent's socket, with the whole product running."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

import httpx
import websockets

from bench.load import text
from bench.report import Row

GOAL_P50_MS, GOAL_P99_MS = 25, 100
SECONDS = 20


async def _listen(url: str, token: str, arrived: dict[str, float], ready: asyncio.Event) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(url, additional_headers=headers, max_size=None) as socket:
        async for raw in socket:
            now = time.perf_counter()
            frame = json.loads(raw)
            if frame["type"] == "snapshot":
                ready.set()
            elif frame["type"] == "offer.made":
                arrived.setdefault(frame["data"]["text"], now)


async def _send(client: httpx.AsyncClient, url: str, data: dict[str, str], sent: dict[str, float]) -> None:
    sent[data["text"]] = time.perf_counter()
    response = await client.post(url, json=data)
    response.raise_for_status()


async def _run(webhook: str, socket: str, tokens: list[str], rate: int, label: str) -> list[float]:
    arrived: dict[str, float] = {}
    sent: dict[str, float] = {}
    readies = [asyncio.Event() for _token in tokens]
    listeners = [
        asyncio.create_task(_listen(socket, token, arrived, ready))
        for token, ready in zip(tokens, readies, strict=True)
    ]
    await asyncio.gather(*(ready.wait() for ready in readies))
    async with httpx.AsyncClient(timeout=30) as client:
        began = time.perf_counter()
        calls = []
        for number in range(rate * SECONDS):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            data = text(label, number, customers=100_000)
            calls.append(asyncio.create_task(_send(client, webhook, data, sent)))
        await asyncio.gather(*calls)
        deadline = time.perf_counter() + 30
        while len(arrived) < len(sent) and time.perf_counter() < deadline:
            await asyncio.sleep(0.1)
    for listener in listeners:
        listener.cancel()
    return [arrived.get(words, float("inf")) - at for words, at in sent.items()]


def measure(*, webhook: str, socket: str, tokens: list[str], rate: int) -> list[Row]:
    """`rate` texts a second for 20 s, each of another customer."""
    label = f"r{rate}-{int(time.time())}"
    delays = sorted(asyncio.run(_run(webhook, socket, tokens, rate, label)))
    p50 = 1000 * statistics.median(delays)
    p99 = 1000 * delays[int(0.99 * len(delays))]
    lost = sum(delay == float("inf") for delay in delays)
    name = f"webhook to offer frame at {rate}/s"
    return [
        Row(f"{name}, p50", p50, goal=f"<= {GOAL_P50_MS}", passed=p50 <= GOAL_P50_MS, unit=" ms",
            detail=f"{len(delays)} texts, {lost} without an offer"),
        Row(f"{name}, p99", p99, goal=f"<= {GOAL_P99_MS}", passed=p99 <= GOAL_P99_MS, unit=" ms"),
    ]  # fmt: skip
