"""Reading webhook bodies of any shape without trusting any of it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from django.utils.translation import gettext_lazy as _

from sms_registrations.providers.base import UnreadablePayload, WebhookRequest

MAX_BYTES: Final = 256 * 1024
MAX_FIELDS: Final = 500
MAX_DEPTH: Final = 12
_MAX_NUMBER_DIGITS: Final = 18


def read_fields(request: WebhookRequest) -> dict[str, Any]:
    """The fields of a webhook from its query string or body, in a form that can be stored as JSON.

    A body is taken for JSON or for a form by what it looks like, because JSON also comes without a
    content type. Raises UnreadablePayload.
    """
    return {storable_text(name): _storable(value, 1) for name, value in _decode(request, _number).items()}


def read_exact(request: WebhookRequest) -> dict[str, Any]:
    """The same fields character for character, JSON numbers as their text: what a signature covers.

    Raises UnreadablePayload.
    """
    return _decode(request, str)


def storable_text(text: str) -> str:
    """Replace what neither UTF-8 nor PostgreSQL can hold, NUL and unpaired surrogates, by U+FFFD."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def parse_time(value: str) -> datetime | None:
    """A provider's time as an aware datetime in UTC, or None when it is no plausible time.

    Takes ISO 8601 and `YYYY-MM-DD HH:MM:SS`, which is UTC, with or without an offset.
    """
    text = value.strip()
    if not (10 < len(text) < 40) or not text[:4].isdigit() or text[4] != "-":
        return None
    try:
        parsed = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        moment = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 2000 <= moment.year < 2200 else None


def small_int(value: Any) -> int | None:
    """A whole number of 0..999 written as a number or in ASCII digits, else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= 999 else None
    if isinstance(value, str):
        digits = value.strip()
        if 0 < len(digits) <= 3 and digits.isascii() and digits.isdigit():
            return int(digits)
    return None


def _decode(request: WebhookRequest, number: Callable[[str], Any]) -> dict[str, Any]:
    query = _form(request.query_string)
    if len(request.body) > MAX_BYTES:
        raise UnreadablePayload(_("The body of the webhook is too large."))
    from_query = request.method.upper() in {"GET", "HEAD"}
    if from_query and query:
        return query
    body = _body(request, number) if request.body.strip() else {}
    return body or query


def _body(request: WebhookRequest, number: Callable[[str], Any]) -> dict[str, Any]:
    try:
        text = request.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = request.body.decode("utf-8", "replace")
    content_type = request.content_type.lower()
    if "multipart/" in content_type or text.lstrip().startswith("<"):
        raise UnreadablePayload(_("The body of the webhook is neither JSON nor a form."))
    if text.lstrip()[:1] in {"{", "["} or "json" in content_type:
        return _json(text, number)
    return _form(text.strip("\r\n"))


def _json(text: str, number: Callable[[str], Any]) -> dict[str, Any]:
    try:
        decoded = json.loads(text, parse_int=number, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload(_("The body of the webhook is not valid JSON.")) from error
    if not isinstance(decoded, dict):
        raise UnreadablePayload(_("The body of the webhook is not a JSON object."))
    return decoded


def _form(encoded: str) -> dict[str, Any]:
    """The first value of each name wins, for reading and for the signature alike."""
    if len(encoded) > MAX_BYTES:
        raise UnreadablePayload(_("The query string of the webhook is too long."))
    with contextlib.suppress(UnicodeError):
        # WSGI hands over bytes as latin-1; unescaped UTF-8 is brought back here.
        encoded = encoded.encode("latin-1").decode("utf-8")
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise UnreadablePayload(_("The webhook has too many fields.")) from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def _number(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_NUMBER_DIGITS else text


def _storable(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise UnreadablePayload(_("The body of the webhook is nested too deeply."))
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(name): _storable(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value
