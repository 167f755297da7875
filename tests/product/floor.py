"""A business unit of the running product: its number, its webhooks, its agents."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.product.nexmo import call, text_fields
from tests.product.product import Product, until

# 447700900001 is the number of the demo organisation.
_serials = itertools.count(101)


@dataclass(frozen=True, slots=True)
class Floor:
    """One business unit with one number, one skill and some agents."""

    number: str
    skill: int
    inbound: str
    status: str
    agents: list[dict[str, Any]]

    def text(self, sender: str, text: str, *, how: str = "get", message_id: str | None = None) -> None:
        """A customer texts the number; the provider's call must be answered 200."""
        fields = text_fields(sender=sender, to=self.number, text=text, message_id=message_id)
        answer = call(self.inbound, fields, how=how)
        assert answer.status_code == 200, answer.text


def open_floors(
    product: Product,
    *,
    count: int = 1,
    agents: int = 2,
    limit: int = 3,
    timeout: int = 15,
    disposition: bool = False,
    provider: str = "nexmo",
    password: str | None = None,
) -> Sequence[Floor]:
    """Business units that nobody else uses. `timeout` is the refusal timeout in seconds.

    The first agent has the best proficiency. Without a password they have only their tokens.
    """
    wishes = []
    for _ in range(count):
        serial = next(_serials)
        wishes.append(
            {
                "name": f"floor{serial}",
                "number": f"4477009{serial:05}",
                "agents": agents,
                "limit": limit,
                "timeout": timeout,
                "disposition": disposition,
                "provider": provider,
                "password": password,
            }
        )
    printed = product.run_python(f"from tests.product import building; building.main({wishes!r})")
    return [Floor(**built) for built in json.loads(printed)]


class Agent:
    """An agent's program: REST with a token, and the socket."""

    def __init__(self, product: Product, seat: dict[str, Any]) -> None:
        self.id: int = seat["id"]
        self.username: str = seat["username"]
        self._bearer = {"Authorization": f"Bearer {seat['token']}"}
        self._http = httpx.Client(base_url=f"{product.url}/api/v1/", headers=self._bearer, timeout=15)
        self.frames: list[tuple[float, dict[str, Any]]] = []
        """Each frame of the socket with the time.time() of its arrival."""
        self._stack = ExitStack()
        address = self.workspace()["socket_url"]
        self._socket = self._stack.enter_context(connect(address, additional_headers=self._bearer))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        try:
            for received in self._socket:
                self.frames.append((time.time(), json.loads(received)))
        except ConnectionClosed:
            return

    def close(self) -> None:
        self._stack.close()
        self._listener.join(5)
        self._http.close()

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def workspace(self) -> dict[str, Any]:
        return self.ask("GET", "me/workspace")

    def ask(self, method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """A request that must be answered with `status`."""
        answer = self._http.request(method, path, json=body if method != "GET" else None)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return dict(answer.json()) if answer.content else {}

    def become(self, state: str, reason: str = "") -> None:
        self.ask("PUT", "me/state", state=state, reason=reason)

    def pushes(self, kind: str, **expected: Any) -> list[tuple[float, dict[str, Any]]]:
        """Arrival and data of the pushes of a kind whose data has the expected values."""
        return [
            (at, frame["data"])
            for at, frame in list(self.frames)
            if frame["type"] == kind
            and all(frame["data"].get(name) == value for name, value in expected.items())
        ]

    def wait_for(self, kind: str, seconds: float = 10.0, **expected: Any) -> dict[str, Any]:
        """The data of the first such push."""
        return until(lambda: self.pushes(kind, **expected), seconds, f"{kind} {expected} at {self.username}")[
            0
        ][1]

    def numbers_have_no_gaps(self) -> bool:
        numbers = [frame["seq"] for _at, frame in self.frames if "seq" in frame]
        return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
