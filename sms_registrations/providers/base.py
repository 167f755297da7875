"""The port between the product and any SMS provider.

A provider translates: a webhook into an `InboundText` or a `Receipt`, an `OutgoingText` into a
`SendOutcome`. It stores nothing, retries nothing, knows no model and no clock. How to add one: README.md
beside this file.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, Protocol

from core.errors import DomainError, Text
from core.phone import MAX_ADDRESS_LENGTH

MAX_MESSAGE_ID_LENGTH: Final = 64
MAX_DEDUP_KEY_LENGTH: Final = 200

Kind = Literal["inbound", "receipt"]


class UnreadablePayload(DomainError, ValueError):
    """A webhook or its fields cannot be understood; sending it again will not help."""

    code = "unreadable_payload"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook as it arrived. Header names are lower case; the query string is still percent-encoded."""

    method: str
    content_type: str = ""
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Payload:
    """The fields of a webhook, safe to store as JSON.

    There are no NUL characters, unpaired surrogates, or numbers JSON cannot hold. `family` names the
    dialect of the provider's API that the fields are written in.
    """

    fields: dict[str, Any]
    family: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one registration knows of its account with the provider. `repr` hides the secrets."""

    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    signature_method: str = "none"
    signature_secret: str = field(default="", repr=False)


class Verdict(StrEnum):
    """What the signature of a webhook says."""

    OK = "ok"
    NOT_REQUIRED = "not_required"
    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"

    @property
    def is_accepted(self) -> bool:
        return self in {Verdict.OK, Verdict.NOT_REQUIRED}


@dataclass(frozen=True, slots=True)
class Part:
    """Where a piece belongs in a long text. `ref` is opaque and repeats; `number` runs from 1 to `total`."""

    ref: str
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text, or one part of one, that a customer wrote.

    `text` is exactly what arrived: spaces at the ends matter when parts are joined. `is_binary` says that
    the content is not text (binary SMS, picture, voice ...), in which case `text` may be empty. `sent_at`
    is aware, in UTC, and None when the provider gave no readable time. `api_key` is the account named in
    the webhook.
    """

    provider_message_id: str
    sender: str
    recipient: str
    text: str
    sent_at: datetime | None = None
    part: Part | None = None
    is_binary: bool = False
    api_key: str = ""


class ReceiptStatus(StrEnum):
    """What became of a text we sent, in the words of the providers."""

    ACCEPTED = "accepted"
    BUFFERED = "buffered"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    FAILED = "failed"
    REJECTED = "rejected"
    UNDELIVERABLE = "undeliverable"
    UNKNOWN = "unknown"
    READ = "read"

    @property
    def is_final(self) -> bool:
        return self not in {ReceiptStatus.ACCEPTED, ReceiptStatus.BUFFERED, ReceiptStatus.UNKNOWN}

    @property
    def is_delivered(self) -> bool:
        return self in {ReceiptStatus.DELIVERED, ReceiptStatus.READ}

    @property
    def is_failure(self) -> bool:
        return self.is_final and not self.is_delivered


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider reports about a text we sent; any of the two references may be empty.

    `recipient` is the customer. `reason_code` is stable and storable; `reason` is the same in words for
    an agent, translated when it is shown. `raw_status` is what the provider wrote; `fields` is all of it.
    """

    provider_message_id: str
    client_ref: str
    status: ReceiptStatus
    recipient: str = ""
    error_code: str = ""
    reason_code: str = ""
    reason: Text = ""
    raw_status: str = ""
    reported_at: datetime | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        return self.status.is_final


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A text to hand over. `client_ref` is ours, at most 40 characters, echoed in receipts."""

    sender: str
    to: str
    text: str
    client_ref: str = ""
    receipt_url: str | None = None


class SendKind(StrEnum):
    """What a submit came to, which decides what may be done next.

    ACCEPTED: the provider has it. THROTTLED: it has not, try after the wait. REFUSED: it has not and
    never will. ACCOUNT_BROKEN: it has not, and nothing else of this account will pass until someone acts.
    NOT_REACHED: nothing was written to it, try later. PARTIAL: it has some parts; never send it all
    again. AMBIGUOUS: it may have it; never send it again by itself.
    """

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    REFUSED = "refused"
    ACCOUNT_BROKEN = "account_broken"
    NOT_REACHED = "not_reached"
    PARTIAL = "partial"
    AMBIGUOUS = "ambiguous"

    @property
    def may_retry(self) -> bool:
        """Whether sending the same text again cannot double it."""
        return self in {SendKind.THROTTLED, SendKind.ACCOUNT_BROKEN, SendKind.NOT_REACHED}


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """The result of one submit.

    `segments` counts the parts the provider says it took (0 when it does not say), `price` is their sum
    in the account's currency and `provider_ids` are their ids. `retry_after_seconds` comes with
    THROTTLED. `reason_code` and `reason` as in `Receipt`. `receipts` are the fields of receipts that are
    already known; they are to be parsed like any other.
    """

    kind: SendKind
    provider_ids: tuple[str, ...] = ()
    segments: int = 0
    price: Decimal | None = None
    retry_after_seconds: float | None = None
    reason_code: str = ""
    reason: Text = ""
    status_codes: tuple[str, ...] = ()
    http_status: int | None = None
    receipts: tuple[dict[str, Any], ...] = ()


class Gateway(Protocol):
    """Hands texts of one registration to the provider. May be shared between threads."""

    def send(self, outgoing: OutgoingText) -> SendOutcome:
        """Submit once. Whatever happens on the way is an outcome, never an exception."""


class Provider(ABC):
    """One way to reach the mobile networks."""

    code: ClassVar[str]
    label: ClassVar[Text]
    signature_methods: ClassVar[tuple[str, ...]] = ("none",)
    needs_credentials: ClassVar[bool] = True
    setup_advice: ClassVar[tuple[Text, ...]] = ()
    """What to set at the provider so that texts and receipts arrive, step by step; empty: nothing."""

    @abstractmethod
    def read(self, request: WebhookRequest) -> Payload | None:
        """The fields of a webhook, or None when it carries none (a check of the URL).

        Raises UnreadablePayload, and nothing else whatever the request holds.
        """

    @abstractmethod
    def verify(
        self,
        request: WebhookRequest,
        payload: Payload,
        credentials: Credentials,
        now: datetime,
        max_age_seconds: int | None = None,
    ) -> Verdict:
        """Check who sent a webhook, in constant time. `max_age_seconds` None takes a signature of any age."""

    @abstractmethod
    def kind(self, payload: Payload) -> Kind:
        """What the fields are, whichever URL they were sent to."""

    @abstractmethod
    def dedup_key(self, kind: Kind, payload: Payload) -> str:
        """The same for every delivery of one fact, different for two facts; at most 200 characters."""

    @abstractmethod
    def sender(self, payload: Payload) -> str:
        """Who wrote the text that the webhook is about, at most 64 characters, empty when not said."""

    @abstractmethod
    def recipient(self, payload: Payload) -> str:
        """To whom the text that the webhook is about was written, at most 64 characters, or empty."""

    def customer(self, payload: Payload) -> str:
        """The far end: the sender of an inbound text, the recipient of a text that a receipt is about."""
        return self.sender(payload) if self.kind(payload) == "inbound" else self.recipient(payload)

    @abstractmethod
    def parse_inbound(self, fields: Mapping[str, Any]) -> InboundText:
        """Raises UnreadablePayload when the fields name no sender or no recipient; nothing else."""

    @abstractmethod
    def parse_receipt(self, fields: Mapping[str, Any]) -> Receipt:
        """Raises UnreadablePayload when the fields refer to no message; nothing else."""

    @abstractmethod
    def explain(self, reason_code: str) -> Text:
        """A stored `reason_code` in words for an agent; empty for the empty code."""

    def advise(self, _reason_code: str) -> Text:
        """What an administrator can do about it; empty when nothing better can be said than the reason."""
        return ""

    def passes(self, _reason_code: str) -> bool:
        """Whether the reason of a failure passes by itself, so that sending once more may help."""
        return False

    @abstractmethod
    def gateway(self, credentials: Credentials, base_url: str) -> Gateway:
        """A gateway for one registration. `base_url` replaces the provider's own address when not empty."""


def content_hash(fields: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> str:
    """64 hexadecimal digits that depend on the fields only, not on their order."""
    kept = {name: value for name, value in fields.items() if name not in without}
    canonical = json.dumps(kept, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def key_from(*pieces: str) -> str:
    """Join the pieces of a key; a key that would be too long is replaced by its hash."""
    key = "|".join(piece.replace("|", "/") for piece in pieces)
    if len(key) <= MAX_DEDUP_KEY_LENGTH:
        return key
    return f"{pieces[0]}|sha256|{hashlib.sha256(key.encode()).hexdigest()}"


def message_id(value: Any) -> str:
    """A provider's message id as text of at most 64 characters; a longer one is replaced by its hash."""
    text = as_text(value).strip()
    if len(text) <= MAX_MESSAGE_ID_LENGTH:
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"[:MAX_MESSAGE_ID_LENGTH]


def address_text(value: Any) -> str:
    """An address as text of at most 64 characters."""
    return as_text(value).strip()[:MAX_ADDRESS_LENGTH]


def as_text(value: Any) -> str:
    """A scalar of a payload as the text it was on the wire; empty for null and for anything nested."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return ""
