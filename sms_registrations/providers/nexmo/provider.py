"""Nexmo (Vonage): the SMS API and the Messages API behind the provider port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from sms_registrations.providers.base import (
    Credentials,
    Gateway,
    InboundText,
    Kind,
    Payload,
    Provider,
    Receipt,
    Verdict,
    WebhookRequest,
)
from sms_registrations.providers.nexmo import payloads, receipts, signing, words
from sms_registrations.providers.nexmo.sending import (
    MESSAGES_API_URL,
    SMS_API_URL,
    MessagesApiGateway,
    SmsApiGateway,
)
from sms_registrations.providers.nexmo.tokens import verify_token
from sms_registrations.providers.reading import read_exact, read_fields


class NexmoProvider(Provider):
    code: ClassVar[str] = "nexmo"
    label: ClassVar[Text] = _("Nexmo")
    signature_methods: ClassVar[tuple[str, ...]] = signing.SIGNATURE_METHODS
    setup_advice: ClassVar[tuple[Text, ...]] = words.SETUP_ADVICE

    def read(self, request: WebhookRequest) -> Payload | None:
        fields = read_fields(request)
        return Payload(fields, payloads.family_of(fields)) if fields else None

    def verify(
        self,
        request: WebhookRequest,
        payload: Payload,
        credentials: Credentials,
        now: datetime,
        max_age_seconds: int | None = None,
    ) -> Verdict:
        if credentials.signature_method in {"", "none"}:
            return Verdict.NOT_REQUIRED
        if payload.family == "messages":
            return verify_token(request, credentials, now, max_age_seconds)
        return signing.verify_parameters(read_exact(request), credentials, now, max_age_seconds)

    def kind(self, payload: Payload) -> Kind:
        return payloads.kind_of(payload.fields)

    def dedup_key(self, kind: Kind, payload: Payload) -> str:
        return payloads.dedup_key(kind, payload)

    def sender(self, payload: Payload) -> str:
        return payloads.sender_of(payload.fields)

    def recipient(self, payload: Payload) -> str:
        return payloads.recipient_of(payload.fields)

    def parse_inbound(self, fields: Mapping[str, Any]) -> InboundText:
        return payloads.parse_inbound(fields)

    def parse_receipt(self, fields: Mapping[str, Any]) -> Receipt:
        return receipts.parse_receipt(fields)

    def explain(self, reason_code: str) -> Text:
        return words.explain(reason_code)

    def advise(self, reason_code: str) -> Text:
        return words.advise(reason_code)

    def passes(self, reason_code: str) -> bool:
        return reason_code in words.PASSING

    def gateway(self, credentials: Credentials, base_url: str = "") -> Gateway:
        return SmsApiGateway(credentials, base_url or SMS_API_URL)

    def messages_gateway(self, credentials: Credentials, base_url: str = "") -> Gateway:
        """The gateway for an account whose texts are to leave by the Messages API."""
        return MessagesApiGateway(credentials, base_url or MESSAGES_API_URL)
