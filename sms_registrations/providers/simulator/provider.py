"""A provider for trials: no network, no account, the same paths through the product as any other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from sms_registrations.providers.base import (
    Credentials,
    Gateway,
    InboundText,
    Kind,
    Part,
    Payload,
    Provider,
    Receipt,
    ReceiptStatus,
    UnreadablePayload,
    Verdict,
    WebhookRequest,
    address_text,
    as_text,
    content_hash,
    key_from,
    message_id,
)
from sms_registrations.providers.reading import parse_time, read_fields, small_int
from sms_registrations.providers.simulator.gateway import SimulatorGateway
from sms_registrations.providers.simulator.words import PASSING, explain

MAX_PARTS: Final = 255  # the part number of a text is one octet: 3GPP TS 23.040, 9.2.3.24.1


class SimulatorProvider(Provider):
    """Webhooks are JSON or forms: `from`, `to`, `text`, `messageId`, `sentAt` for a text, with `concat-ref`,
    `concat-total`, `concat-part` for a part of a long one; `messageId`, `clientRef`, `status`, `error` for a
    receipt. They are not signed: the address of the webhook is the secret.
    """

    code: ClassVar[str] = "simulator"
    label: ClassVar[Text] = _("Simulator")
    needs_credentials: ClassVar[bool] = False

    def read(self, request: WebhookRequest) -> Payload | None:
        fields = read_fields(request)
        return Payload(fields, "simulator") if fields else None

    def verify(
        self,
        request: WebhookRequest,
        payload: Payload,
        credentials: Credentials,
        now: datetime,
        max_age_seconds: int | None = None,
    ) -> Verdict:
        return Verdict.NOT_REQUIRED

    def kind(self, payload: Payload) -> Kind:
        fields = payload.fields
        return "receipt" if as_text(fields.get("status")).strip() and "text" not in fields else "inbound"

    def dedup_key(self, kind: Kind, payload: Payload) -> str:
        identity = message_id(payload.fields.get("messageId"))
        if not identity:
            return key_from(kind, "content", content_hash(payload.fields))
        status = as_text(payload.fields.get("status")).strip().lower() if kind == "receipt" else ""
        return key_from(kind, identity, status)

    def sender(self, payload: Payload) -> str:
        return address_text(payload.fields.get("from"))

    def recipient(self, payload: Payload) -> str:
        return address_text(payload.fields.get("to"))

    def parse_inbound(self, fields: Mapping[str, Any]) -> InboundText:
        sender, recipient = address_text(fields.get("from")), address_text(fields.get("to"))
        if not sender or not recipient:
            raise UnreadablePayload(_("The webhook does not say who wrote to whom."))
        return InboundText(
            provider_message_id=message_id(fields.get("messageId")),
            sender=sender,
            recipient=recipient,
            text=as_text(fields.get("text")),
            sent_at=parse_time(as_text(fields.get("sentAt"))),
            part=_part_of(fields),
        )

    def parse_receipt(self, fields: Mapping[str, Any]) -> Receipt:
        identity, client_ref = message_id(fields.get("messageId")), message_id(fields.get("clientRef"))
        if not identity and not client_ref:
            raise UnreadablePayload(_("The receipt does not say which text it is about."))
        raw_status = as_text(fields.get("status")).strip().lower()[:40]
        known = {status.value for status in ReceiptStatus}
        error = as_text(fields.get("error")).strip()[:40]
        return Receipt(
            provider_message_id=identity,
            client_ref=client_ref,
            status=ReceiptStatus(raw_status) if raw_status in known else ReceiptStatus.UNKNOWN,
            recipient=address_text(fields.get("to")),
            error_code=error,
            reason_code=error,
            reason=explain(error),
            raw_status=raw_status,
            reported_at=parse_time(as_text(fields.get("reportedAt"))),
            fields=dict(fields),
        )

    def explain(self, reason_code: str) -> Text:
        return explain(reason_code)

    def passes(self, reason_code: str) -> bool:
        return reason_code in PASSING

    def gateway(self, credentials: Credentials, base_url: str = "") -> Gateway:
        return SimulatorGateway()


def _part_of(fields: Mapping[str, Any]) -> Part | None:
    """The place of a part, or None for a whole text and for a place that makes no sense."""
    ref = as_text(fields.get("concat-ref")).strip()[:32]
    total, number = small_int(fields.get("concat-total")), small_int(fields.get("concat-part"))
    if not ref or total is None or number is None:
        return None
    return Part(ref, total, number) if 2 <= total <= MAX_PARTS and 1 <= number <= total else None
