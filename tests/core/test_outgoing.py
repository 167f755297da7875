"""Calls to other systems: never into our own network, never for long, never large."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from core import outgoing
from core.outgoing import CallFailed, CallRefused, call, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "2001::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_internet(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_what_is(address: str):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7"))
def test_nothing_of_a_private_network(address: Any):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "bad_address"),
        ("https://", "bad_address"),
        ("https://user:secret@example.com/", "bad_address"),
        ("https://[::1", "bad_address"),
        ("https://example.com:70000/", "bad_address"),
        ("http://example.com/", "https_only"),
        ("https://example.com:8443/", "https_only"),
        ("https://127.0.0.1/", "private_address"),
        ("https://169.254.169.254/latest/meta-data/", "private_address"),
        ("https://[::1]/", "private_address"),
        ("https://[::ffff:10.0.0.1]/", "private_address"),
        ("https://localhost/", "private_address"),
    ],
)
def test_what_is_refused(url: str, code: str):
    with pytest.raises(CallRefused) as caught:
        call("GET", url, headers={}, seconds=1)
    assert caught.value.code == code


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_other_spellings_of_an_address(monkeypatch: pytest.MonkeyPatch, host: str):
    # As the look-up of the system reads them, which tests may not ask.
    def look_up(name: str, port: int, **_named: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (socket.inet_ntoa(socket.inet_aton(name)), port))]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    with pytest.raises(CallRefused, match="private_address"):
        call("GET", f"https://{host}/", headers={}, seconds=1)


def test_one_private_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch):
    answers = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_args, **_named: answers)
    with pytest.raises(CallRefused, match="private_address"):
        call("GET", "https://both.example.com/", headers={}, seconds=1)


class Handler(http.server.BaseHTTPRequestHandler):
    seen: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append({"path": self.path, "host": self.headers["Host"], "body": body})
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/drips":
            self._drip()
            return
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(b"x" * 300_000 if self.path == "/large" else b'{"ok": true}')

    def _drip(self) -> None:
        """A good answer, a byte at a time: each in time, all together not."""
        with suppress(BrokenPipeError, ConnectionResetError):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Filler: " + b"x" * 60 + b"\r\n\r\nok":
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)

    def log_message(self, *_args: Any) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def beside(settings: Any) -> Iterator[str]:
    """The address of a server beside ours that the operator vouches for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"localhost:{server.server_port}"
    settings.OUTGOING_PRIVATE_HOSTS = [host]
    yield f"http://{host}"
    server.shutdown()
    server.server_close()


def test_a_host_that_the_operator_vouches_for(beside: str):
    answer = call("POST", f"{beside}/orders?n=1", headers={"X-Key": "1"}, body='{"a": "é"}', seconds=5)
    assert (answer.status, answer.body) == (200, b'{"ok": true}')
    assert Handler.seen == [
        {"path": "/orders?n=1", "host": beside.removeprefix("http://"), "body": '{"a": "é"}'.encode()}
    ]


def test_a_redirect_is_an_answer(beside: str):
    assert call("GET", f"{beside}/moved", headers={}, seconds=5).status == 302
    assert [one["path"] for one in Handler.seen] == ["/moved"]


@pytest.mark.parametrize(
    ("path", "code"), [("/slow", "timeout"), ("/drips", "timeout"), ("/large", "too_large")]
)
def test_what_takes_too_long_or_is_too_large(beside: str, path: str, code: str):
    with pytest.raises(CallFailed) as caught:
        call("GET", beside + path, headers={}, seconds=1)
    assert caught.value.code == code


def test_nobody_there(settings: Any):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    settings.OUTGOING_PRIVATE_HOSTS = [host]
    with pytest.raises(CallFailed, match="unreachable"):
        call("GET", f"http://{host}/", headers={}, seconds=1)


@pytest.fixture
def unknown_issuer(settings: Any, tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate for its name nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Handler.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"localhost:{server.server_port}"
    settings.OUTGOING_PRIVATE_HOSTS = [host]
    yield f"https://{host}/"
    server.shutdown()
    server.server_close()


def test_a_certificate_must_be_vouched_for(unknown_issuer: str):
    with pytest.raises(CallFailed, match="unreachable"):
        call("GET", unknown_issuer, headers={"Authorization": "made-up"}, seconds=5)
    assert Handler.seen == []


def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(
    unknown_issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    assert call("GET", unknown_issuer, headers={}, seconds=5).status == 200
    by_address = unknown_issuer.replace("localhost", "127.0.0.1")
    settings.OUTGOING_PRIVATE_HOSTS = [by_address.removeprefix("https://").removesuffix("/")]
    with pytest.raises(CallFailed, match="unreachable"):
        call("GET", by_address, headers={}, seconds=5)
