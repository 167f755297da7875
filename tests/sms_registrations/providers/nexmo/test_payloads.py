"""Inbound texts and receipts beyond the published cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sms_registrations.providers.base import (
    MAX_DEDUP_KEY_LENGTH,
    Part,
    Payload,
    ReceiptStatus,
    UnreadablePayload,
)
from sms_registrations.providers.nexmo.payloads import family_of
from sms_registrations.providers.registry import get_provider

NEXMO = get_provider("nexmo")
TEXT = {"msisdn": "447700900001", "to": "447700900000", "messageId": "M1", "text": "Hi", "type": "text"}
RECEIPT = {"msisdn": "447700900001", "to": "447700900000", "messageId": "M1", "status": "delivered"}
V01 = {
    "message_uuid": "u-1",
    "to": {"type": "sms", "number": "447700900000"},
    "from": {"type": "sms", "number": "447700900001"},
    "timestamp": "2026-11-23T12:00:00.123Z",
    "direction": "inbound",
    "message": {"content": {"type": "text", "text": " Hello "}, "sms": {"num_messages": "2"}},
}


def _payload(fields: dict) -> Payload:
    return Payload(fields, family_of(fields))


def _key(fields: dict) -> str:
    payload = _payload(fields)
    return NEXMO.dedup_key(NEXMO.kind(payload), payload)


def test_messages_v01_inbound():
    inbound = NEXMO.parse_inbound(V01)

    assert (inbound.sender, inbound.recipient, inbound.text) == ("447700900001", "447700900000", " Hello ")
    assert inbound.provider_message_id == "u-1"
    assert inbound.sent_at == datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)
    assert not inbound.is_binary
    assert NEXMO.sender(_payload(V01)) == NEXMO.customer(_payload(V01)) == "447700900001"


def test_messages_v01_status():
    fields = {
        "message_uuid": "u-1",
        "to": {"type": "sms", "number": "447700900001"},
        "from": {"type": "sms", "number": "447700900000"},
        "timestamp": "2026-11-23T12:00:00Z",
        "status": "rejected",
        "error": {"code": 1240, "reason": "Illegal Number"},
        "client_ref": "ours",
    }
    receipt = NEXMO.parse_receipt(fields)

    assert NEXMO.kind(_payload(fields)) == "receipt"
    assert NEXMO.customer(_payload(fields)) == receipt.recipient == "447700900001"
    assert (receipt.status, receipt.error_code) == (ReceiptStatus.REJECTED, "1240")
    assert receipt.reason_code == "messages.1240"
    assert "opted out" in str(receipt.reason)


@pytest.mark.parametrize("message_type", ["image", "location", "unsupported"])
def test_what_is_no_text_is_marked(message_type):
    fields = {"message_uuid": "u", "from": "1", "to": "2", "channel": "mms", "message_type": message_type}

    inbound = NEXMO.parse_inbound(fields)

    assert inbound.is_binary
    assert inbound.text == ""


def test_binary_sms_keeps_what_text_there_is():
    inbound = NEXMO.parse_inbound({**TEXT, "type": "binary", "data": "00ff", "udh": "06050415811581"})

    assert inbound.is_binary
    assert inbound.text == "Hi"


def test_spaces_of_a_text_are_kept():
    assert NEXMO.parse_inbound({**TEXT, "text": " a \n"}).text == " a \n"


@pytest.mark.parametrize("sender", ["VONAGETEST", "FDF", "36180", "Ma Banque"])
def test_any_sender_is_taken(sender):
    assert NEXMO.parse_inbound({**TEXT, "msisdn": sender}).sender == sender


def test_numbers_of_json_are_taken_as_their_text():
    fields = {**TEXT, "msisdn": 447700900001, "to": 2020, "messageId": 17, "text": 42}

    inbound = NEXMO.parse_inbound(fields)

    assert (inbound.sender, inbound.recipient) == ("447700900001", "2020")
    assert (inbound.provider_message_id, inbound.text) == ("17", "42")


@pytest.mark.parametrize("missing", ["msisdn", "to"])
@pytest.mark.parametrize("value", [None, "", " ", {}, []])
def test_text_without_an_end_is_unreadable(missing, value):
    with pytest.raises(UnreadablePayload):
        NEXMO.parse_inbound({**TEXT, missing: value})


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        (
            {"concat": "true", "concat-ref": "08B5", "concat-total": "4", "concat-part": "4"},
            Part("08B5", 4, 4),
        ),
        ({"concat": True, "concat-ref": 4, "concat-total": 2, "concat-part": 1}, Part("4", 2, 1)),
        ({"concat-ref": "4", "concat-total": "2", "concat-part": "1"}, Part("4", 2, 1)),
        ({"concat": "false", "concat-ref": "4", "concat-total": "2", "concat-part": "1"}, None),
        ({"concat": "true"}, None),
        ({"concat": "true", "concat-ref": "", "concat-total": "2", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "1", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "256", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "2", "concat-part": "3"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "2", "concat-part": "0"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "two", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "\uff12", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": True, "concat-part": True}, None),
        ({"concat": "true", "concat-ref": "4", "concat-total": "2.0", "concat-part": "1"}, None),
        ({"concat": "true", "concat-ref": "x" * 33, "concat-total": "2", "concat-part": "1"}, None),
    ],
)
def test_a_place_that_makes_no_sense_is_a_whole_text(fields, part):
    assert NEXMO.parse_inbound({**TEXT, **fields}).part == part


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-01-01 12:00:00", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("2020-01-01T12:00:00.000+00:00", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("2020-01-01 12:00:00 +0000", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("2020-01-01 12:00:00 -0500", datetime(2020, 1, 1, 17, tzinfo=UTC)),
        ("2020-01-01T12:00:00Z", datetime(2020, 1, 1, 12, tzinfo=UTC)),
        ("2020-02-30 12:00:00", None),
        ("0001-01-01 00:00:00+14:00", None),
        ("9999-12-31 23:59:59-14:00", None),
        ("1970-01-01 00:00:00", None),
        ("12:00", None),
        ("1524578719", None),
        ("\uff12\uff10\uff12\uff10-01-01 12:00:00", None),
        (None, None),
        (1524578719, None),
    ],
)
def test_times(written, read):
    assert NEXMO.parse_inbound({**TEXT, "message-timestamp": written}).sent_at == read


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (TEXT, "inbound"),
        ({**TEXT, "text": ""}, "inbound"),
        ({"msisdn": "1", "to": "2", "text": ""}, "inbound"),
        ({**TEXT, "network-code": "310004", "price": "0"}, "inbound"),
        ({**TEXT, "status": ""}, "inbound"),
        (RECEIPT, "receipt"),
        ({**RECEIPT, "text": ""}, "receipt"),
        ({"messageId": "M1", "err-code": "0", "scts": "2001011400"}, "receipt"),
        (V01, "inbound"),
        ({"message_uuid": "u", "status": "submitted", "to": "1", "from": "2"}, "receipt"),
        ({"message_uuid": "u", "status": "", "to": "1", "from": "2"}, "inbound"),
        ({"unknown": "fields"}, "inbound"),
    ],
)
def test_receipts_are_told_from_texts_by_their_fields(fields, kind):
    assert NEXMO.kind(_payload(fields)) == kind


def test_ends_of_a_receipt_are_those_of_our_text():
    payload = _payload(RECEIPT)

    assert NEXMO.sender(payload) == "447700900000"
    assert NEXMO.recipient(payload) == NEXMO.customer(payload) == "447700900001"


def test_one_fact_has_one_key():
    signed = {**TEXT, "sig": "a", "nonce": "b", "timestamp": "1"}

    assert _key(TEXT) == _key(signed) == _key({**TEXT, "unknown": "field"})
    assert _key(RECEIPT) == _key({**RECEIPT, "price": "0.1"}) == _key({**RECEIPT, "status": "DELIVERED"})


def test_two_facts_have_two_keys():
    part = {**TEXT, "concat": "true", "concat-ref": "1", "concat-total": "2"}
    facts = [
        TEXT,
        {**TEXT, "messageId": "M2"},
        {**part, "concat-part": "1"},
        {**part, "concat-part": "2"},
        RECEIPT,
        {**RECEIPT, "status": "accepted"},
        {**RECEIPT, "err-code": "3"},
        {**RECEIPT, "messageId": "M2"},
        {**TEXT, "messageId": ""},
        {**TEXT, "messageId": "", "text": "other"},
    ]

    assert len({_key(fact) for fact in facts}) == len(facts)


def test_without_an_id_the_content_is_the_key_whatever_is_renewed():
    fields = {key: value for key, value in TEXT.items() if key != "messageId"}

    first, again = {**fields, "timestamp": "1", "nonce": "a", "sig": "x"}, {**fields, "timestamp": "2"}

    assert _key(first) == _key(again)


@pytest.mark.parametrize("identity", ["x" * 5000, "é" * 300, "a|b", "\ufffd"])
def test_keys_and_ids_stay_short(identity):
    key = _key({**RECEIPT, "messageId": identity, "status": "s" * 500, "err-code": "e" * 500})

    assert len(key) <= MAX_DEDUP_KEY_LENGTH
    assert key != _key({**RECEIPT, "messageId": identity + "x", "status": "s" * 500, "err-code": "e" * 500})
    assert len(NEXMO.parse_inbound({**TEXT, "messageId": identity}).provider_message_id) <= 64


@pytest.mark.parametrize(
    ("status", "code", "read", "reason_code"),
    [
        ("accepted", "0", ReceiptStatus.ACCEPTED, ""),
        ("accepted", "6", ReceiptStatus.ACCEPTED, ""),
        ("Buffered", "", ReceiptStatus.BUFFERED, ""),
        ("delivered", "0", ReceiptStatus.DELIVERED, ""),
        ("DELIVRD", "0", ReceiptStatus.DELIVERED, ""),
        ("UNDELIV", "3", ReceiptStatus.UNDELIVERABLE, "receipt.3"),
        ("failed", "9", ReceiptStatus.FAILED, "receipt.9"),
        ("failed", "09", ReceiptStatus.FAILED, "receipt.9"),
        ("failed", "0", ReceiptStatus.FAILED, "receipt.failed"),
        ("failed", "1", ReceiptStatus.FAILED, "receipt.failed"),
        ("rejected", "", ReceiptStatus.REJECTED, "receipt.rejected"),
        ("expired", "1", ReceiptStatus.EXPIRED, "receipt.expired"),
        ("failed", "12345", ReceiptStatus.FAILED, "receipt.12345"),
        ("unknown", "1", ReceiptStatus.UNKNOWN, ""),
        ("brand new", "0", ReceiptStatus.UNKNOWN, ""),
        (None, "0", ReceiptStatus.UNKNOWN, ""),
        ({}, [], ReceiptStatus.UNKNOWN, ""),
    ],
)
def test_receipt_statuses(status, code, read, reason_code):
    receipt = NEXMO.parse_receipt({**RECEIPT, "status": status, "err-code": code})

    assert receipt.status is read
    assert receipt.reason_code == reason_code
    assert bool(str(receipt.reason)) == bool(reason_code)


def test_receipt_of_no_text_is_unreadable():
    with pytest.raises(UnreadablePayload):
        NEXMO.parse_receipt({"status": "delivered"})
    assert NEXMO.parse_receipt({"status": "delivered", "client-ref": "ours"}).client_ref == "ours"


def test_final_statuses():
    final = {status for status in ReceiptStatus if status.is_final}

    assert final == set(ReceiptStatus) - {"accepted", "buffered", "unknown"}
    assert {status for status in ReceiptStatus if status.is_failure} == final - {"delivered", "read"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", ""),
        ("send.6", "The provider does not accept this phone number."),
        ("send.77", "The provider refused the text (code 77)."),
        ("http.418", "The provider refused the request (HTTP 418)."),
        ("receipt.12345", "The operator reported an error (code 12345)."),
        ("receipt.{code}", "The operator reported an error (code {code})."),
        ("messages.9", "The provider reported an error (code 9)."),
        ("nonsense", "The operator gave no reason."),
    ],
)
def test_codes_in_words(code, words):
    assert str(NEXMO.explain(code)) == words
