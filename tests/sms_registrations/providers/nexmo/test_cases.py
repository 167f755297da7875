"""Every published or captured case runs through the provider."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sms_registrations.providers.base import (
    Credentials,
    OutgoingText,
    Payload,
    ReceiptStatus,
    SendKind,
    Verdict,
    as_text,
)
from sms_registrations.providers.nexmo.outcomes import classify, classify_messages
from sms_registrations.providers.nexmo.sending import sms_form
from sms_registrations.providers.nexmo.signing import sign, verify_parameters
from sms_registrations.providers.nexmo.tokens import read_token
from sms_registrations.providers.registry import get_provider
from tests.sms_registrations.providers import cases

NEXMO = get_provider("nexmo")
NOW = datetime(2026, 11, 23, tzinfo=UTC)

covered = {
    "dlr",
    "inbound",
    "inbound_concat_series",
    "invalid_request",
    "jwt_vector",
    "messages_inbound",
    "messages_send_response",
    "messages_status",
    "send_request",
    "send_response",
    "signature_vector",
}


def test_every_file_is_run():
    files = list(cases.FOLDER.iterdir())
    kinds = Counter(case["kind"] for case in cases.everything())

    assert len(files) == kinds.total() == 73
    assert set(kinds) == covered
    ran = {
        mark.args[1][0]["kind"] for test in _tests() for mark in test.pytestmark if mark.name == "parametrize"
    }
    assert ran == covered


def _tests() -> list[Any]:
    return [
        value for key, value in globals().items() if key.startswith("test_") and hasattr(value, "pytestmark")
    ]


def _read(case: dict[str, Any], form: str) -> Payload:
    payload = NEXMO.read(cases.requests_of(case)[form])
    assert payload is not None
    return payload


FORMS = ["captured", "json", "json without content type", "json called a form", "form", "query"]


def _forms(case: dict[str, Any]) -> list[str]:
    return [form for form in FORMS if form in cases.requests_of(case)]


@pytest.mark.parametrize("case", cases.load("inbound"), ids=cases.name)
def test_inbound(case):
    expected = case["params"]
    for form in _forms(case):
        payload = _read(case, form)
        inbound = NEXMO.parse_inbound(payload.fields)

        assert {key: as_text(value) for key, value in payload.fields.items()} == expected
        assert payload.family == "sms"
        assert NEXMO.kind(payload) == "inbound"
        assert inbound.provider_message_id == expected["messageId"]
        assert (inbound.sender, inbound.recipient) == (expected["msisdn"], expected["to"])
        assert NEXMO.customer(payload) == expected["msisdn"]
        assert inbound.text == expected["text"]
        assert (inbound.sent_at is not None) == ("message-timestamp" in expected)
        assert (inbound.part is not None) == ("concat" in expected)
        if inbound.part:
            assert inbound.part.number == int(expected["concat-part"])
            assert inbound.part.total == int(expected["concat-total"])
            assert inbound.part.ref == expected["concat-ref"]
        secret = (case.get("signature") or {}).get("secret")
        if secret:
            credentials = Credentials("", "", case["signature"]["algorithm"], secret)
            request = cases.requests_of(case)[form]
            assert NEXMO.verify(request, payload, credentials, NOW) is Verdict.OK


@pytest.mark.parametrize("case", cases.load("inbound_concat_series"), ids=cases.name)
def test_concat_series_joins_by_part_number(case):
    for form in cases.every_form(case["parts_in_arrival_order"][0]):
        arrived = []
        for fields in case["parts_in_arrival_order"]:
            payload = NEXMO.read(cases.every_form(fields)[form])
            assert payload is not None
            arrived.append((NEXMO.parse_inbound(payload.fields), NEXMO.dedup_key("inbound", payload)))
        places = [inbound.part for inbound, _key in arrived if inbound.part]
        joined = sorted(arrived, key=lambda pair: pair[0].part.number if pair[0].part else 0)

        assert len({(place.ref, place.total) for place in places}) == 1
        assert len({key for _inbound, key in arrived}) == len(arrived) == places[0].total
        assert "".join(inbound.text for inbound, _key in joined) == case["expected_text"]


@pytest.mark.parametrize("case", cases.load("dlr"), ids=cases.name)
def test_receipt(case):
    expected = case["params"]
    for form in _forms(case):
        payload = _read(case, form)
        receipt = NEXMO.parse_receipt(payload.fields)

        assert NEXMO.kind(payload) == "receipt"
        assert receipt.provider_message_id == expected["messageId"]
        assert receipt.client_ref == expected.get("client-ref", "")
        assert receipt.status == ReceiptStatus(expected["status"])
        assert receipt.is_final == (expected["status"] not in {"accepted", "buffered"})
        assert receipt.recipient == NEXMO.customer(payload) == expected.get("msisdn", "")
        assert receipt.error_code == expected.get("err-code", "0").replace("0", "")
        assert bool(receipt.reason_code) == (expected["status"] == "failed")
        assert set(receipt.fields) == set(expected)
        readable = "message-timestamp" in expected and "\\" not in expected["message-timestamp"]
        assert (receipt.reported_at is not None) == readable


def test_opted_out_receipt_says_so():
    (case,) = [case for case in cases.load("dlr") if "opted-out" in case["id"]]

    receipt = NEXMO.parse_receipt(case["params"])

    assert receipt.reason_code == "receipt.9"
    assert "opted out" in str(receipt.reason)


@pytest.mark.parametrize("case", cases.load("invalid_request"), ids=cases.name)
def test_invalid_request(case):
    for form in _forms(case):
        payload = NEXMO.read(cases.requests_of(case)[form])
        if not case["params"]:
            assert payload is None
            continue
        assert payload is not None
        inbound = NEXMO.parse_inbound(payload.fields)
        assert inbound.sender == case["params"]["msisdn"]
        assert inbound.text == case["params"]["text"]
        assert inbound.sent_at is None
        signed = Credentials("", "", "md5hash", "a secret")
        expected = Verdict.WRONG if "sig" in case["params"] else Verdict.MISSING
        assert NEXMO.verify(cases.requests_of(case)[form], payload, signed, NOW) is expected


@pytest.mark.parametrize("case", cases.load("messages_inbound"), ids=cases.name)
def test_messages_inbound(case):
    for form in _forms(case):
        payload = _read(case, form)
        inbound = NEXMO.parse_inbound(payload.fields)

        assert payload.family == "messages"
        assert NEXMO.kind(payload) == "inbound"
        assert (inbound.sender, inbound.recipient) == (case["params"]["from"], case["params"]["to"])
        assert inbound.text == case["params"]["text"]
        assert inbound.provider_message_id == ""
        assert inbound.part is None
        assert not inbound.is_binary
        assert NEXMO.dedup_key("inbound", payload).startswith("inbound|content|")


@pytest.mark.parametrize("case", cases.load("messages_status"), ids=cases.name)
def test_messages_status(case):
    for form in _forms(case):
        payload = _read(case, form)
        receipt = NEXMO.parse_receipt(payload.fields)

        assert payload.family == "messages"
        assert NEXMO.kind(payload) == "receipt"
        assert receipt.provider_message_id == case["params"]["message_uuid"]
        assert receipt.client_ref == case["params"]["client_ref"]
        assert receipt.status is ReceiptStatus.READ
        assert receipt.is_final
        assert receipt.recipient == case["params"]["to"]
        assert receipt.error_code == "1000"
        assert receipt.fields["wubwub"] == case["params"]["wubwub"]
        assert receipt.reported_at == datetime(2020, 1, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize("case", cases.load("jwt_vector"), ids=cases.name)
def test_jwt_vector(case):
    vector = case["jwt"]

    claims = read_token(vector["token"], vector["secret"])

    assert (claims is not None) == vector["expected_valid"]


@pytest.mark.parametrize("case", cases.load("signature_vector"), ids=cases.name)
def test_signature_vector(case):
    vector = case["signature"]
    parameters = {**vector["params"], "sig": vector["expected_sig"]}
    credentials = Credentials("", "", vector["algorithm"], vector["secret"])

    computed = sign(parameters, vector["algorithm"], vector["secret"])

    assert computed == case["computed_sig"]
    assert (computed == vector["expected_sig"].lower()) == case["verified"]
    verdict = verify_parameters(parameters, credentials, NOW, None)
    assert verdict is (Verdict.OK if case["verified"] else Verdict.WRONG)
    if "source_params" in case:
        blank = {**case["source_params"], "sig": vector["expected_sig"]}
        assert verify_parameters(blank, credentials, NOW, None) is Verdict.OK


@pytest.mark.parametrize("case", cases.load("send_request"), ids=cases.name)
def test_send_request(case):
    """Ours asks for the same as the known clients, and says unicode where they forgot."""
    known = case["request"].get("form") or dict(parse_qsl(case["request"]["raw_body"]))
    outgoing = OutgoingText(
        sender="+" + known["from"] if known["from"].isdigit() else known["from"],
        to="+" + known["to"],
        text=known["text"],
        receipt_url=known.get("callback"),
    )
    credentials = Credentials(known.get("api_key", "key"), known.get("api_secret", "secret"))

    form = sms_form(outgoing, credentials, 0)

    assert known.items() <= form.items()
    assert form["type"] == "unicode"


OUTCOMES: dict[str, tuple[SendKind, str, float | None, int]] = {
    "send_response-002-php-fail-shortcode": (SendKind.REFUSED, "send.101", None, 0),
    "send_response-004-php-mt-limit": (SendKind.THROTTLED, "send.1", 1.0, 0),
    "send_response-006-php-ratelimit-notime": (SendKind.THROTTLED, "send.1", 1.0, 0),
    "send_response-008-php-send-success": (SendKind.ACCEPTED, "", None, 1),
    "send_response-010-php-auth-failure-other-shape": (SendKind.ACCOUNT_BROKEN, "http.401", None, 0),
    "send_response-012-py4-send_long_sms": (SendKind.ACCEPTED, "", None, 2),
    "send_response-014-py4-send_sms_partial_error": (SendKind.PARTIAL, "partial", None, 1),
    "send_response-016-dotnet-ok-client-ref-account-ref": (SendKind.ACCEPTED, "", None, 1),
    "send_response-018-java-two-parts-client-ref-account-ref": (SendKind.ACCEPTED, "", None, 2),
    "send_response-020-java-status-6": (SendKind.REFUSED, "send.6", None, 0),
    "send_response-022-java-status-1-minimal": (SendKind.THROTTLED, "send.1", 1.0, 0),
    "send_response-024-java-status-10-minimal": (SendKind.THROTTLED, "send.10", 1.0, 0),
    "send_response-026-java-zero-messages": (SendKind.AMBIGUOUS, "strange_answer", None, 0),
    "send_response-028-java-empty-object": (SendKind.AMBIGUOUS, "strange_answer", None, 0),
    "send_response-030-node-throttled": (SendKind.THROTTLED, "send.1", 1.0, 0),
    "send_response-032-courier-ok-minimal": (SendKind.ACCEPTED, "", None, 1),
    "send_response-034-courier-throttled-250ms": (SendKind.THROTTLED, "send.1", 0.25, 0),
    "send_response-036-courier-http-429": (SendKind.THROTTLED, "http.429", 1.0, 0),
    "send_response-038-docs-ok": (SendKind.ACCEPTED, "", None, 1),
    "send_response-044-old-docs-ok": (SendKind.ACCEPTED, "", None, 1),
}


@pytest.mark.parametrize("case", cases.load("send_response"), ids=cases.name)
def test_send_response(case):
    kind, reason_code, wait, taken = OUTCOMES[case["id"]]
    response = case["response"]
    raw = response["raw_body"]
    body = raw if raw is not None else json.dumps(response["json"])

    outcome = classify(response["http_status"], body.encode())

    assert (outcome.kind, outcome.reason_code) == (kind, reason_code)
    assert outcome.retry_after_seconds == wait
    assert outcome.segments == taken
    entries = (response["json"] or {}).get("messages") or []
    assert outcome.provider_ids == tuple(entry["message-id"] for entry in entries if entry["status"] == "0")
    assert outcome.status_codes == tuple(entry["status"] for entry in entries)
    assert bool(str(outcome.reason)) == (kind is not SendKind.ACCEPTED)


MESSAGES_OUTCOMES: dict[str, tuple[SendKind, str]] = {
    "messages_send_response-002-py4-send_message_with_failover": (SendKind.ACCEPTED, ""),
    "messages_send_response-004-py4-low_balance_error": (SendKind.ACCOUNT_BROKEN, "http.402"),
    "messages_send_response-008-java-429": (SendKind.THROTTLED, "http.429"),
    "messages_send_response-010-php-bad-json": (SendKind.REFUSED, "http.400"),
}


@pytest.mark.parametrize("case", cases.load("messages_send_response"), ids=cases.name)
def test_messages_send_response(case):
    response = case["response"]

    outcome = classify_messages(response["http_status"] or 400, json.dumps(response["json"]).encode())

    assert (outcome.kind, outcome.reason_code) == MESSAGES_OUTCOMES[case["id"]]
    uuid = response["json"].get("message_uuid")
    assert outcome.provider_ids == ((uuid,) if uuid else ())
