"""Nexmo as the product sees it: a server that takes submits, and a client that calls webhooks."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import httpx

from tests.sms_registrations.providers.fake_server import FakeProvider, answer


class FakeNexmo(FakeProvider):
    """Answers POST /sms/json as the provider does when all is well, and records every submit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._submits: list[dict[str, str]] = []
        super().__init__(lambda handler: answer(self.submit(handler.received.form))(handler))

    def submit(self, form: dict[str, str]) -> dict[str, Any]:
        message_id = uuid.uuid4().hex[:16].upper()
        with self._lock:
            self._submits.append(form | {"message-id": message_id})
        taken = {"to": form["to"], "message-id": message_id, "status": "0", "remaining-balance": "9.99"}
        taken |= {"message-price": "0.03", "network": "20801", "client-ref": form.get("client-ref", "")}
        return {"message-count": "1", "messages": [taken]}

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
