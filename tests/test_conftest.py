"""The fixtures keep their promises."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import httpx
import pytest

from tests.conftest import NetworkBlocked


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("rest.nexmo.com", 443)])
def test_other_machines_cannot_be_reached(address: tuple[str, int]):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one, pytest.raises(NetworkBlocked):
        one.connect(address)
    with socket.socket(family, socket.SOCK_STREAM) as one, pytest.raises(NetworkBlocked):
        one.connect_ex(address)


def test_names_of_other_machines_are_not_looked_up():
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo("rest.nexmo.com", 443)
    with pytest.raises(NetworkBlocked):
        urllib.request.urlopen("http://rest.nexmo.com/")
    with pytest.raises(NetworkBlocked):
        httpx.get("https://rest.nexmo.com/")


def test_this_machine_can_be_reached(tmp_path: Path):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert _said_to(server, client) == b"hello"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
        assert _said_to(server, client) == b"hello"


def _said_to(server: socket.socket, client: socket.socket) -> bytes:
    client.sendall(b"hello")
    answering, _address = server.accept()
    with answering:
        return answering.recv(5)
