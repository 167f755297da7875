"""Stores what a provider sends, before anything else happens to it."""

from __future__ import annotations

import hashlib
import json

from contacts.models import Message
from core import sql
from core.hints import INBOUND, WORK_CHANNEL
from core.phone import normalise_address
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import Credentials, Kind, Payload, Provider, content_hash

# One statement is one transaction and one round trip; its commit precedes the 200.
_STORE = """
WITH stored AS (
    INSERT INTO messaging_delivery
           (registration_id, kind, dedup_key, serial_key, fields, received_at, attempts, try_after,
            parked_at, failure)
    VALUES (%(registration)s, %(kind)s, %(dedup_key)s, %(serial_key)s, %(fields)s, clock_timestamp(), 0,
            clock_timestamp(), CASE WHEN %(failure)s = '' THEN NULL ELSE clock_timestamp() END, %(failure)s)
    ON CONFLICT (registration_id, kind, dedup_key) DO NOTHING
    RETURNING id
)
SELECT id, pg_notify(%(channel)s, %(topic)s) FROM stored
"""


def credentials_of(registration: SmsRegistration) -> Credentials:
    """What the provider's code needs to know of the account."""
    return Credentials(
        api_key=registration.api_key,
        api_secret=registration.api_secret,
        signature_method=registration.signature_method,
        signature_secret=registration.signature_secret,
    )


def serial_key(*, registration_id: int, kind: str, about: str) -> int:
    """The same number for all that must happen one after the other: a signed 64-bit hash."""
    digest = hashlib.blake2b(f"{registration_id}|{kind}|{about}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def store_delivery(*, registration: SmsRegistration, provider: Provider, payload: Payload) -> bool:
    """Store one webhook call; True unless it had been stored before. Committed when this returns.

    Raises django.db.Error when it could not be stored: the caller must then not answer 200.
    """
    kind = provider.kind(payload)
    dedup_key = provider.dedup_key(kind, payload)
    return _store(registration, kind, dedup_key, _subject(provider, kind, payload, dedup_key), payload.fields)


def store_unreadable(*, registration: SmsRegistration, body: bytes) -> bool:
    """Keep a call that nobody can read, parked for a person to look at."""
    fields: dict[str, object] = {"raw": body[:65_536].decode("latin-1").replace("\x00", "")}
    key = f"unreadable|{content_hash(fields)}"
    return _store(registration, "inbound", key, key, fields, failure="unreadable")


def _subject(provider: Provider, kind: Kind, payload: Payload, dedup_key: str) -> str:
    """Texts of one customer are processed in order; a receipt that waits for its message holds up nobody."""
    if kind == "receipt":
        return dedup_key
    return normalise_address(provider.customer(payload)).raw


def _store(
    registration: SmsRegistration,
    kind: Kind,
    dedup_key: str,
    about: str,
    fields: dict[str, object],
    failure: str = "",
) -> bool:
    parameters = {
        "registration": registration.pk,
        "kind": kind,
        "dedup_key": dedup_key,
        "serial_key": serial_key(registration_id=registration.pk, kind=kind, about=about),
        "fields": json.dumps(fields),
        "failure": failure,
        "channel": WORK_CHANNEL,
        "topic": INBOUND,
    }
    return sql.row(_STORE, parameters) is not None


def store_known_receipts(*, message: Message, receipts: tuple[dict[str, object], ...]) -> None:
    """Store receipts that came with the answer to a send; they go the way of all receipts."""
    registration = message.transport_code
    for fields in receipts:
        key = f"with-answer|{content_hash(fields)}"
        _store(registration, "receipt", key, key, fields)
