"""What the answer to a submit means.

An answer that cannot exclude that the text was taken is AMBIGUOUS or PARTIAL and is never sent again by
itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sms_registrations.providers.base import SendKind, SendOutcome, as_text, message_id
from sms_registrations.providers.nexmo.words import explain

DEFAULT_WAIT_SECONDS: Final = 1.0
MAX_WAIT_SECONDS: Final = 60.0
MAX_CODE_LENGTH: Final = 40

_THROTTLED: Final = frozenset({"1", "10"})
_ACCOUNT: Final = frozenset({"4", "8", "9", "11", "14", "32"})
_OPEN: Final = frozenset({"5", "13"})
_ACCOUNT_HTTP: Final = frozenset({401, 402, 403})
_MESSAGES_THROTTLED: Final = frozenset({"1000", "1241"})
_MESSAGES_ACCOUNT: Final = frozenset({"1060", "1070", "1080", "1110"})
_MESSAGES_OPEN: Final = frozenset({"1030", "1100"})
_WAIT: Final = re.compile(r"wait \[ *([0-9]{1,6}) *\]")


def classify(http_status: int, body: bytes, retry_after_seconds: float | None = None) -> SendOutcome:
    """The outcome of a submit to the SMS API."""
    by_http = _by_http_status(http_status, retry_after_seconds)
    if by_http is not None:
        return by_http
    answer = _json_object(body)
    messages = answer.get("messages") if answer is not None else None
    if answer is not None and isinstance(messages, list) and messages:
        return _by_parts(answer, messages, http_status)
    if answer is not None and "error-code" in answer:
        return _by_error_code(as_text(answer.get("error-code")).strip(), http_status)
    if 400 <= http_status < 500 or _is_problem(answer):
        return _outcome(SendKind.REFUSED, f"http.{http_status}", http_status=http_status)
    return _outcome(SendKind.AMBIGUOUS, "strange_answer", http_status=http_status)


def classify_messages(http_status: int, body: bytes, retry_after_seconds: float | None = None) -> SendOutcome:
    """The outcome of a submit to the Messages API, which takes a text as a whole."""
    by_http = _by_http_status(http_status, retry_after_seconds)
    if by_http is not None:
        return by_http
    answer = _json_object(body)
    identity = message_id(answer.get("message_uuid")) if answer is not None else ""
    if 200 <= http_status < 300 and identity:
        return _outcome(SendKind.ACCEPTED, "", provider_ids=(identity,), http_status=http_status)
    code = as_text(answer.get("type")).rpartition("#")[2] if answer is not None else ""
    if code.isdigit():
        return _by_messages_code(code, http_status)
    if 400 <= http_status < 500 or _is_problem(answer):
        return _outcome(SendKind.REFUSED, f"http.{http_status}", http_status=http_status)
    return _outcome(SendKind.AMBIGUOUS, "strange_answer", http_status=http_status)


def _by_http_status(http_status: int, retry_after_seconds: float | None) -> SendOutcome | None:
    """What the status alone decides. A redirect is not followed: whether it took the text is open."""
    if http_status in _ACCOUNT_HTTP:
        return _outcome(SendKind.ACCOUNT_BROKEN, f"http.{http_status}", http_status=http_status)
    if http_status == 429:
        wait = min(retry_after_seconds or DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS)
        return _outcome(SendKind.THROTTLED, "http.429", retry_after_seconds=wait, http_status=http_status)
    if http_status >= 500:
        return _outcome(SendKind.AMBIGUOUS, "http.5xx", http_status=http_status)
    if http_status == 408 or not (200 <= http_status < 300 or 400 <= http_status < 500):
        return _outcome(SendKind.AMBIGUOUS, "strange_answer", http_status=http_status)
    return None


def _by_parts(answer: Mapping[str, Any], messages: Sequence[Any], http_status: int) -> SendOutcome:
    entries = [entry if isinstance(entry, Mapping) else {} for entry in messages]
    statuses = tuple(as_text(entry.get("status")).strip()[:MAX_CODE_LENGTH] for entry in entries)
    taken = [entry for entry, status in zip(entries, statuses, strict=True) if status == "0"]
    facts: dict[str, Any] = {
        "provider_ids": tuple(filter(None, (message_id(entry.get("message-id")) for entry in taken))),
        "segments": len(taken),
        "price": _price(taken),
        "status_codes": statuses,
        "http_status": http_status,
    }
    announced = as_text(answer.get("message-count")).strip()
    is_complete = announced in {"", str(len(entries))}
    if len(taken) == len(entries) and is_complete:
        return _outcome(SendKind.ACCEPTED, "", **facts)
    if taken:
        return _outcome(SendKind.PARTIAL, "part_count" if len(taken) == len(entries) else "partial", **facts)
    if not is_complete:
        return _outcome(SendKind.AMBIGUOUS, "part_count", **facts)
    return _by_refusals(statuses, entries, facts)


def _by_refusals(
    statuses: Sequence[str], entries: Sequence[Mapping[str, Any]], facts: dict[str, Any]
) -> SendOutcome:
    """No part was taken. The gravest of the codes decides."""
    for status in statuses:
        if not status.isdigit():
            return _outcome(SendKind.AMBIGUOUS, "strange_answer", **facts)
    for kind, codes in (
        (SendKind.AMBIGUOUS, _OPEN),
        (SendKind.ACCOUNT_BROKEN, _ACCOUNT),
    ):
        for status in statuses:
            if status in codes:
                return _outcome(kind, f"send.{status}", **facts)
    for status in statuses:
        if status not in _THROTTLED:
            return _outcome(SendKind.REFUSED, f"send.{status}", **facts)
    waits = [_wait_seconds(as_text(entry.get("error-text"))) for entry in entries]
    return _outcome(SendKind.THROTTLED, f"send.{statuses[0]}", retry_after_seconds=max(waits), **facts)


def _by_error_code(code: str, http_status: int) -> SendOutcome:
    """`{"error-code", "error-code-label"}`, where the code is that of an HTTP status."""
    if code.isdigit() and len(code) == 3:
        known = _by_http_status(int(code), None)
        if known is not None:
            return known
        return _outcome(SendKind.REFUSED, f"http.{code}", http_status=http_status)
    return _outcome(SendKind.REFUSED, f"send.{code[:MAX_CODE_LENGTH]}", http_status=http_status)


def _by_messages_code(code: str, http_status: int) -> SendOutcome:
    facts: dict[str, Any] = {"status_codes": (code[:MAX_CODE_LENGTH],), "http_status": http_status}
    reason_code = f"messages.{code[:MAX_CODE_LENGTH]}"
    if code in _MESSAGES_THROTTLED:
        return _outcome(SendKind.THROTTLED, reason_code, retry_after_seconds=DEFAULT_WAIT_SECONDS, **facts)
    if code in _MESSAGES_ACCOUNT:
        return _outcome(SendKind.ACCOUNT_BROKEN, reason_code, **facts)
    if code in _MESSAGES_OPEN:
        return _outcome(SendKind.AMBIGUOUS, reason_code, **facts)
    return _outcome(SendKind.REFUSED, reason_code, **facts)


def _outcome(kind: SendKind, reason_code: str, **facts: Any) -> SendOutcome:
    return SendOutcome(kind=kind, reason_code=reason_code, reason=explain(reason_code), **facts)


def _wait_seconds(error_text: str) -> float:
    """`... please wait [ 702 ] and retry` names milliseconds; any other text means one second."""
    found = _WAIT.search(error_text)
    return min(int(found.group(1)) / 1000, MAX_WAIT_SECONDS) if found else DEFAULT_WAIT_SECONDS


def _price(taken: Sequence[Mapping[str, Any]]) -> Decimal | None:
    prices = []
    for entry in taken:
        text = as_text(entry.get("message-price")).strip()
        try:
            price = Decimal(text) if len(text) <= 20 else None
        except InvalidOperation:
            price = None
        if price is not None and price.is_finite() and 0 <= price < 1_000_000:
            prices.append(price)
    return sum(prices, Decimal(0)) if prices else None


def _is_problem(answer: Mapping[str, Any] | None) -> bool:
    """An RFC 7807 problem or its like: a plain refusal, whatever the HTTP status."""
    return answer is not None and bool(answer.get("title")) and "messages" not in answer


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
