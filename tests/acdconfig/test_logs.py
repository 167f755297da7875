from __future__ import annotations

import io
import logging

import pytest

from acdconfig.logs import without_secrets


@pytest.mark.parametrize("key", ["event", "request"])
def test_webhook_tokens_and_queries_are_left_out(key: str) -> None:
    shown = without_secrets(None, "error", {key: "GET /webhooks/nexmo/s3cret/inbound?msisdn=33612345678"})[
        key
    ]
    assert shown == "GET /webhooks/nexmo/***/inbound"


def test_other_events_stay_as_they_are() -> None:
    assert without_secrets(None, "info", {"event": "sweeper_leads", "n": 1}) == {
        "event": "sweeper_leads",
        "n": 1,
    }


def test_the_installed_handler_masks_what_the_framework_logs() -> None:
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream, handler.stream = handler.stream, io.StringIO()
    try:
        logging.getLogger("django.request").error("Unavailable: %s", "/webhooks/nexmo/s3cret/inbound")
        written = handler.stream.getvalue()
    finally:
        handler.stream = stream
    assert "***" in written
    assert "s3cret" not in written
