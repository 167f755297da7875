"""One POST to a provider, bounded in time and size, and an answer to what matters: was anything written?"""

from __future__ import annotations

import atexit
import os
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import httpcore
import httpx

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 15.0
MAX_ANSWER_BYTES: Final = 64 * 1024
# Shorter than the idle time of common proxies: a connection closed under a request leaves its fate open.
KEEPALIVE_SECONDS: Final = 15.0
MAX_CONNECTIONS: Final = 20


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds to connect, between two bytes, and for the whole exchange (name look-up apart)."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    total: float = TOTAL_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    status: int
    body: bytes
    retry_after_seconds: float | None = None


class NotReached(Exception):
    """No byte of the request was written: sending again cannot double it."""


class NoAnswer(Exception):
    """The request may have been received, but no complete answer came back."""


_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_clients: dict[int, httpx.Client] = {}
_lock = threading.Lock()


def post(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    json: Any = None,
    auth: tuple[str, str] | None = None,
    limits: TimeLimits | None = None,
) -> Answer:
    """POST a form or JSON and read the answer. Redirects, cookies and proxies of the environment are ignored.

    Raises NotReached when nothing was written, NoAnswer when the fate of the request is open.
    """
    limits = limits or TimeLimits()
    timeout = httpx.Timeout(limits.read, connect=limits.connect, pool=limits.connect)
    token = _deadline.set(time.monotonic() + limits.total)
    try:
        with _client().stream("POST", url, data=form, json=json, auth=auth, timeout=timeout) as response:
            body = _bounded(response)
            wait = response.headers.get("retry-after")
            return Answer(response.status_code, body, _seconds(wait))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotReached(type(error).__name__) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise NotReached(type(error).__name__) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        _deadline.reset(token)


def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise NoAnswer("AnswerTooLarge")
    return bytes(body)


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds; its date form is not used by SMS providers."""
    if value is None or not value.strip().isdigit() or len(value) > 6:
        return None
    return float(value)


def _client() -> httpx.Client:
    """One client per process, shared by its threads; a forked child must not use its parent's connections."""
    with _lock:
        client = _clients.get(os.getpid())
        if client is None:
            _clients.clear()
            client = _clients[os.getpid()] = _new_client()
        return client


def close_client() -> None:
    """Close this process's connections; the next request opens new ones."""
    with _lock:
        client = _clients.pop(os.getpid(), None)
    if client is not None:
        client.close()


atexit.register(close_client)


def _new_client() -> httpx.Client:
    client = httpx.Client(
        transport=_BoundedTransport(),
        follow_redirects=False,
        trust_env=False,
        headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "acdconfig"},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


class _BoundedTransport(httpx.HTTPTransport):
    """The transport of httpx over a network that knows the deadline of the whole exchange.

    httpx limits each read on its own, so a peer that sends one byte at a time could hold a worker for ever.
    """

    def __init__(self) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_DeadlineBackend(),
        )


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._backend.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the exchange took too long")
    return left if timeout is None else min(timeout, left)
