"""The provider for trials behaves as its README says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sms_registrations.providers
from core.text import segment
from sms_registrations.providers.base import (
    Credentials,
    OutgoingText,
    Part,
    ReceiptStatus,
    SendKind,
    UnreadablePayload,
    Verdict,
    WebhookRequest,
)
from sms_registrations.providers.registry import get_provider
from sms_registrations.providers.simulator.gateway import BEHAVIOURS

SIMULATOR = get_provider("simulator")


def _read(fields: dict):
    payload = SIMULATOR.read(WebhookRequest("POST", "application/json", body=json.dumps(fields).encode()))
    assert payload is not None
    return payload


def _send(to: str, text: str = "Hello"):
    outgoing = OutgoingText("447700900000", to, text, client_ref="ours")
    return SIMULATOR.gateway(Credentials(), "").send(outgoing)


def test_text_from_a_simulated_phone():
    fields = {
        "from": "+447700900001",
        "to": "447700900000",
        "text": " Hi ",
        "messageId": "m1",
        "sentAt": None,
    }
    payload = _read(fields)
    inbound = SIMULATOR.parse_inbound(payload.fields)

    assert SIMULATOR.kind(payload) == "inbound"
    assert (inbound.sender, inbound.recipient, inbound.text) == ("+447700900001", "447700900000", " Hi ")
    assert inbound.provider_message_id == "m1"
    assert SIMULATOR.dedup_key("inbound", payload) == SIMULATOR.dedup_key("inbound", _read(fields))
    assert SIMULATOR.customer(payload) == "+447700900001"
    assert SIMULATOR.verify(WebhookRequest("POST"), payload, Credentials(), datetime.now(UTC)) is (
        Verdict.NOT_REQUIRED
    )


def test_part_of_a_long_text():
    fields = {"from": "+33612345678", "to": "+15550100100", "text": "half", "messageId": "a-2"}
    part = {"concat-ref": "a", "concat-total": 2, "concat-part": 2}
    provider = get_provider("simulator")
    assert provider.parse_inbound(fields).part is None
    assert provider.parse_inbound(fields | part).part == Part("a", 2, 2)


@pytest.mark.parametrize(
    "place", [{"concat-part": 3}, {"concat-part": 0}, {"concat-total": 1}, {"concat-ref": ""}]
)
def test_part_at_an_impossible_place_is_a_whole_text(place):
    fields = {"from": "+33612345678", "to": "+15550100100", "text": "half", "messageId": "a-2"}
    part = {"concat-ref": "a", "concat-total": 2, "concat-part": 2} | place
    assert get_provider("simulator").parse_inbound(fields | part).part is None


def test_nothing_is_a_check_of_the_url():
    assert SIMULATOR.read(WebhookRequest("GET")) is None


def test_text_without_ends_is_unreadable():
    with pytest.raises(UnreadablePayload):
        SIMULATOR.parse_inbound({"text": "Hi"})
    with pytest.raises(UnreadablePayload):
        SIMULATOR.parse_receipt({"status": "delivered"})


@pytest.mark.parametrize("text", ["Hello", "x" * 400, "😀" * 100, ""])
def test_every_part_is_delivered(text):
    outcome = _send("447700900001", text)
    receipts = [SIMULATOR.parse_receipt(fields) for fields in outcome.receipts]

    assert outcome.kind is SendKind.ACCEPTED
    assert outcome.segments == len(outcome.provider_ids) == max(1, segment(text).segments)
    assert len(set(outcome.provider_ids)) == outcome.segments
    assert tuple(receipt.provider_message_id for receipt in receipts) == outcome.provider_ids
    assert {receipt.status for receipt in receipts} == {ReceiptStatus.DELIVERED}
    assert {receipt.client_ref for receipt in receipts} == {"ours"}
    assert {receipt.recipient for receipt in receipts} == {"447700900001"}


@pytest.mark.parametrize(
    ("ending", "kind", "status", "words"),
    [
        ("0191", SendKind.ACCEPTED, ReceiptStatus.FAILED, "out of reach"),
        ("0192", SendKind.ACCEPTED, ReceiptStatus.UNDELIVERABLE, "no longer in service"),
        ("0193", SendKind.REFUSED, None, "does not accept"),
        ("0194", SendKind.AMBIGUOUS, None, "may or may not"),
        ("0195", SendKind.ACCEPTED, None, ""),
        ("0196", SendKind.ACCEPTED, ReceiptStatus.REJECTED, "opted out"),
        ("0197", SendKind.ACCEPTED, ReceiptStatus.EXPIRED, "expired"),
    ],
)
def test_numbers_for_other_fates(ending, kind, status, words):
    outcome = _send("+44 7700 90" + ending)
    receipts = [SIMULATOR.parse_receipt(fields) for fields in outcome.receipts]

    assert outcome.kind is kind
    assert [receipt.status for receipt in receipts] == ([status] if status else [])
    told = [*(str(receipt.reason) for receipt in receipts), str(outcome.reason)]
    assert words in " ".join(told)
    for receipt in receipts:
        assert str(SIMULATOR.explain(receipt.reason_code)) == str(receipt.reason)


def test_every_number_for_other_fates_is_in_the_guide():
    guide = (Path(sms_registrations.providers.__file__).parent / "README.md").read_text()

    assert all(f"| {ending} |" in guide for ending in BEHAVIOURS)


def test_receipts_of_one_text_have_keys_of_their_own():
    outcome = _send("447700900001", "x" * 400)
    keys = {SIMULATOR.dedup_key("receipt", _read(fields)) for fields in outcome.receipts}

    assert len(keys) == outcome.segments
    assert all(SIMULATOR.kind(_read(fields)) == "receipt" for fields in outcome.receipts)
