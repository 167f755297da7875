"""The published and captured requests and answers of the provider, as the tests use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sms_registrations.providers.base import WebhookRequest

FOLDER = Path(__file__).resolve().parents[2] / "data" / "vonage_cases"


def load(kind: str) -> list[dict[str, Any]]:
    """All cases of a kind, by name."""
    return [case for case in everything() if case["kind"] == kind]


def everything() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def name(case: dict[str, Any]) -> str:
    return str(case["id"])


def requests_of(case: dict[str, Any]) -> dict[str, WebhookRequest]:
    """The request as it was captured, or, where only its fields are known, in every form it may take."""
    request = case["request"]
    headers = {key.lower(): value for key, value in (request["headers"] or {}).items()}
    if request["raw_query"] is not None or request["raw_body"] is not None:
        captured = WebhookRequest(
            method=request["method"],
            content_type=request["content_type"] or "",
            query_string=request["raw_query"] or "",
            headers=headers,
            body=(request["raw_body"] or "").encode(),
        )
        return {"captured": captured}
    return every_form(case["params"])


def every_form(fields: dict[str, Any]) -> dict[str, WebhookRequest]:
    """JSON with and without a content type and, for flat fields, form and query."""
    body = json.dumps(fields, ensure_ascii=False).encode()
    forms = {
        "json": WebhookRequest("POST", "application/json", "", {}, body),
        "json without content type": WebhookRequest("POST", "", "", {}, body),
        "json called a form": WebhookRequest("POST", "application/x-www-form-urlencoded", "", {}, body),
    }
    if not any(isinstance(value, dict | list) for value in fields.values()):
        encoded = urlencode(fields)
        forms["form"] = WebhookRequest(
            "POST", "application/x-www-form-urlencoded; charset=UTF-8", "", {}, encoded.encode()
        )
        forms["query"] = WebhookRequest("GET", "", encoded)
    return forms
