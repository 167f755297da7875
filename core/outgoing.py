"""One HTTP call to an address that a person configured, which must not lead into our own network.

The name is resolved once, every address it has is checked, and the connection is made to a checked address,
so that a second answer of the name server changes nothing. Redirects are not followed. Bounded in time and
size; no proxy of the environment, no cookies, no credentials in the address.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx
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
    body: str | None = None,
    seconds: float,
) -> Answer:
    """Make the call. Raises CallRefused, CallFailed.

    `seconds` is for everything after the name look-up. Hosts of the setting OUTGOING_PRIVATE_HOSTS
    (`host:port`) may be private: systems beside ours that the operator vouches for.
    """
    host, port, checked = _checked(url)
    parts = urlsplit(url)
    name = f"[{checked}]" if checked.version == 6 else str(checked)
    target = parts._replace(netloc=f"{name}:{port}").geturl()
    sent = {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"}
    ends = time.monotonic() + seconds
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=httpx.Timeout(seconds)) as client,
            client.stream(
                method,
                target,
                headers=sent,
                content=None if body is None else body.encode(),
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return Answer(answer.status_code, _read(answer, ends))
    except httpx.TimeoutException as error:
        raise CallFailed("timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise CallFailed("unreachable") from error


def _read(answer: httpx.Response, ends: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in answer.iter_raw():
        size += len(piece)
        if size > MOST_BYTES:
            raise CallFailed("too_large")
        if time.monotonic() > ends:
            raise CallFailed("timeout")
        pieces.append(piece)
    return b"".join(pieces)


def _checked(url: str) -> tuple[str, int, Address]:
    """The host, the port, and one of its addresses, all of which were looked at."""
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
    return host, port, addresses[0]


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
