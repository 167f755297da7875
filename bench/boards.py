"""Five hundred desks and a hundred boards at once: how late pushes are, and what an idle socket costs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import websockets

from bench.latency import Provider, cpu_by_program
from bench.load import text
from bench.report import Row, tree

DESKS, BOARDS = int(os.environ.get("BENCH_DESKS", "500")), int(os.environ.get("BENCH_BOARDS", "100"))
RATE, SECONDS = int(os.environ.get("BENCH_RATE", "50")), int(os.environ.get("BENCH_SECONDS", "20"))
GOAL_MS = 250
AT_ONCE = 20
SETTLE_SECONDS = 5.0
WARM_UP_TEXTS = 100
LEFT_SECONDS = 30.0

_CUSTOMER = re.compile(r'"customer": "([^"]+)"')
_AT = re.compile(r'"at": "([^"]+)"')


@dataclass
class Seen:
    """What the sockets were sent. Seconds of this machine's clock, which is the database's too."""

    offers: dict[str, float] = field(default_factory=dict)
    """By the text of a customer: when its offer was on a desk."""
    boards: dict[str, list[float]] = field(default_factory=dict)
    """By his number: when his contact was first on each of the boards."""
    delays: list[float] = field(default_factory=list)
    """Of each frame of each board: from the reading of the board to its arrival."""
    bytes: int = 0


async def _desk(url: str, token: str, seen: Seen, ready: asyncio.Event) -> None:
    async with _open(url, token) as socket:
        async for raw in socket:
            now = time.time()
            ready.set()
            if '"offer.made"' in str(raw):
                seen.offers.setdefault(json.loads(raw)["data"]["text"], now)


async def _board(url: str, token: str, seen: Seen, ready: asyncio.Event) -> None:
    known: set[str] = set()
    async with _open(url, token) as socket:
        async for raw in socket:
            now = time.time()
            seen.bytes += len(raw)
            if not ready.is_set():
                ready.set()
                continue
            frame = str(raw)
            at = _AT.search(frame[:200])
            if at:
                seen.delays.append(now - datetime.fromisoformat(at[1]).timestamp())
            for customer in _CUSTOMER.findall(frame):
                if customer not in known:
                    known.add(customer)
                    seen.boards.setdefault(customer, []).append(now)


def _open(url: str, token: str) -> websockets.connect:
    headers = {"Authorization": f"Bearer {token}"}
    # The clients stand on the same machine: what they do themselves is not to be measured.
    return websockets.connect(
        url, additional_headers=headers, max_size=None, compression=None, ping_interval=None, open_timeout=60
    )


async def _connect(
    group: asyncio.TaskGroup, start: Callable[[asyncio.Event], Awaitable[None]], count: int
) -> list[asyncio.Task[None]]:
    """So many sockets, a few at a time, each with its first picture."""
    tasks: list[asyncio.Task[None]] = []
    for first in range(0, count, AT_ONCE):
        events = [asyncio.Event() for _one in range(min(AT_ONCE, count - first))]
        tasks += [group.create_task(start(event)) for event in events]  # type: ignore[arg-type]  # coroutines
        await asyncio.gather(*(event.wait() for event in events))
    return tasks


def _memory(pid: int) -> float:
    """Of a program with its children, in kB: what is its own, and its part of what is shared."""
    total = 0.0
    for one in tree(pid):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
        total += float(found[1]) if found else 0.0
    return total


async def _text_all(provider: Provider, count: int, label: str, first: int) -> dict[str, tuple[float, str]]:
    """By the text: when it was sent, and from which number."""
    sent: dict[str, tuple[float, str]] = {}
    began = time.perf_counter()

    async def send(data: dict[str, str]) -> None:
        sent[data["text"]] = (time.time(), f"+{data['msisdn']}")
        await provider.deliver(data)

    async with asyncio.TaskGroup() as calls:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            calls.create_task(send(text(label, number, customer=first + number)))
    return sent


async def _run(
    webhook: str, desk: str, board: str, tokens: list[str], supervisor: str, processes: dict[str, int]
) -> list[Row]:
    seen, pid = Seen(), processes["socket"]
    waiting = list(tokens)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        # What the first sockets load is no part of what each costs.
        for token in waiting[:AT_ONCE]:
            await stack.enter_async_context(_open(desk, token))
        await stack.enter_async_context(_open(board, supervisor))
        await asyncio.sleep(SETTLE_SECONDS)
        bare = _memory(pid)
        tasks = await _connect(group, lambda ready: _desk(desk, waiting.pop(), seen, ready), len(tokens))
        await asyncio.sleep(SETTLE_SECONDS)
        with_desks = _memory(pid)
        tasks += await _connect(group, lambda ready: _board(board, supervisor, seen, ready), BOARDS)
        await asyncio.sleep(SETTLE_SECONDS)
        with_boards = _memory(pid)
        await stack.aclose()
        provider = Provider(webhook)
        await provider.connect()
        label = f"boards-{int(time.time())}"
        await _text_all(provider, WARM_UP_TEXTS, f"{label}-warm-up", 0)
        await asyncio.sleep(SETTLE_SECONDS)
        seen.delays.clear()
        seen.bytes = 0
        used = cpu_by_program(processes)
        sent = await _text_all(provider, RATE * SECONDS, label, WARM_UP_TEXTS)
        deadline = time.monotonic() + LEFT_SECONDS
        while time.monotonic() < deadline and not _is_complete(sent, seen):
            await asyncio.sleep(0.2)
        spent = {name: seconds - used[name] for name, seconds in cpu_by_program(processes).items()}
        await provider.close()
        for task in tasks:
            task.cancel()
    memory = ((with_desks - bare) / len(tokens), (with_boards - with_desks) / BOARDS)
    return _rows(sent, seen, memory=memory, spent=spent)


def _is_complete(sent: dict[str, tuple[float, str]], seen: Seen) -> bool:
    return sent.keys() <= seen.offers.keys() and all(
        len(seen.boards.get(number, ())) == BOARDS for _at, number in sent.values()
    )


def _rows(
    sent: dict[str, tuple[float, str]],
    seen: Seen,
    *,
    memory: tuple[float, float],
    spent: dict[str, float],
) -> list[Row]:
    never = float("inf")
    offers = sorted(seen.offers.get(words, never) - at for words, (at, _number) in sent.items())
    late = sorted(
        when - at
        for at, number in sent.values()
        for when in [*seen.boards.get(number, ()), *[never] * (BOARDS - len(seen.boards.get(number, ())))]
    )
    frames = f"{len(seen.delays):,} frames, {seen.bytes / 1e6 / SECONDS:.1f} MB/s"
    cpu = dict(spent)
    clients = f"{1000 * cpu.pop('clients') / len(sent):.1f}"
    shares = ", ".join(
        f"{name} {1000 * value / len(sent):.1f}" for name, value in cpu.items() if value >= 0.05
    )
    lost = sum(one == never for one in late)
    return [
        _row(f"{DESKS} desks, {BOARDS} boards: text to desk, p50", offers, 0.5, f"{len(offers):,} texts"),
        _row("text to desk, p99", offers, 0.99, f"{offers.count(never)} never", is_goal=True),
        _row("board: read to shown, p50", sorted(seen.delays), 0.5, frames),
        _row("board: read to shown, p99", sorted(seen.delays), 0.99, is_goal=True),
        _row("text to board, p50 (read twice a second)", late, 0.5, f"{lost} never"),
        _row("text to board, p99", late, 0.99),
        Row(
            "CPU per text",
            1000 * sum(cpu.values()) / len(sent),
            unit=" ms",
            detail=f"{shares}; clients {clients}",
        ),
        Row("memory of an idle desk socket", memory[0], unit=" kB", detail="of the socket process"),
        Row("memory of an idle board socket", memory[1], unit=" kB"),
    ]


def _row(name: str, ordered: list[float], share: float, detail: str = "", *, is_goal: bool = False) -> Row:
    value = 1000 * _percentile(ordered, share)
    if not is_goal:
        return Row(name, value, unit=" ms", detail=detail)
    return Row(name, value, unit=" ms", detail=detail, goal=f"<= {GOAL_MS}", passed=value <= GOAL_MS)


def _percentile(ordered: list[float], share: float) -> float:
    if not ordered:
        return float("inf")
    return statistics.median(ordered) if share == 0.5 else ordered[int(share * len(ordered))]


def measure(
    *, webhook: str, desk: str, board: str, tokens: list[str], supervisor: str, processes: dict[str, int]
) -> list[Row]:
    """`tokens` are of agents who are available; `supervisor` is of whoever looks at the boards."""
    assert processes["socket"] != os.getpid()
    return asyncio.run(_run(webhook, desk, board, tokens, supervisor, processes))
