"""Nexmo as the product sees it: a server that takes submits, and a client that calls webhooks."""

from __future__ import annotations

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx


class FakeNexmo:
    """Answers POST /sms/json as the provider does when all is well, and records every submit."""

    def __init__(self) -> None:
        nexmo = self
        self._lock = threading.Lock()
        self._submits: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without it each answer waits for the client's delayed acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                data = json.dumps(nexmo.submit(dict(parse_qsl(body.decode(), keep_blank_values=True))))
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data.encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeNexmo:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def submit(self, form: dict[str, str]) -> dict[str, Any]:
        message_id = uuid.uuid4().hex[:16].upper()
        with self._lock:
            self._submits.append(form | {"message-id": message_id})
        answer = {"to": form["to"], "message-id": message_id, "status": "0", "remaining-balance": "9.99"}
        answer |= {"message-price": "0.03", "network": "20801", "client-ref": form.get("client-ref", "")}
        return {"message-count": "1", "messages": [answer]}

    def submits(self, *, to: str) -> list[dict[str, str]]:
        """What was submitted for a customer, in order."""
        with self._lock:
            return [form for form in self._submits if form["to"] == to]


def text_fields(*, sender: str, to: str, text: str, message_id: str | None = None) -> dict[str, str]:
    """The parameters of an inbound webhook for a text of one part."""
    return {
        "msisdn": sender,
        "to": to,
        "messageId": message_id or uuid.uuid4().hex[:16].upper(),
        "text": text,
        "type": "text",
        "keyword": text.split(" ")[0].upper()[:20],
        "message-timestamp": "2026-11-23 10:00:00",
    }


def receipt_fields(submit: dict[str, str], *, status: str = "delivered") -> dict[str, str]:
    """The parameters of a delivery receipt for a submit."""
    return {
        "msisdn": submit["to"],
        "to": submit["from"],
        "network-code": "20801",
        "messageId": submit["message-id"],
        "price": "0.03",
        "status": status,
        "scts": "2611231000",
        "err-code": "0",
        "api-key": submit["api_key"],
        "client-ref": submit["client-ref"],
        "message-timestamp": "2026-11-23 10:00:01",
    }


def call(url: str, fields: dict[str, str], *, how: str = "get") -> httpx.Response:
    """Call a webhook as the account is set up: `get`, `form` or `json`."""
    if how == "get":
        return httpx.get(url, params=fields)
    if how == "form":
        return httpx.post(url, data=fields)
    return httpx.post(url, json=fields)
