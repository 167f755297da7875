"""Submitting a text to the SMS API or, for accounts switched to it, to the Messages API."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from core.phone import provider_digits
from core.text import encoding_of
from sms_registrations.providers.base import Credentials, OutgoingText, SendKind, SendOutcome
from sms_registrations.providers.http import Answer, NoAnswer, NotReached, TimeLimits, post
from sms_registrations.providers.nexmo.outcomes import classify, classify_messages
from sms_registrations.providers.nexmo.signing import SIGNATURE_METHODS, sign
from sms_registrations.providers.nexmo.words import explain

SMS_API_URL: Final = "https://rest.nexmo.com"
MESSAGES_API_URL: Final = "https://api.nexmo.com"
MAX_CLIENT_REF_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class SmsApiGateway:
    """POST /sms/json. Authenticates by api_secret, or by a signature where only that secret is known."""

    credentials: Credentials
    base_url: str = SMS_API_URL
    limits: TimeLimits = field(default_factory=TimeLimits)

    def send(self, outgoing: OutgoingText) -> SendOutcome:
        if not _has_credentials(self.credentials):
            return _own(SendKind.ACCOUNT_BROKEN, "no_credentials")
        form = sms_form(outgoing, self.credentials, int(time.time()))
        try:
            answer = post(f"{self.base_url.rstrip('/')}/sms/json", form=form, limits=self.limits)
        except NotReached:
            return _own(SendKind.NOT_REACHED, "not_reached")
        except NoAnswer:
            return _own(SendKind.AMBIGUOUS, "no_answer")
        return classify(answer.status, answer.body, answer.retry_after_seconds)


@dataclass(frozen=True, slots=True)
class MessagesApiGateway:
    """POST /v1/messages, authenticated by api_key and api_secret."""

    credentials: Credentials
    base_url: str = MESSAGES_API_URL
    limits: TimeLimits = field(default_factory=TimeLimits)

    def send(self, outgoing: OutgoingText) -> SendOutcome:
        if not (self.credentials.api_key and self.credentials.api_secret):
            return _own(SendKind.ACCOUNT_BROKEN, "no_credentials")
        try:
            answer = self._post(messages_body(outgoing))
        except NotReached:
            return _own(SendKind.NOT_REACHED, "not_reached")
        except NoAnswer:
            return _own(SendKind.AMBIGUOUS, "no_answer")
        return classify_messages(answer.status, answer.body, answer.retry_after_seconds)

    def _post(self, body: dict[str, Any]) -> Answer:
        return post(
            f"{self.base_url.rstrip('/')}/v1/messages",
            json=body,
            auth=(self.credentials.api_key, self.credentials.api_secret),
            limits=self.limits,
        )


def sms_form(outgoing: OutgoingText, credentials: Credentials, unix_seconds: int) -> dict[str, str]:
    """The parameters of a submit.

    `type=unicode` has to be said: by default the API drops what is outside the GSM alphabet.
    """
    form = {
        "api_key": credentials.api_key,
        "from": provider_digits(outgoing.sender),
        "to": provider_digits(outgoing.to),
        "text": _encodable(outgoing.text),
        "status-report-req": "1",
    }
    if encoding_of(outgoing.text) == "ucs2":
        form["type"] = "unicode"
    if outgoing.client_ref:
        form["client-ref"] = outgoing.client_ref[:MAX_CLIENT_REF_LENGTH]
    if outgoing.receipt_url:
        form["callback"] = outgoing.receipt_url
    if credentials.api_secret:
        form["api_secret"] = credentials.api_secret
    else:
        form["timestamp"] = str(unix_seconds)
        form["sig"] = sign(form, credentials.signature_method, credentials.signature_secret)
    return form


def messages_body(outgoing: OutgoingText) -> dict[str, Any]:
    body: dict[str, Any] = {
        "channel": "sms",
        "message_type": "text",
        "from": provider_digits(outgoing.sender),
        "to": provider_digits(outgoing.to),
        "text": _encodable(outgoing.text),
        "sms": {"encoding_type": "unicode" if encoding_of(outgoing.text) == "ucs2" else "text"},
    }
    if outgoing.client_ref:
        body["client_ref"] = outgoing.client_ref[:MAX_CLIENT_REF_LENGTH]
    if outgoing.receipt_url:
        body["webhook_url"] = outgoing.receipt_url
    return body


def _has_credentials(credentials: Credentials) -> bool:
    can_sign = bool(credentials.signature_secret) and credentials.signature_method in SIGNATURE_METHODS[1:]
    return bool(credentials.api_key) and (bool(credentials.api_secret) or can_sign)


def _encodable(text: str) -> str:
    """Unpaired surrogates cannot be written in UTF-8; they become question marks."""
    return text.encode("utf-8", "replace").decode()


def _own(kind: SendKind, reason_code: str) -> SendOutcome:
    return SendOutcome(kind=kind, reason_code=reason_code, reason=explain(reason_code))
