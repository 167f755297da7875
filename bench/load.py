"""Clients that send texts as a provider does. They run in processes of their own."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Burst:
    """What came of one burst: how many were accepted, in how many seconds, how long each took."""

    accepted: int
    refused: int
    seconds: float
    durations: list[float]

    @property
    def per_second(self) -> float:
        return self.accepted / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the calls was answered."""
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def text(label: str, number: int, *, customer: int) -> dict[str, str]:
    """One text as the SMS API delivers it; `customer` is 0 to 99,999."""
    return {
        "msisdn": f"4477009{customer:05d}",
        "to": "447700900001",
        "messageId": f"{label}-{number}",
        "text": f"bench {label} {number}",
        "type": "text",
        "keyword": "BENCH",
        "message-timestamp": "2026-11-23 12:00:00",
    }


def _client(url: str, label: str, until: float, durations: list[float], refused: list[int]) -> None:
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=30)
    number = 0
    while time.perf_counter() < until:
        body = json.dumps(text(label, number, customer=number % 500))
        number += 1
        began = time.perf_counter()
        connection.request("POST", target.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        durations.append(time.perf_counter() - began)
        if response.status != 200:
            refused.append(response.status)


def _process(
    url: str, label: str, seconds: float, clients: int, results: multiprocessing.Queue[Burst]
) -> None:
    durations: list[float] = []
    refused: list[int] = []
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_client, args=(url, f"{label}-{index}", began + seconds, durations, refused))
        for index in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    results.put(Burst(len(durations) - len(refused), len(refused), took, durations))


def burst(url: str, *, label: str, seconds: float, clients: int = 16) -> Burst:
    """As many texts as the server takes from so many clients at once, with lasting connections."""
    results: multiprocessing.Queue[Burst] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_process, args=(url, label, seconds, clients, results))
    process.start()
    done = results.get(timeout=seconds + 60)
    process.join()
    return done
