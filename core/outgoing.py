"""One HTTP call to an address that a person configured, which must not lead into our own network.

The name is resolved once, every address it has is checked, and the connection is made to a checked address,
so that a second answer of the name server changes nothing. Redirects are not followed. Bounded in time and
size; no proxy of the environment, no cookies, no credentials in the address.

It is httpcore that speaks, below httpx: its network backend is where an address can be settled and where a
limit holds for the whole call, however slowly a host drips.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

MOST_BYTES: Final = 256 * 1024
PORTS: Final = frozenset({80, 443})

# What `is_global` lets through and which leads to addresses of other kinds: NAT64, 6to4, Teredo.
_TUNNELS: Final = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes


class CallRefused(Exception):
    """The address may not be called; nothing was sent. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CallFailed(Exception):
    """No complete answer came. `code` says why: timeout, unreachable, too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_public(address: Address) -> bool:
    """Whether an address is one of the public Internet: not private, local, shared, multicast or a tunnel."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: str | bytes | None = None,
    seconds: float,
) -> Answer:
    """Make the call. Raises CallRefused, CallFailed.

    `seconds` is for all together after the name look-up. Hosts of the setting OUTGOING_PRIVATE_HOSTS
    (`host:port`) may be private: systems beside ours that the operator vouches for.
    """
    address = _checked(url)
    content = body.encode() if isinstance(body, str) else body
    sent = {**headers, "Host": urlsplit(url).netloc, "Accept-Encoding": "identity"}
    if content is not None:
        sent["Content-Length"] = str(len(content))
    backend = _Pinned(str(address), time.monotonic() + seconds)
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream(
                method,
                urlsplit(url)._replace(fragment="").geturl(),
                headers=list(sent.items()),
                content=content,
            ) as answer,
        ):
            return Answer(answer.status, _read(answer.iter_stream()))
    except httpcore.TimeoutException as error:
        raise CallFailed("timeout") from error
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
        ssl.SSLError,
        UnicodeError,
        ValueError,
    ) as error:
        raise CallFailed("unreachable") from error


def _read(stream: Iterable[bytes]) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in stream:
        size += len(piece)
        if size > MOST_BYTES:
            raise CallFailed("too_large")
        pieces.append(piece)
    return b"".join(pieces)


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address, whatever the name says by now, and lets nothing last beyond a moment."""

    def __init__(self, address: str, ends: float) -> None:
        self._address, self._ends = address, ends

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._ends, timeout, httpcore.ConnectTimeout)
        stream = httpcore.SyncBackend().connect_tcp(self._address, port, left, local_address, socket_options)
        return _Ending(stream, self._ends)


class _Ending(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond a moment of the monotonic clock."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._ends, timeout, httpcore.ConnectTimeout)
        return _Ending(self._stream.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends: float, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
    """The seconds that are left. Raises `over` when none are."""
    left = ends - time.monotonic()
    if left <= 0:
        raise over
    return left if timeout is None else min(left, timeout)


def _checked(url: str) -> Address:
    """One of the addresses of the host, all of which were looked at. Raises CallRefused, CallFailed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise CallRefused("bad_address") from error
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise CallRefused("bad_address")
    port = port or (443 if parts.scheme == "https" else 80)
    is_vouched_for = f"{host}:{port}" in settings.OUTGOING_PRIVATE_HOSTS
    if not is_vouched_for and (port not in PORTS or parts.scheme != "https"):
        raise CallRefused("https_only")
    addresses = _addresses_of(host, port)
    if not is_vouched_for and not all(is_public(address) for address in addresses):
        raise CallRefused("private_address")
    return addresses[0]


def _addresses_of(host: str, port: int) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallFailed("unreachable") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
