"""Many customers who text at a steady pace, and many agents who accept, refuse and ignore at random."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.product.floor import Floor
from tests.product.nexmo import text_fields
from tests.product.product import Product

REFUSES, IGNORES = 0.15, 0.05
HANDLES_SECONDS = (5.0, 15.0)
HURRIES_SECONDS = (0.5, 2.0)
REPEATED = 0.02
BUSY_PAUSES_SECONDS = (0.15, 0.6)
"""As in assets/js/lib/http.js: the desk asks again before its agent hears of it."""


@dataclass(slots=True)
class Figures:
    """What the crowd saw. Seconds."""

    webhook_seconds: list[float] = field(default_factory=list)
    sending_seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


class Customers:
    """Text in rounds: everybody once, in random order, then again; each one text after the other."""

    def __init__(self, floor: Floor, chance: random.Random, figures: Figures) -> None:
        self.floor = floor
        self.chance = chance
        self.figures = figures
        self.sent: dict[str, list[str]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def text_all(self, *, customers: int, rounds: int, per_second: float) -> None:
        numbers = [f"3362{self.floor.number[-4:]}{place:04}" for place in range(customers)]
        self._turns = {number: asyncio.Lock() for number in numbers}
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        async with httpx.AsyncClient(limits=limits, timeout=30) as http, asyncio.TaskGroup() as group:
            began = time.monotonic()
            for count in range(customers * rounds):
                if count % customers == 0:
                    self.chance.shuffle(numbers)
                await asyncio.sleep(began + count / per_second - time.monotonic())
                group.create_task(self._text(http, numbers[count % customers]))
            self.figures.sending_seconds = time.monotonic() - began

    async def _text(self, http: httpx.AsyncClient, number: str) -> None:
        async with self._turns[number]:
            texts = self.sent.setdefault(number, [])
            text = f"text {len(texts) + 1} of {number}"
            texts.append(text)
            fields = text_fields(sender=number, to=self.floor.number, text=text)
            await self._call(http, fields)
            if self.chance.random() < REPEATED:
                await self._call(http, fields)

    async def _call(self, http: httpx.AsyncClient, fields: dict[str, str]) -> None:
        began = time.monotonic()
        try:
            answer = await http.get(self.floor.inbound, params=fields)
        except httpx.TransportError as error:
            self.figures.errors.append(f"webhook {error!r} after {time.monotonic() - began:.1f} s")
            return
        self.figures.webhook_seconds.append(time.monotonic() - began)
        if answer.status_code != 200:
            self.figures.errors.append(f"webhook {answer.status_code}")


class RandomAgent:
    """Accepts most, refuses some, lets some pass; replies, ends; comes back when he was set unavailable."""

    def __init__(
        self, product: Product, seat: dict[str, Any], chance: random.Random, figures: Figures
    ) -> None:
        self.id = seat["id"]
        self.chance = chance
        self.figures = figures
        self.is_diligent = False
        """From now on he accepts whatever is offered, and is quick."""
        self._bearer = {"Authorization": f"Bearer {seat['token']}"}
        self._http = httpx.AsyncClient(base_url=f"{product.url}/api/v1/", headers=self._bearer, timeout=30)

    async def work(self, stop: asyncio.Event) -> None:
        async with self._http, asyncio.TaskGroup() as jobs:
            await self._ask("PUT", "me/state", {"state": "available"})
            address = (await self._http.get("me/workspace")).json()["socket_url"]
            async with connect(address, additional_headers=self._bearer, max_queue=None) as socket:
                listening = jobs.create_task(self._listen(socket, jobs))
                await stop.wait()
            await listening

    async def _listen(self, socket: ClientConnection, jobs: asyncio.TaskGroup) -> None:
        try:
            async for received in socket:
                frame = json.loads(received)
                data = frame.get("data", {})
                if frame["type"] == "offer.made":
                    jobs.create_task(self._answer(data))
                elif frame["type"] == "snapshot":
                    for offer in data["offers"]:
                        jobs.create_task(self._answer(offer))
                elif frame["type"] == "state.changed" and data["state"] == "unavailable":
                    jobs.create_task(self._ask("PUT", "me/state", {"state": "available"}))
        except ConnectionClosed:
            return

    async def _answer(self, offer: dict[str, Any]) -> None:
        lot = 1.0 if self.is_diligent else self.chance.random()
        if lot < IGNORES:
            self.figures.answers["ignored"] += 1
            return
        if lot < IGNORES + REFUSES:
            if await self._ask("POST", f"offers/{offer['id']}/refuse"):
                self.figures.answers["refused"] += 1
            return
        if await self._ask("POST", f"offers/{offer['id']}/accept"):
            self.figures.answers["accepted"] += 1
            await self._handle(offer["contact"])

    async def _handle(self, contact: int) -> None:
        await self._ask("POST", f"contacts/{contact}/messages", {"text": "How can I help?"})
        await asyncio.sleep(self.chance.uniform(*(HURRIES_SECONDS if self.is_diligent else HANDLES_SECONDS)))
        await self._ask("POST", f"contacts/{contact}/end")

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> bool:
        try:
            answer = await self._patiently(method, path, body)
        except httpx.TransportError as error:
            self.figures.errors.append(f"{method} {path}: {error!r}")
            return False
        if answer.status_code == 409 and answer.json()["code"] == "offer_gone":
            self.figures.answers["gone"] += 1
            return False
        if answer.is_error:
            self.figures.errors.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.is_success

    async def _patiently(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        for pause in BUSY_PAUSES_SECONDS:
            answer = await self._http.request(method, path, json=body)
            if answer.status_code != 409 or answer.json()["code"] != "busy":
                return answer
            self.figures.answers["busy"] += 1
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
        return await self._http.request(method, path, json=body)
