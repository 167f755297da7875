"""What every provider promises, whatever arrives. Runs for each one that is registered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sms_registrations.providers
from core.errors import NotFound
from sms_registrations.providers.base import (
    MAX_DEDUP_KEY_LENGTH,
    Credentials,
    Payload,
    Provider,
    ReceiptStatus,
    UnreadablePayload,
    Verdict,
    WebhookRequest,
)
from sms_registrations.providers.nexmo.provider import NexmoProvider
from sms_registrations.providers.registry import get_provider, provider_choices, register

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CODES = [code for code, _label in provider_choices()]
CREDENTIALS = Credentials("key", "secret", "sha256", "signature secret")

# Names that the providers look for, so that fuzzing reaches what stands behind them.
names = st.sampled_from(
    [
        "api-key",
        "api_key",
        "channel",
        "client-ref",
        "client_ref",
        "clientRef",
        "concat",
        "concat-part",
        "concat-ref",
        "concat-total",
        "data",
        "err-code",
        "error",
        "from",
        "keyword",
        "message",
        "message-timestamp",
        "message_type",
        "message_uuid",
        "messageId",
        "msisdn",
        "nonce",
        "price",
        "reportedAt",
        "scts",
        "sentAt",
        "sig",
        "status",
        "text",
        "timestamp",
        "to",
        "type",
        "udh",
        "usage",
        "webhook_version",
    ]
) | st.text(max_size=12)
likely = st.sampled_from(
    ["", " ", "0", "1", "2", "true", "delivered", "failed", "binary", "text", "2026-11-23 12:00:00", "9" * 70]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | likely
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            names | st.sampled_from(["number", "id", "code", "title", "content", "type"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@pytest.fixture(params=CODES)
def provider(request) -> Provider:
    return get_provider(request.param)


def test_every_folder_is_registered():
    folder = Path(sms_registrations.providers.__file__).parent
    folders = {path.parent.name for path in folder.glob("*/__init__.py")}

    assert folders == set(CODES)
    assert sorted(CODES) == CODES


def test_registry_says_what_it_has():
    assert get_provider("nexmo").code == "nexmo"
    assert [str(label) for _code, label in provider_choices()] == ["Nexmo", "Simulator"]
    with pytest.raises(NotFound) as caught:
        get_provider("pigeon")
    assert caught.value.code == "unknown_provider"


def test_a_code_belongs_to_one_provider():
    class Impostor(NexmoProvider):
        """Another class under the same code."""

    with pytest.raises(ValueError, match="two SMS providers"):
        register(Impostor())
    register(get_provider("nexmo"))


def test_methods_of_signature_include_none(provider):
    assert "none" in provider.signature_methods
    assert str(provider.label)


@given(fields=st.dictionaries(names, values, max_size=10))
@pytest.mark.parametrize("code", CODES)
def test_any_json_is_read_and_parsed_or_unreadable(code, fields):
    body = json.dumps(fields).encode()
    request = WebhookRequest("POST", "application/json", "", {"authorization": "x"}, body)

    assert list(broken_promises(get_provider(code), request)) == []


@given(fields=st.dictionaries(names, st.text(max_size=80) | likely, max_size=10))
@pytest.mark.parametrize("code", CODES)
def test_any_query_is_read_and_parsed_or_unreadable(code, fields):
    query = urlencode(fields, errors="replace")

    assert list(broken_promises(get_provider(code), WebhookRequest("GET", query_string=query))) == []


@given(body=st.binary(), token=st.text(max_size=60), query=st.text())
@pytest.mark.parametrize("code", CODES)
def test_any_bytes_are_read_and_parsed_or_unreadable(code, body, token, query):
    request = WebhookRequest("POST", "", query, {"authorization": f"Bearer {token}"}, body)

    assert list(broken_promises(get_provider(code), request)) == []


def broken_promises(provider: Provider, request: WebhookRequest) -> Iterator[str]:
    """What a provider promises of anything that it can read, and does not keep for this request."""
    payload = None
    with suppress(UnreadablePayload):
        payload = provider.read(request)
    if payload is None:
        return
    keys = (provider.dedup_key("inbound", payload), provider.dedup_key("receipt", payload))
    addresses = (provider.sender(payload), provider.recipient(payload), provider.customer(payload))
    kept = {
        "what was read has fields": bool(payload.fields),
        "it is of a known kind": provider.kind(payload) in {"inbound", "receipt"},
        "keys fit and can be stored": all(
            0 < len(key) <= MAX_DEDUP_KEY_LENGTH and _is_storable(key) for key in keys
        ),
        "addresses fit": max(map(len, addresses)) <= 64,
        "there is a verdict": isinstance(provider.verify(request, payload, CREDENTIALS, NOW, 300), Verdict),
        "without a secret nothing is verified": provider.verify(request, payload, Credentials(), NOW)
        is Verdict.NOT_REQUIRED,
        **_parsed(provider, payload),
    }
    yield from (promise for promise, is_kept in kept.items() if not is_kept)


def _is_storable(text: str) -> bool:
    """Half of a surrogate pair is not."""
    return text == text.encode(errors="ignore").decode()


def _parsed(provider: Provider, payload: Payload) -> dict[str, bool]:
    kept = {}
    with suppress(UnreadablePayload):
        inbound = provider.parse_inbound(payload.fields)
        kept["a text has a sender and a recipient"] = bool(inbound.sender and inbound.recipient)
        kept["its number fits"] = len(inbound.provider_message_id) <= 64
        kept["its time is in UTC"] = inbound.sent_at is None or inbound.sent_at.utcoffset() == timedelta(0)
    with suppress(UnreadablePayload):
        receipt = provider.parse_receipt(payload.fields)
        kept["a receipt is about something"] = bool(receipt.provider_message_id or receipt.client_ref)
        kept["it has a status"] = isinstance(receipt.status, ReceiptStatus)
        kept["its reason is explained"] = str(provider.explain(receipt.reason_code)) == str(receipt.reason)
        kept["its codes fit"] = max(len(receipt.error_code), len(receipt.raw_status)) <= 40
        kept["the number of its text fits"] = len(receipt.provider_message_id) <= 64
    return kept


def test_secrets_are_not_printed():
    printed = repr(Credentials("key", "the secret", "sha256", "the other secret"))

    assert "secret=" not in printed
    assert "the" not in printed
