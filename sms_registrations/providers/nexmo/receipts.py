"""Delivery receipts of the SMS API and statuses of the Messages API (v1 and v0.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from sms_registrations.providers.base import (
    Receipt,
    ReceiptStatus,
    UnreadablePayload,
    as_text,
)
from sms_registrations.providers.nexmo.payloads import family_of, id_of, recipient_of
from sms_registrations.providers.nexmo.words import explain
from sms_registrations.providers.reading import parse_time

MAX_CODE_LENGTH: Final = 40
MAX_CLIENT_REF_LENGTH: Final = 100

# Besides the documented words, the short ones that the provider's own portal and old carriers use.
_STATUSES: Final = {
    **{status.value: status for status in ReceiptStatus},
    "submitted": ReceiptStatus.ACCEPTED,
    "acceptd": ReceiptStatus.ACCEPTED,
    "enroute": ReceiptStatus.BUFFERED,
    "delivrd": ReceiptStatus.DELIVERED,
    "undeliv": ReceiptStatus.UNDELIVERABLE,
    "undelivered": ReceiptStatus.UNDELIVERABLE,
    "rejectd": ReceiptStatus.REJECTED,
    "deleted": ReceiptStatus.FAILED,
}


def parse_receipt(fields: Mapping[str, Any]) -> Receipt:
    """Read a receipt of either API. Raises UnreadablePayload when it refers to no text of ours."""
    identity = id_of(fields)
    is_messages = family_of(fields) == "messages"
    client_ref = as_text(fields.get("client_ref" if is_messages else "client-ref")).strip()
    if not identity and not client_ref:
        raise UnreadablePayload(_("The receipt does not say which text it is about."))
    raw_status = as_text(fields.get("status")).strip()[:MAX_CODE_LENGTH]
    status = _STATUSES.get(raw_status.lower(), ReceiptStatus.UNKNOWN)
    error_code = _messages_error(fields) if is_messages else _sms_error(fields)
    reason_code = _reason_code(status, error_code, "messages" if is_messages else "receipt")
    return Receipt(
        provider_message_id=identity,
        client_ref=client_ref[:MAX_CLIENT_REF_LENGTH],
        status=status,
        recipient=recipient_of(fields),
        error_code=error_code,
        reason_code=reason_code,
        reason=explain(reason_code),
        raw_status=raw_status,
        reported_at=parse_time(as_text(fields.get("timestamp" if is_messages else "message-timestamp"))),
        fields=dict(fields),
    )


def _sms_error(fields: Mapping[str, Any]) -> str:
    code = as_text(fields.get("err-code")).strip()[:MAX_CODE_LENGTH]
    return "" if code in {"", "0"} else code


def _messages_error(fields: Mapping[str, Any]) -> str:
    """v1 names the code as the fragment of `type` and often in `title`; v0.1 in `code`."""
    error = fields.get("error")
    if not isinstance(error, Mapping):
        return ""
    fragment = as_text(error.get("type")).strip().rpartition("#")[2]
    for candidate in (as_text(error.get("code")), fragment, as_text(error.get("title"))):
        if candidate.strip().isdigit():
            return candidate.strip()[:MAX_CODE_LENGTH]
    named = as_text(error.get("code")).strip() or as_text(error.get("title")).strip()
    return named[:MAX_CODE_LENGTH]


def _reason_code(status: ReceiptStatus, error_code: str, source: str) -> str:
    """The provider says to ignore the error code until the text has failed."""
    if not status.is_failure:
        return ""
    if error_code and (source == "messages" or error_code.lstrip("0") not in {"", "1"}):
        return f"{source}.{error_code.lstrip('0') or error_code}"
    return f"receipt.{status.value}"
