"""Inbound webhooks of the SMS API and of the Messages API (v1 and v0.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from sms_registrations.providers.base import (
    InboundText,
    Kind,
    Part,
    Payload,
    UnreadablePayload,
    address_text,
    as_text,
    content_hash,
    key_from,
    message_id,
)
from sms_registrations.providers.reading import parse_time, small_int

Family = Literal["sms", "messages"]

MAX_PARTS: Final = 255
# These are renewed when a webhook is pushed again, so they do not tell two facts apart.
_RENEWED: Final = frozenset({"sig", "nonce", "timestamp"})
_ONLY_INBOUND: Final = ("text", "data", "udh", "keyword", "concat", "type")
_ONLY_RECEIPT: Final = ("status", "err-code", "scts")


def family_of(fields: Mapping[str, Any]) -> Family:
    """Which API wrote the fields: an account uses one or the other, and may be switched at any time."""
    names = ("message_uuid", "channel", "message_type", "webhook_version")
    if any(name in fields for name in names):
        return "messages"
    if isinstance(fields.get("from"), Mapping) or isinstance(fields.get("to"), Mapping):
        return "messages"
    return "sms"


def kind_of(fields: Mapping[str, Any]) -> Kind:
    """Receipts are known by their fields, because they also come to the URL meant for texts."""
    if family_of(fields) == "messages":
        is_text = any(fields.get(name) for name in ("message_type", "text", "message"))
        return "receipt" if as_text(fields.get("status")).strip() and not is_text else "inbound"
    if any(as_text(fields.get(name)).strip() for name in _ONLY_INBOUND):
        return "inbound"
    is_receipt = any(as_text(fields.get(name)).strip() for name in _ONLY_RECEIPT)
    return "receipt" if is_receipt else "inbound"


def id_of(fields: Mapping[str, Any]) -> str:
    name = "message_uuid" if family_of(fields) == "messages" else "messageId"
    return message_id(fields.get(name))


def sender_of(fields: Mapping[str, Any]) -> str:
    if family_of(fields) == "messages":
        return _party(fields.get("from"))
    return address_text(fields.get("msisdn" if kind_of(fields) == "inbound" else "to"))


def recipient_of(fields: Mapping[str, Any]) -> str:
    if family_of(fields) == "messages":
        return _party(fields.get("to"))
    return address_text(fields.get("to" if kind_of(fields) == "inbound" else "msisdn"))


def dedup_key(kind: Kind, payload: Payload) -> str:
    """One key per part of an inbound text, one per status of a receipt."""
    fields = payload.fields
    identity = id_of(fields)
    if not identity:
        return key_from(kind, "content", content_hash(fields, without=_RENEWED))
    if kind == "inbound":
        part = part_of(fields)
        return key_from(kind, identity, str(part.number) if part else "")
    error = fields.get("error")
    error_code = as_text(fields.get("err-code"))
    if isinstance(error, Mapping):
        error_code = as_text(error.get("code")) or as_text(error.get("type")) or as_text(error.get("title"))
    return key_from(kind, identity, as_text(fields.get("status")).strip().lower(), error_code.strip())


def part_of(fields: Mapping[str, Any]) -> Part | None:
    """The place of a part, or None for a whole text and for a place that makes no sense."""
    flag = as_text(fields.get("concat")).strip().lower()
    if "concat" in fields and flag not in {"true", "1", "yes"}:
        return None
    ref = as_text(fields.get("concat-ref")).strip()
    total, number = small_int(fields.get("concat-total")), small_int(fields.get("concat-part"))
    if not ref or len(ref) > 32 or total is None or number is None:
        return None
    return Part(ref, total, number) if 2 <= total <= MAX_PARTS and 1 <= number <= total else None


def parse_inbound(fields: Mapping[str, Any]) -> InboundText:
    """Read an inbound text of either API. Raises UnreadablePayload without a sender or a recipient."""
    inbound = _from_messages(fields) if family_of(fields) == "messages" else _from_sms(fields)
    if not inbound.sender or not inbound.recipient:
        raise UnreadablePayload(_("The webhook does not say who wrote to whom."))
    return inbound


def _from_sms(fields: Mapping[str, Any]) -> InboundText:
    return InboundText(
        provider_message_id=id_of(fields),
        sender=address_text(fields.get("msisdn")),
        recipient=address_text(fields.get("to")),
        text=as_text(fields.get("text")),
        sent_at=parse_time(as_text(fields.get("message-timestamp"))),
        part=part_of(fields),
        is_binary=as_text(fields.get("type")).strip().lower() == "binary",
        api_key=message_id(fields.get("api-key")),
    )


def _from_messages(fields: Mapping[str, Any]) -> InboundText:
    """Long texts of this API arrive joined, so there are no parts."""
    content: Mapping[str, Any] = fields
    message = fields.get("message")
    if isinstance(message, Mapping) and isinstance(message.get("content"), Mapping):
        content = {**message["content"], "message_type": message["content"].get("type")}
    text = as_text(content.get("text"))
    message_type = as_text(content.get("message_type")).strip().lower()
    return InboundText(
        provider_message_id=id_of(fields),
        sender=_party(fields.get("from")),
        recipient=_party(fields.get("to")),
        text=text,
        sent_at=parse_time(as_text(fields.get("timestamp"))),
        is_binary=message_type not in {"", "text"},
        api_key=message_id(fields.get("api_key")),
    )


def _party(value: Any) -> str:
    """v1 writes an address, v0.1 `{"type", "number"}` or `{"type", "id"}`."""
    if isinstance(value, Mapping):
        return address_text(value.get("number")) or address_text(value.get("id"))
    return address_text(value)
